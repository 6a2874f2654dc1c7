// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the numbers that codes were made from.
#include "lib/Weights/OriginalWeights.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Import/Import.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

/// Codes are nearer to their own matrix than that.
static constexpr double mostError = .5;

FailureOr<OriginalWeights> OriginalWeights::of(ModuleOp module, StringRef path) {
  OriginalWeights result;
  if (path.empty())
    return result;
  auto file = importOnnx(path, module.getContext());
  if (failed(file))
    return failure();
  result.path = path.str();
  result.file = std::move(*file);
  result.file->walk([&](Operation *op) {
    auto value = op->getNumResults() == 1 ? op->getAttrOfType<ElementsAttr>("value") : nullptr;
    if (value && isa<onnx::InitializerOp, onnx::ConstantOp>(op))
      result.constants[onnx::valueName(op->getResult(0))] = value;
  });
  return result;
}

static std::vector<float> turned(ArrayRef<float> numbers, int64_t rows, int64_t columns) {
  std::vector<float> result(numbers.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      result[j * rows + i] = numbers[i * columns + j];
  return result;
}

/// A square matrix may lie in the file as it is or with its axes swapped: the nearer one.
std::optional<std::vector<float>> OriginalWeights::findInFile(const LinearWeight &weight,
                                                              Refusal &why) const {
  SmallVector<StringRef> names = weight.names();
  names.push_back(weight.values.name());
  std::vector<float> now = weight.floats(), best;
  double least = HUGE_VAL;
  for (StringRef name : names) {
    auto view = onnx::ConstantView::of(constants.lookup(name));
    if (!view || !isa<FloatType>(view->type().getElementType()))
      continue;
    ArrayRef<int64_t> shape = view->type().getShape(), wanted = weight.type().getShape();
    auto consider = [&](std::vector<float> numbers) {
      double off = relativeError(numbers, now);
      if (off < least) {
        least = off;
        best = std::move(numbers);
      }
    };
    if (shape == wanted)
      consider(view->floats(0, view->size()));
    if (shape.size() == 2 && wanted.size() == 2 && shape[0] == wanted[1] && shape[1] == wanted[0])
      consider(turned(view->floats(0, view->size()), shape[0], shape[1]));
  }
  if (least < mostError)
    return best;
  why = best.empty() ? "'" + path + "' has no matrix of its name and size"
                     : "the matrix of its name in '" + path + "' differs by " + shortNumber(least) +
                           " of its norm: it is another";
  return std::nullopt;
}

std::optional<std::vector<float>> OriginalWeights::find(const LinearWeight &weight,
                                                        Refusal &why) const {
  if (auto known = weight.original())
    return known->floats(0, known->size());
  if (!path.empty())
    return findInFile(weight, why);
  why =
      "what it was before it became codes is not known: expects the method that rounded it in the "
      "same pipeline, behind statistics, or the model in floats as 'reference'";
  return std::nullopt;
}
