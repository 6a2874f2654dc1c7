// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of sums of products: matrix products, Einsum, convolutions and pooling.
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort::onnx;

/// An error where two sizes that are summed over each other are known to differ.
static LogicalResult expectSameSize(Operation *op, SymbolicDims &dims, const Polynomial &a,
                                    const Polynomial &b) {
  if (dims.equal(a, b) == false)
    return op->emitOpError() << "expects equal inner sizes, found " << dims.text(a) << " and "
                             << dims.text(b);
  dims.expectEqual(a, b);
  return success();
}

static FailureOr<MaybeShape> productShape(Operation *op, SymbolicDims &dims, MaybeShape a,
                                          MaybeShape b) {
  if (!a || !b)
    return MaybeShape();
  if (a->empty() || b->empty()) {
    op->emitOpError() << "expects operands of rank 1 or more, found a scalar";
    return failure();
  }
  if (failed(expectSameSize(op, dims, a->back(), b->size() == 1 ? b->front() : b->end()[-2])))
    return failure();
  auto leading = [](const SymbolicShape &shape) {
    return SymbolicShape(shape.begin(), shape.end() - std::min<size_t>(2, shape.size()));
  };
  FailureOr<MaybeShape> batch = broadcastOf(op, dims, {leading(*a), leading(*b)});
  if (failed(batch))
    return failure();
  MaybeShape result = *batch;
  if (a->size() > 1)
    result->push_back(a->end()[-2]);
  if (b->size() > 1)
    result->push_back(b->back());
  return result;
}

static void swapLast(MaybeShape &shape) {
  if (shape && shape->size() >= 2)
    std::swap(shape->end()[-1], shape->end()[-2]);
}

static LogicalResult inferProduct(Operation *op, SymbolicDims &dims, MaybeShape a, MaybeShape b) {
  if (failed(expectSameElements(op, {op->getOperand(0), op->getOperand(1)})))
    return failure();
  FailureOr<MaybeShape> shape = productShape(op, dims, std::move(a), std::move(b));
  if (failed(shape))
    return failure();
  Type element = elementOf(op->getOperand(0));
  setResult(op, dims, 0, element ? element : elementOf(op->getOperand(1)), *shape);
  return success();
}

LogicalResult retort::onnx::inferMatMul(Operation *op, SymbolicDims &dims) {
  return inferProduct(op, dims, dims.shape(op->getOperand(0)), dims.shape(op->getOperand(1)));
}

LogicalResult retort::onnx::inferMatMulInteger(Operation *op, SymbolicDims &dims) {
  FailureOr<MaybeShape> shape =
      productShape(op, dims, dims.shape(op->getOperand(0)), dims.shape(op->getOperand(1)));
  if (failed(shape))
    return failure();
  setResult(op, dims, 0, IntegerType::get(op->getContext(), 32), *shape);
  return success();
}

LogicalResult retort::onnx::inferGemm(Operation *op, SymbolicDims &dims) {
  MaybeShape a = dims.shape(op->getOperand(0)), b = dims.shape(op->getOperand(1));
  for (const MaybeShape &shape : {a, b})
    if (shape && shape->size() != 2)
      return op->emitOpError() << "expects matrices, found an operand of rank " << shape->size();
  if (intAttribute(op, "transA", 0))
    swapLast(a);
  if (intAttribute(op, "transB", 0))
    swapLast(b);
  return inferProduct(op, dims, a, b);
}

LogicalResult retort::onnx::inferFusedMatMul(Operation *op, SymbolicDims &dims) {
  MaybeShape a = dims.shape(op->getOperand(0)), b = dims.shape(op->getOperand(1));
  if (intAttribute(op, "transA", 0))
    swapLast(a);
  if (intAttribute(op, "transB", 0))
    swapLast(b);
  return inferProduct(op, dims, a, b);
}

LogicalResult retort::onnx::inferMatMulNBits(Operation *op, SymbolicDims &dims) {
  MaybeShape shape = dims.shape(op->getOperand(0));
  if (shape && !shape->empty()) {
    if (failed(expectSameSize(op, dims, shape->back(), Polynomial(intAttribute(op, "K", 0)))))
      return failure();
    shape->back() = intAttribute(op, "N", 0);
  }
  setResult(op, dims, 0, elementOf(op->getOperand(0)), shape);
  return success();
}

LogicalResult retort::onnx::inferEinsum(Operation *op, SymbolicDims &dims) {
  SmallVector<MaybeShape> shapes;
  SmallVector<int64_t> ranks;
  for (Value operand : op->getOperands()) {
    shapes.push_back(dims.shape(operand));
    if (!shapes.back())
      return success();
    ranks.push_back(shapes.back()->size());
  }
  auto equation = EinsumEquation::parse(stringAttribute(op, "equation", ""), ranks);
  if (!equation)
    return op->emitOpError() << "expects an equation that fits the operands, found '"
                             << stringAttribute(op, "equation", "") << "'";
  std::map<char, Polynomial> sizes;
  for (auto [labels, shape] : llvm::zip_equal(equation->operands, shapes))
    for (auto [label, size] : llvm::zip_equal(labels, *shape)) {
      auto [entry, isNew] = sizes.try_emplace(label, size);
      std::optional<Polynomial> both = dims.broadcast(entry->second, size);
      if (!both)
        return op->emitOpError() << "expects one size for '" << label << "', found "
                                 << dims.text(entry->second) << " and " << dims.text(size);
      // A sum over one label has one size, whichever operand names it.
      entry->second = entry->second == Polynomial(1) || size.constant() ? *both : entry->second;
    }
  SymbolicShape result;
  for (char label : equation->output)
    result.push_back(sizes[label]);
  setResult(op, dims, 0, elementOf(op->getOperand(0)), result);
  return success();
}

/// The size along a spatial axis on which a window of `kernel` elements walks.
static Polynomial windowed(Operation *op, SymbolicDims &dims, unsigned axis, unsigned spatial,
                           const Polynomial &size, const Polynomial &kernel) {
  auto at = [&](StringRef name, unsigned i, int64_t otherwise) {
    auto values = intsAttribute(op, name);
    return values && i < values->size() ? (*values)[i] : otherwise;
  };
  int64_t stride = at("strides", axis, 1), dilation = at("dilations", axis, 1);
  StringRef automatic = stringAttribute(op, "auto_pad", "NOTSET");
  if (automatic.starts_with("SAME"))
    return dims.floorDivide(size + Polynomial(stride - 1), Polynomial(stride));
  int64_t pads = automatic == "VALID" ? 0 : at("pads", axis, 0) + at("pads", axis + spatial, 0);
  Polynomial span =
      size + Polynomial(pads) - (kernel - Polynomial(1)) * Polynomial(dilation) - Polynomial(1);
  if (!intAttribute(op, "ceil_mode", 0) || stride == 1)
    return dims.floorDivide(span, Polynomial(stride)) + Polynomial(1);
  // A last window that would begin behind the data is left out.
  Polynomial last = dims.floorDivide(span + Polynomial(stride - 1), Polynomial(stride));
  Polynomial data = size + Polynomial(automatic == "VALID" ? 0 : at("pads", axis, 0));
  if (last.constant() && data.constant())
    return *last.constant() * stride < *data.constant() ? last + Polynomial(1) : last;
  return dims.opaque("windows in " + dims.text(size) + " of " + dims.text(kernel) + ", " +
                     Twine(stride) + ", " + Twine(dilation) + ", " + Twine(pads) + ", " +
                     dims.text(data));
}

LogicalResult retort::onnx::inferConv(Operation *op, SymbolicDims &dims) {
  MaybeShape data = dims.shape(op->getOperand(0)), weight = dims.shape(op->getOperand(1));
  if (!data || !weight) {
    setResult(op, dims, 0, elementOf(op->getOperand(0)), std::nullopt);
    return success();
  }
  dims.expectEqual((*data)[1], (*weight)[1] * Polynomial(intAttribute(op, "group", 1)));
  SymbolicShape result{(*data)[0], (*weight)[0]};
  for (unsigned axis = 2; axis < data->size(); ++axis)
    result.push_back(
        windowed(op, dims, axis - 2, data->size() - 2, (*data)[axis], (*weight)[axis]));
  setResult(op, dims, 0, elementOf(op->getOperand(0)), result);
  return success();
}

/// Data and result [batch, channels, rows]; the state has the rows that the kernel looks back on.
LogicalResult retort::onnx::inferCausalConvWithState(Operation *op, SymbolicDims &dims) {
  MaybeShape data = dims.shape(op->getOperand(0)), weight = dims.shape(op->getOperand(1));
  Type element = elementOf(op->getOperand(0));
  setResult(op, dims, 0, element, data);
  if (data && weight && data->size() == 3 && weight->size() == 3)
    setResult(op, dims, 1, element,
              SymbolicShape{(*data)[0], (*data)[1], weight->back() - Polynomial(1)});
  return success();
}

LogicalResult retort::onnx::inferPool(Operation *op, SymbolicDims &dims) {
  MaybeShape data = dims.shape(op->getOperand(0));
  auto kernel = intsAttribute(op, "kernel_shape");
  if (data && kernel) {
    if (data->size() != kernel->size() + 2)
      return op->emitOpError() << "expects data of rank " << kernel->size() + 2 << ", found "
                               << data->size();
    for (unsigned axis = 2; axis < data->size(); ++axis)
      (*data)[axis] = windowed(op, dims, axis - 2, kernel->size(), (*data)[axis],
                               Polynomial((*kernel)[axis - 2]));
  }
  setResult(op, dims, 0, elementOf(op->getOperand(0)), data);
  setResult(op, dims, 1, IntegerType::get(op->getContext(), 64), data);
  return success();
}

LogicalResult retort::onnx::inferGlobalPool(Operation *op, SymbolicDims &dims) {
  MaybeShape data = dims.shape(op->getOperand(0));
  for (unsigned axis = 2; data && axis < data->size(); ++axis)
    (*data)[axis] = 1;
  setResult(op, dims, 0, elementOf(op->getOperand(0)), data);
  return success();
}
