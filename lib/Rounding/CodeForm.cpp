// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the codes of a weight are stored, and a weight as such codes.
#include "lib/Rounding/CodeForm.h"
#include "dialects/Compress/Levels.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/WriteCodes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;
using compress::ScaleLadder;

StringRef CodeForm::whyNot(const LinearWeight &weight) const {
  if (weight.element().isF64())
    return "scales of f64 do not exist in ONNX";
  if (isLevels && groupSize > 0 && groupSize != 8 && groupSize != 16 && groupSize % 32 != 0 &&
      groupSize < weight.type().getDimSize(weight.inputAxis()))
    return "kernels read levels in groups of 8, 16 or a multiple of 32";
  return "";
}

uint64_t CodeForm::bytes(int64_t outputs, int64_t inputs, FloatType element) const {
  uint64_t groups = outputs * llvm::divideCeil(inputs, groupOf(inputs));
  uint64_t codes = llvm::divideCeil(outputs * inputs * code.bits, 8);
  if (isLevels)
    return codes + llvm::divideCeil(groups * ScaleLadder::bits, 8) + 2 * sizeof(int32_t);
  uint64_t zeros = code.symmetric ? 0 : llvm::divideCeil(groups * code.bits, 8);
  return codes + groups * (halfScales ? 16 : element.getWidth()) / 8 + zeros;
}

GroupedMatrix CodeForm::shapeOf(const LinearWeight &weight) const {
  OutputRows rows(weight);
  GroupedMatrix matrix;
  matrix.outputs = rows.outputs();
  matrix.inputs = rows.inputs();
  matrix.groupSize = groupOf(matrix.inputs);
  matrix.numbers = isLevels ? CodeNumbers::levels(code.bits) : CodeNumbers::integers(code);
  matrix.hasLadder = isLevels;
  FloatType scale = CodeLayout::storedScale(weight.type(), halfScales);
  matrix.roundScale = [scale](float number) { return roundTo(scale, number); };
  return matrix;
}

GroupedMatrix CodeForm::matrixOf(const LinearWeight &weight) const {
  GroupedMatrix matrix = shapeOf(weight);
  matrix.weights = OutputRows(weight).gather(weight);
  return matrix;
}

/// Integers times floats.
static Value writeIntegers(LinearWeight &weight, const GroupedMatrix &matrix, Value codes,
                           const CodeLayout &layout, const OutputRows &rows) {
  std::vector<UniformScale> scales(layout.groups.entries());
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; k += matrix.groupSize)
      scales[layout.groups.entryOf(rows.elementAt(i, k))] = matrix.scaleOf(i, k);
  return addDequantize(weight, layout, codes, scales);
}

/// Levels times scales of the ladder.
static Value writeLevels(LinearWeight &weight, const GroupedMatrix &matrix, Value codes,
                         const CodeLayout &layout, const OutputRows &rows) {
  OpBuilder builder(weight.op);
  SmallVector<int64_t> shape(weight.type().getShape());
  shape[layout.axis] = layout.groups.groups();
  auto placeType = IntegerType::get(builder.getContext(), ScaleLadder::bits, IntegerType::Unsigned);
  Value scales = weight.addConstant(
      "_scale", RankedTensorType::get(shape, placeType), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (int64_t i = 0; i < matrix.outputs; ++i)
          for (int64_t k = 0; k < matrix.inputs; k += matrix.groupSize)
            onnx::storeBits(bytes.data(), ScaleLadder::bits,
                            layout.groups.entryOf(rows.elementAt(i, k)),
                            unsigned(matrix.ladder.nearest(matrix.scaleOf(i, k).scale)));
      });
  Value ladder = weight.addConstant("_ladder", RankedTensorType::get({2}, builder.getI32Type()),
                                    [&](MutableArrayRef<char> bytes) {
                                      int32_t steps[] = {matrix.ladder.first, matrix.ladder.step};
                                      std::memcpy(bytes.data(), steps, sizeof(steps));
                                    });
  return compress::DecodeLevelsOp::create(builder, weight.loc(), weight.type(), codes, scales,
                                          ladder, layout.axis, layout.groups.group);
}

void CodeForm::replace(LinearWeight &weight, const GroupedMatrix &matrix) const {
  OutputRows rows(weight);
  UniformCode stored = isLevels ? UniformCode{code.bits, /*symmetric=*/false} : code;
  bool isWhole = matrix.groupSize == matrix.inputs && !isLevels;
  CodeLayout layout =
      CodeLayout::along(weight.type(), stored, weight.inputAxis(), isWhole ? 0 : matrix.groupSize);
  layout.halfScales = halfScales && !isLevels;
  Value codes = weight.addConstant(
      isLevels ? "_codes" : "_quantized", layout.codeType(), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (int64_t i = 0; i < matrix.outputs; ++i)
          for (int64_t k = 0; k < matrix.inputs; ++k)
            onnx::storeBits(bytes.data(), code.bits, rows.elementAt(i, k),
                            unsigned(matrix.codeAt(i, k)));
      });
  weight.replaceBy(isLevels ? writeLevels(weight, matrix, codes, layout, rows)
                            : writeIntegers(weight, matrix, codes, layout, rows));
}

LogicalResult retort::verifyForm(ModuleOp module, StringRef form, bool symmetric) {
  if (form != "integers" && form != "levels")
    return module.emitError() << "expects 'form' to be integers or levels, found '" << form << "'";
  if (form == "levels" && !symmetric)
    return module.emitError("expects 'symmetric' with 'form=levels', which have no zero points");
  return success();
}
