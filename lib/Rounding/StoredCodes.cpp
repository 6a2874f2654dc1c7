// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads codes and scales back from the graph, and writes scales anew.
#include "lib/Rounding/StoredCodes.h"
#include "dialects/Compress/Levels.h"
#include "lib/Formats/Groups/QuantizedWeight.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/WriteCodes.h"

using namespace mlir;
using namespace retort;

std::vector<float> retort::rowsOf(const LinearWeight &weight, ArrayRef<float> elements) {
  OutputRows rows(weight);
  std::vector<float> result(elements.size());
  for (int64_t i = 0; i < rows.outputs(); ++i)
    for (int64_t k = 0; k < rows.inputs(); ++k)
      result[i * rows.inputs() + k] = elements[rows.elementAt(i, k)];
  return result;
}

/// The size of groups along the inputs: a block of them, or all.
static int64_t groupSizeOf(Operation *op, const LinearWeight &weight) {
  int64_t inputs = weight.type().getDimSize(weight.inputAxis());
  auto block = op->getAttrOfType<IntegerAttr>("block_size"),
       axis = op->getAttrOfType<IntegerAttr>("axis");
  int64_t place = axis ? axis.getInt() : isa<compress::DecodeLevelsOp>(op) ? 0 : 1;
  place = place < 0 ? place + weight.type().getRank() : place;
  bool isBlocked = block && block.getInt() > 0 && place == weight.inputAxis();
  return isBlocked ? std::min(block.getInt(), inputs) : inputs;
}

/// For each group the entry that all of its elements have and those of no other group; empty where
/// there is none.
static std::vector<int64_t> entriesOf(const GroupedMatrix &matrix, const OutputRows &rows,
                                      int64_t count, llvm::function_ref<int64_t(int64_t)> entryOf) {
  std::vector<int64_t> entries(matrix.scales.size(), -1);
  std::vector<char> taken(count);
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; ++k) {
      int64_t &known = entries[i * matrix.groups() + k / matrix.groupSize],
              entry = entryOf(rows.elementAt(i, k));
      if (known == entry)
        continue;
      if (known >= 0 || taken[entry])
        return {};
      taken[entry] = true;
      known = entry;
    }
  return entries;
}

namespace {
/// What forms tell of themselves, an element or an entry at a time.
struct CodeSource {
  int64_t entries;
  std::function<int64_t(int64_t)> codeAt, entryOf;
  std::function<UniformScale(int64_t)> scaleAt;
};
} // namespace

static std::optional<CodeSource> sourceOf(compress::DecodeLevelsOp op, GroupedMatrix &matrix,
                                          int64_t axis) {
  auto codes = onnx::ConstantView::of(op.getCodes()),
       scales = onnx::ConstantView::of(op.getScales()),
       ladder = onnx::ConstantView::of(op.getLadder());
  if (!codes || !scales || !ladder)
    return std::nullopt;
  matrix.numbers = CodeNumbers::levels(codes->type().getElementTypeBitWidth());
  matrix.hasLadder = true;
  matrix.ladder = {int32_t(ladder->intAt(0)), int32_t(ladder->intAt(1))};
  CodeLayout layout =
      CodeLayout::along(codes->type(), {matrix.numbers.bits(), false}, axis, op.getBlockSize());
  return CodeSource{scales->size(), [=](int64_t i) { return codes->intAt(i); },
                    [=](int64_t i) { return layout.groups.entryOf(i); },
                    [=, ladder = matrix.ladder](int64_t entry) {
                      return UniformScale{ladder.at(scales->intAt(entry)), 0};
                    }};
}

static std::optional<CodeSource> sourceOf(std::shared_ptr<const QuantizedWeight> values,
                                          GroupedMatrix &matrix) {
  auto code = dyn_cast<IntegerType>(values->type().getElementType());
  auto scale = dyn_cast<FloatType>(values->scales().type().getElementType());
  if (!code || code.getWidth() > 8 || !scale || values->hasFloatZeros())
    return std::nullopt;
  matrix.numbers = CodeNumbers::integers({code.getWidth(), !code.isUnsigned()});
  matrix.roundScale = [scale](float number) { return roundTo(scale, number); };
  return CodeSource{values->scales().size(), [=](int64_t i) { return values->codes().intAt(i); },
                    [=](int64_t i) { return values->entryOf(i); },
                    [=](int64_t entry) {
                      return UniformScale{float(values->scales().floatAt(entry)),
                                          int(values->zeroPoint(entry))};
                    }};
}

/// The constant of the scales, as an operand: it may be cast.
static OpOperand &scaleOperand(Operation *op) {
  auto cast = op->getOperand(1).getDefiningOp<onnx::CastOp>();
  return cast ? cast->getOpOperand(0) : op->getOpOperand(1);
}

std::optional<StoredCodes> StoredCodes::of(const LinearWeight &weight, Refusal &why) {
  Operation *op = weight.op;
  StoredCodes result;
  GroupedMatrix &matrix = result.matrix;
  std::optional<CodeSource> source;
  if (auto levels = dyn_cast<compress::DecodeLevelsOp>(op))
    source = sourceOf(levels, matrix, weight.inputAxis());
  else if (auto values = QuantizedWeight::of(op))
    source = sourceOf(values, matrix);
  if (!source) {
    why = "'" + op->getName().getStringRef() + "' is no expression of codes and scales alone";
    return std::nullopt;
  }
  OutputRows rows(weight);
  matrix.outputs = rows.outputs();
  matrix.inputs = rows.inputs();
  matrix.groupSize = groupSizeOf(op, weight);
  matrix.codes.resize(weight.type().getNumElements());
  matrix.scales.resize(matrix.outputs * matrix.groups());
  result.entries = entriesOf(matrix, rows, source->entries, source->entryOf);
  if (result.entries.empty() || !scaleOperand(op).get().hasOneUse() ||
      !op->getOperand(1).hasOneUse()) {
    why = "its scales are not those of groups of the inputs of one output";
    return std::nullopt;
  }
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; ++k)
      matrix.setCode(i, k, int(source->codeAt(rows.elementAt(i, k))));
  for (auto [scale, entry] : llvm::zip_equal(matrix.scales, result.entries))
    scale = source->scaleAt(entry);
  return result;
}

std::optional<CodeForm> StoredCodes::form(const LinearWeight &weight, Refusal &why) const {
  const CodeNumbers &numbers = matrix.numbers;
  bool isSigned = !numbers.isUnsigned();
  auto hasZero = [](const UniformScale &scale) { return scale.zero != 0; };
  if (isSigned && llvm::any_of(matrix.scales, hasZero)) {
    why = "its codes have a sign and zero points";
    return std::nullopt;
  }
  CodeForm form;
  form.code = {numbers.bits(), isSigned || matrix.hasLadder};
  form.groupSize = matrix.groupSize == matrix.inputs ? 0 : matrix.groupSize;
  form.isLevels = matrix.hasLadder;
  auto stored = cast<RankedTensorType>(scaleOperand(weight.op).get().getType()).getElementType();
  form.halfScales = weight.element().isF32() && stored.isF16();
  return form;
}

void StoredCodes::storeScales(const LinearWeight &weight) const {
  OpOperand &table = scaleOperand(weight.op);
  auto type = cast<RankedTensorType>(table.get().getType());
  compress::replaceConstant(
      table.getOwner(), table.getOperandNumber(), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (auto [scale, entry] : llvm::zip_equal(matrix.scales, entries))
          if (auto element = dyn_cast<FloatType>(type.getElementType()))
            compress::encodeFloats(element, scale.scale,
                                   bytes.data() + entry * (element.getWidth() / 8));
          else
            onnx::storeBits(bytes.data(), compress::ScaleLadder::bits, entry,
                            unsigned(matrix.ladder.nearest(scale.scale)));
      });
}
