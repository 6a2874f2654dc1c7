// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes with scales and zero points: onnx.DequantizeLinear, compress.dequantize.
#ifndef RETORT_LIB_FORMATS_GROUPS_QUANTIZEDWEIGHT_H
#define RETORT_LIB_FORMATS_GROUPS_QUANTIZEDWEIGHT_H

#include "dialects/Compress/WeightExpression.h"

namespace retort {

/// The scales of an operation that dequantizes as they are stored: f16 may be cast to f32.
mlir::Value storedScales(mlir::Operation *dequantize);
/// Whether an operation casts constants that are the scales of some weight, and nothing else.
bool castsScales(mlir::Operation *op);

class QuantizedWeight : public compress::WeightReader {
public:
  /// Null where the operation is none, or its constants do not fit.
  static std::shared_ptr<const QuantizedWeight> of(mlir::Operation *op);

  float at(int64_t i) const override;
  uint64_t bytes() const override;
  llvm::StringRef name() const override;
  std::optional<WeightMatrix> matrix(bool isSwapped) const override;
  std::optional<WeightMatrix> matrixOfRows(int64_t begin, int64_t depth,
                                           int64_t columns) const override;
  std::optional<WeightMatrix> matrixAmongZeros(const compress::Spread &spread,
                                               bool isSwapped) const override;
  mlir::Value writeAmongZeros(const compress::Spread &spread,
                              mlir::Operation *place) const override;
  bool zeroAllBut(llvm::function_ref<bool(int64_t)> keeps) const override;

  mlir::Operation *op() const { return root; }
  const onnx::ConstantView &codes() const { return *codeTable; }
  mlir::RankedTensorType type() const { return codeTable->type(); }
  /// Which entry of the table of scales an element has.
  int64_t entryOf(int64_t i) const;
  const onnx::ConstantView &scales() const { return *scaleTable; }
  /// 0 where there is no table; of one that holds codes.
  int64_t zeroPoint(int64_t entry) const { return zeroTable ? zeroTable->intAt(entry) : 0; }
  bool hasZeroPoints() const { return zeroTable.has_value(); }
  /// Zero points are floats, which no code stands for.
  bool hasFloatZeros() const {
    return zeroTable && llvm::isa<mlir::FloatType>(zeroTable->type().getElementType());
  }
  bool hasZero() const override { return !hasFloatZeros(); }
  /// Of a matrix: how many neighbours along the axis share a scale; 0 where no sum along it has
  /// one.
  int64_t groupSize(int64_t depthAxis) const;
  /// The type of codes that kernels read, else null.
  mlir::IntegerType kernelCode() const;

private:
  /// The block size of the larger weight's codes; nullopt where scales do not follow the pattern.
  std::optional<int64_t> blockAmongZeros(const compress::Spread &spread) const;

  mlir::Operation *root = nullptr;
  std::optional<onnx::ConstantView> codeTable, scaleTable, zeroTable;
  double zeroAt(int64_t entry) const {
    return hasFloatZeros() ? zeroTable->floatAt(entry) : double(zeroPoint(entry));
  }
  static compress::Groups groupsAround(llvm::ArrayRef<int64_t> shape, int64_t axis, int64_t block) {
    return {llvm::product_of(shape.take_front(axis)), shape[axis],
            llvm::product_of(shape.drop_front(axis + 1)), std::max<int64_t>(block, 1)};
  }

  /// The elements as outer x length x inner around the axis; `group` of them along it share a
  /// scale.
  compress::Groups groups;
  int64_t axis = 0, block = 0;
  enum class Scales { One, PerPlace, PerGroup } sharing = Scales::One;
};

} // namespace retort

#endif
