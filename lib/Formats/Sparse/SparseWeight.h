// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The elements of a matrix that are kept: compress.decode_sparse.
#ifndef RETORT_LIB_FORMATS_SPARSE_SPARSEWEIGHT_H
#define RETORT_LIB_FORMATS_SPARSE_SPARSEWEIGHT_H

#include "dialects/Compress/WeightExpression.h"

namespace retort {

class SparseWeight : public compress::WeightReader {
public:
  /// Null where its constants do not fit.
  static std::shared_ptr<const SparseWeight> of(compress::DecodeSparseOp op);

  float at(int64_t i) const override { return isKept(i) ? kept->at(positionOf(i)) : 0.0f; }
  uint64_t bytes() const override { return mask->byteCount() + kept->bytes(); }
  llvm::StringRef name() const override;
  bool isQuantized() const override { return kept->isQuantized(); }
  std::optional<WeightMatrix> matrix(bool isSwapped) const override;
  bool hasZero() const override { return kept->isPlain() || kept->compressed()->hasZero(); }
  bool zeroAllBut(llvm::function_ref<bool(int64_t)> keeps) const override;

  mlir::RankedTensorType type() const {
    return llvm::cast<mlir::RankedTensorType>(op.getResult().getType());
  }
  /// Whether element `i` is kept, and where it lies among the kept ones.
  bool isKept(int64_t i) const { return (mask->bytes()[i / 8] >> (i % 8)) & 1; }
  int64_t positionOf(int64_t i) const;
  const compress::WeightExpression &values() const { return *kept; }
  compress::Spread spread() const;

private:
  mutable compress::DecodeSparseOp op;
  std::optional<onnx::ConstantView> mask;
  std::optional<compress::WeightExpression> kept;
  /// The elements as outer x length x inner around the axis; `ofEach` are kept of each group; 0
  /// where unstructured.
  compress::Groups groups;
  int64_t axis = 0, ofEach = 0;
  /// How many are kept before each block of 512 elements.
  std::vector<int64_t> keptBefore;
};

} // namespace retort

#endif
