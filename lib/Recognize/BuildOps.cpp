#include "lib/Recognize/BuildOps.h"

#include "lib/Recognize/Constants.h"

using namespace mlir;
using namespace retort;

template <typename OpT, typename... Args> Value OpMaker::make(Type element, Args &&...args) {
  auto op = OpT::create(builder, loc, TypeRange{UnrankedTensorType::get(element)},
                        std::forward<Args>(args)...);
  // What does not infer stays unranked; an error was reported by inference.
  (void)onnx::inferTypes(op);
  return op->getResult(0);
}

static Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }

Value OpMaker::integers(ArrayRef<int64_t> values) { return makeIntegers(builder, loc, values); }

Value OpMaker::transpose(Value value, ArrayRef<int64_t> order) {
  return make<onnx::TransposeOp>(elementOf(value), ValueRange{value},
                                 builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(order)));
}

Value OpMaker::unsqueeze(Value value, ArrayRef<int64_t> axes) {
  return axes.empty() ? value : make<onnx::UnsqueezeOp>(elementOf(value), value, integers(axes));
}

Value OpMaker::squeeze(Value value, ArrayRef<int64_t> axes) {
  return axes.empty() ? value : make<onnx::SqueezeOp>(elementOf(value), value, integers(axes));
}

Value OpMaker::reshape(Value value, ArrayRef<int64_t> shape) {
  return make<onnx::ReshapeOp>(elementOf(value), ValueRange{value, integers(shape)});
}

Value OpMaker::slice(Value value, int64_t axis, int64_t start, int64_t count, int64_t stride) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (type && start == 0 && stride == 1 && type.getDimSize(axis) == count)
    return value;
  return make<onnx::SliceOp>(elementOf(value), value, integers({start}),
                             integers({start + (count - 1) * stride + 1}), integers({axis}),
                             integers({stride}));
}

Value OpMaker::reorder(Value value, int64_t axis, ArrayRef<int64_t> order) {
  return make<onnx::GatherOp>(elementOf(value), value, integers(order), axis);
}

Value OpMaker::negate(Value value) { return make<onnx::NegOp>(elementOf(value), value); }

Value OpMaker::add(Value a, Value b) { return make<onnx::AddOp>(elementOf(a), a, b); }

Value OpMaker::multiply(Value a, double factor) {
  return make<onnx::MulOp>(elementOf(a), a, makeSplat(builder, loc, elementOf(a), 1, factor));
}

Value OpMaker::cast(Value value, Type element, int64_t number) {
  return elementOf(value) == element
             ? value
             : make<onnx::CastOp>(element, ValueRange{value},
                                  builder.getNamedAttr("to", builder.getI64IntegerAttr(number)));
}

Value OpMaker::countAxis(Value value, int64_t axis) {
  Type index = builder.getI64Type();
  auto scalar = [&](int64_t number) {
    auto type = RankedTensorType::get({}, index);
    return makeConstantOp(builder, loc, DenseElementsAttr::get(type, number));
  };
  NamedAttribute bounds[] = {builder.getNamedAttr("start", builder.getI64IntegerAttr(axis)),
                             builder.getNamedAttr("end", builder.getI64IntegerAttr(axis + 1))};
  Value size = squeeze(make<onnx::ShapeOp>(index, ValueRange{value}, bounds), {0});
  return unsqueeze(make<onnx::RangeOp>(index, ValueRange{scalar(0), size, scalar(1)}), {0});
}
