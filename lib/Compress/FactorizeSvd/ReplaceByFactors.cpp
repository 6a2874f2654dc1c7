// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two thin matrices in place of a weight.
#include "lib/Compress/FactorizeSvd/ReplaceByFactors.h"
#include "lib/Compress/FactorizeSvd/ProductUses.h"

using namespace mlir;
using namespace retort;

std::vector<float> retort::transposed(ArrayRef<float> matrix, int64_t rows, int64_t columns) {
  std::vector<float> result(matrix.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      result[j * rows + i] = matrix[i * columns + j];
  return result;
}

std::string retort::whyNotFactored(const LinearWeight &weight) {
  int64_t axes = weight.type().getRank();
  if (axes != 2)
    return "of " + std::to_string(axes) + " axes, expects 2";
  return whyNotFactored(weight.op->getResult(0));
}

InFlightDiagnostic retort::emitNoConvergence(const LinearWeight &weight) {
  return weight.emitError() << "has a singular value decomposition that does not converge";
}

uint64_t retort::bytesOfFactors(const LinearWeight &weight, int64_t rank) {
  return rank * (weight.type().getDimSize(0) + weight.type().getDimSize(1)) *
         (weight.element().getWidth() / 8);
}

/// A constant of rows x columns, or of its transpose.
static Value addFactor(LinearWeight &weight, StringRef suffix, std::vector<float> values,
                       int64_t rows, int64_t columns, bool transpose) {
  if (transpose) {
    values = transposed(values, rows, columns);
    std::swap(rows, columns);
  }
  return weight.addConstant(suffix, weight.type().clone({rows, columns}),
                            [&](MutableArrayRef<char> bytes) {
                              compress::encodeFloats(weight.element(), values, bytes.data());
                            });
}

void retort::replaceByFactors(LinearWeight &weight, std::vector<float> left,
                              std::vector<float> right, int64_t rank) {
  Value value = weight.op->getResult(0);
  bool isTransposed = isOnlyTransposed(value);
  int64_t rows = weight.type().getDimSize(0), columns = weight.type().getDimSize(1);
  Value first = addFactor(weight, "_left", std::move(left), rows, rank, isTransposed);
  Value second = addFactor(weight, "_right", std::move(right), rank, columns, isTransposed);
  useFactors(value, first, second, isTransposed);
  compress::eraseExpression(weight.op);
}
