// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the codes of a weight are stored, and a weight as such codes.
#include "lib/Rounding/CodeForm.h"
#include "dialects/Compress/Levels.h"
#include "lib/Weights/KeptWeight.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/WriteCodes.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Parallel.h"

using namespace mlir;
using namespace retort;
using compress::ScaleLadder;

StringRef CodeForm::whyNot(const LinearWeight &weight) const {
  if (weight.element().isF64())
    return "scales of f64 do not exist in ONNX";
  if (weight.isGiven() && bytes(weight) >= weight.bytes())
    return "codes of the file, which take no more bytes as they are";
  if (isLevels && groupSize > 0 && groupSize != 8 && groupSize != 16 && groupSize % 32 != 0 &&
      groupSize < weight.type().getDimSize(weight.inputAxis()))
    return "kernels read levels in groups of 8, 16 or a multiple of 32";
  if (auto kept = KeptWeight::of(weight)) {
    if (isLevels)
      return "keeps n of each m inputs, and levels have no zero: 'form=integers' does";
    if (int64_t inputs = weight.type().getDimSize(weight.inputAxis());
        groupOf(inputs) != inputs && !kept->groupOf(groupOf(inputs)))
      return "keeps n of each m inputs, and groups of inputs are no multiple of m";
  }
  return "";
}

uint64_t CodeForm::bytes(const LinearWeight &weight) const {
  OutputRows rows(weight);
  auto kept = KeptWeight::of(weight);
  if (!kept)
    return bytes(rows.outputs(), rows.inputs(), weight.element());
  CodeForm ofKept = *this;
  int64_t group = groupOf(rows.inputs()), inputs = kept->type().getDimSize(weight.inputAxis());
  ofKept.groupSize = group == rows.inputs() ? 0 : kept->groupOf(group);
  return kept->maskBytes() + ofKept.bytes(rows.outputs(), inputs, weight.element());
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
  OutputRows rows(weight);
  GroupedMatrix matrix = shapeOf(weight);
  matrix.weights = rows.gather(weight);
  if (isLevels)
    return matrix;
  auto kept = KeptWeight::of(weight);
  if (!kept && !llvm::is_contained(matrix.weights, 0.0f))
    return matrix;
  matrix.kept.resize(matrix.weights.size());
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; ++k)
      matrix.kept[i * matrix.inputs + k] =
          kept ? kept->keeps(rows.elementAt(i, k)) : matrix.weights[i * matrix.inputs + k] != 0;
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

/// Codes and scales of what is kept, with the mask as it is.
static Value writeKept(LinearWeight &weight, const GroupedMatrix &matrix, const KeptWeight &kept,
                       UniformCode code, bool halfScales) {
  OutputRows rows(weight);
  bool isWhole = matrix.groupSize == matrix.inputs;
  CodeLayout layout = CodeLayout::along(kept.type(), code, weight.inputAxis(),
                                        isWhole ? 0 : kept.groupOf(matrix.groupSize));
  layout.halfScales = halfScales;
  OutputRows places(layout.groups);
  std::vector<UniformScale> scales(layout.groups.entries());
  Value codes =
      weight.addConstant("_quantized", layout.codeType(), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        for (int64_t i = 0; i < matrix.outputs; ++i)
          for (int64_t k = 0, next = 0; k < matrix.inputs; ++k) {
            if (!kept.keeps(rows.elementAt(i, k)))
              continue;
            int64_t place = places.elementAt(i, next++);
            onnx::storeBits(bytes.data(), code.bits, place, unsigned(matrix.codeAt(i, k)));
            scales[layout.groups.entryOf(place)] = matrix.scaleOf(i, k);
          }
      });
  OpBuilder builder(weight.op);
  Value values = addDequantize(weight, layout, codes, scales);
  Operation *decode = builder.clone(*weight.op);
  decode->setOperand(1, values);
  return decode->getResult(0);
}

/// Codes in the order of the tensor, as bits one behind the other.
static void pack(ArrayRef<int8_t> codes, int bias, unsigned bits, MutableArrayRef<char> bytes) {
  std::fill(bytes.begin(), bytes.end(), 0);
  constexpr size_t piece = 1 << 16; // a multiple of 8: pieces begin at a byte
  llvm::parallelFor(0, llvm::divideCeil(codes.size(), piece), [&](size_t number) {
    size_t last = std::min(codes.size(), (number + 1) * piece);
    for (size_t i = number * piece; i < last; ++i)
      onnx::storeBits(bytes.data(), bits, int64_t(i), unsigned(codes[i] + bias));
  });
}

void CodeForm::replace(LinearWeight &weight, const GroupedMatrix &matrix) const {
  if (auto kept = KeptWeight::of(weight); kept && !isLevels)
    return weight.replaceBy(writeKept(weight, matrix, *kept, code, halfScales));
  OutputRows rows(weight);
  bool isWhole = matrix.groupSize == matrix.inputs && !isLevels;
  CodeLayout layout = CodeLayout::along(weight.type(), stored(), weight.inputAxis(),
                                        isWhole ? 0 : matrix.groupSize);
  layout.halfScales = halfScales && !isLevels;
  Value codes = weight.addConstant(
      isLevels ? "_codes" : "_quantized", layout.codeType(), [&](MutableArrayRef<char> bytes) {
        pack(rows.scatter(matrix.codes), matrix.bias(), code.bits, bytes);
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
