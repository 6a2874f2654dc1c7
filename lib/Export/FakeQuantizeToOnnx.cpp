// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What ONNX has in place of compress.fake_quantize.
//   8 or 4 bits:   DequantizeLinear(QuantizeLinear(x, s, z), s, z)
//   any other:     Mul(Sub(Clip(Add(Round(Div(x, s)), z)), z), s)
#include "lib/Export/FakeQuantizeToOnnx.h"
#include "dialects/Compress/FakeQuantize.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Tensor.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using compress::FakeQuantizeOp;

namespace {
class FakeQuantizeWriter {
public:
  explicit FakeQuantizeWriter(FakeQuantizeOp op)
      : op(op), builder(op), build(builder, op.getLoc()),
        input(cast<RankedTensorType>(op.getInput().getType())),
        scale(cast<RankedTensorType>(op.getScale().getType())) {}
  Value write();

private:
  /// Where QuantizeLinear has its scales: one, a list along `axis`, or blocks of `block` along it.
  struct Layout {
    SmallVector<int64_t> shape;
    int64_t axis = 0, block = 0;
  };
  std::optional<Layout> layout();
  Value code(Value zeros);
  Value withCodes(const Layout &layout, Value scales, Value zeros);
  Value spread(Value table);
  Value withNumbers(Value scales, Value zeros);

  FakeQuantizeOp op;
  OpBuilder builder;
  OnnxBuilder build;
  RankedTensorType input, scale;
};
} // namespace

/// nullopt where it has none: scales of no known sizes, or of several axes without blocks, and
/// codes of other widths.
std::optional<FakeQuantizeWriter::Layout> FakeQuantizeWriter::layout() {
  bool isCode = op.getBits() == 4 || op.getBits() == 8;
  if (!isCode || !scale.hasStaticShape() || input.getElementTypeBitWidth() != 32)
    return std::nullopt;
  int64_t lead = input.getRank() - scale.getRank(), blocked = op.blockedAxis();
  if (blocked >= 0) {
    for (int64_t i = 0; i < scale.getRank(); ++i)
      if (lead + i != blocked && scale.getDimSize(i) != input.getDimSize(lead + i))
        return std::nullopt;
    if (lead > 0)
      return std::nullopt;
    return Layout{SmallVector<int64_t>(scale.getShape()), blocked, int64_t(op.getBlockSize())};
  }
  Layout list;
  for (int64_t i = 0; i < scale.getRank(); ++i) {
    if (scale.getDimSize(i) == 1)
      continue;
    if (!list.shape.empty())
      return std::nullopt;
    list = {{scale.getDimSize(i)}, lead + i, 0};
  }
  return list;
}

/// Zero points, rounded and clipped to codes.
Value FakeQuantizeWriter::code(Value zeros) {
  Type element = getElementTypeOrSelf(zeros.getType());
  zeros = onnx::RoundOp::create(builder, op.getLoc(), zeros.getType(), zeros);
  zeros = build.maximum(zeros, build.number(double(op.lowest()), element));
  return build.minimum(zeros, build.number(double(op.highest()), element));
}

Value FakeQuantizeWriter::withCodes(const Layout &layout, Value scales, Value zeros) {
  auto element = IntegerType::get(op.getContext(), unsigned(op.getBits()),
                                  op.getIsSigned() ? IntegerType::Signless : IntegerType::Unsigned);
  scales = build.reshape(scales, layout.shape);
  if (zeros)
    zeros = build.cast(build.reshape(code(zeros), layout.shape), element);
  else
    zeros = makeConstantOp(builder, op.getLoc(),
                           onnx::Tensor::zeros(element, layout.shape).attribute("zero_point"));
  auto add = [&](StringRef name, Value value, Type type) {
    OperationState state(op.getLoc(), name);
    state.addOperands({value, scales, zeros});
    state.addTypes(type);
    if (!layout.shape.empty())
      state.addAttribute("axis", builder.getI64IntegerAttr(layout.axis));
    if (layout.block)
      state.addAttribute("block_size", builder.getI64IntegerAttr(layout.block));
    return builder.create(state)->getResult(0);
  };
  Value codes =
      add(onnx::QuantizeLinearOp::getOperationName(), op.getInput(), input.clone(element));
  return add(onnx::DequantizeLinearOp::getOperationName(), codes, input);
}

/// One for each place of the blocked axis.
Value FakeQuantizeWriter::spread(Value table) {
  int64_t axis = op.blockedAxis();
  if (axis < 0)
    return table;
  SmallVector<int64_t> blocks;
  for (int64_t i = 0; i < input.getDimSize(axis); ++i)
    blocks.push_back(i / int64_t(op.getBlockSize()));
  return build.reorder(table, axis - input.getRank() + scale.getRank(), blocks);
}

Value FakeQuantizeWriter::withNumbers(Value scales, Value zeros) {
  Type element = input.getElementType(),
       wide = input.getElementTypeBitWidth() < 32 ? builder.getF32Type() : element;
  auto widen = [&](Value value) { return build.cast(value, wide); };
  scales = widen(spread(scales));
  Value x = build.divide(widen(op.getInput()), scales);
  x = onnx::RoundOp::create(builder, op.getLoc(), x.getType(), x);
  if (zeros)
    zeros = widen(spread(code(zeros)));
  if (zeros)
    x = build.add(x, zeros);
  x = onnx::ClipOp::create(builder, op.getLoc(), x.getType(), x,
                           build.number(double(op.lowest()), wide),
                           build.number(double(op.highest()), wide));
  if (zeros)
    x = build.subtract(x, zeros);
  return build.cast(build.multiply(x, scales), element);
}

Value FakeQuantizeWriter::write() {
  Value scales = compress::asStored(build, op.getScale(), op.getScaleType());
  if (auto known = layout())
    return withCodes(*known, scales, op.getZeroPoint());
  return withNumbers(scales, op.getZeroPoint());
}

void retort::writeFakeQuantize(FakeQuantizeOp op) {
  op.replaceAllUsesWith(FakeQuantizeWriter(op).write());
  op.erase();
}
