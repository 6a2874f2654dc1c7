// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tile products of bf16 (AMX), of one plane or of two: a number is then the sum of two of bf16, and
// three of the four products are taken. Codes whose scales all rows of the weight share are numbers
// of bf16 as they are: one plane, and a product less.
//   x = xh + xl, w = wh + wl:  xh wl + xh wh + xl wh
#ifndef RETORT_LIB_CODEGEN_STEPS_TILES_TILEPRODUCT_H
#define RETORT_LIB_CODEGEN_STEPS_TILES_TILEPRODUCT_H

#include "lib/Codegen/Steps/Tiles/DecodeBlock.h"

namespace retort {

class TileProduct : public BlockStep {
public:
  TileProduct(llvm::StringRef name, Numerics numerics, int64_t planes)
      : ownName(name), ownNumerics(numerics), planes(planes) {}

  llvm::StringRef name() const override { return ownName; }
  Numerics numerics() const override { return ownNumerics; }
  llvm::SmallVector<llvm::StringRef> features(TargetAttr) const override { return {"amx-bf16"}; }
  std::string refusal(const StepWeight &weight) const override {
    return TileWeight::refusal(weight);
  }

  StepOperand rows(const StepWeight &weight, mlir::MLIRContext *context) const override;
  StepOperand columns(const StepWeight &weight, mlir::MLIRContext *context) const override;
  mlir::Type accumulator(mlir::MLIRContext *context) const override;
  int64_t depth() const override;
  llvm::SmallVector<StepTile> tiles(TargetAttr target, const StepWeight &weight) const override;

  mlir::Value isPermitted(VectorBuilder &b, mlir::ModuleOp module) const override;
  mlir::Value canMultiply(VectorBuilder &b, mlir::ValueRange scratch) const override;
  RowOrder packOrder(const StepWeight &weight) const override {
    return {weight.depth, weight.depth, 1};
  }
  llvm::SmallVector<mlir::MemRefType> scratch(const StepWeight &weight, TileShape shape,
                                              mlir::MLIRContext *context) const override;
  void packGroup(RowBuilder &b, const StepWeight &weight) const override;

  int64_t blockRows(const StepWeight &weight) const override { return weightOf(weight).blockRows; }
  mlir::MemRefType decodedType(const StepWeight &weight, mlir::MLIRContext *context) const override;
  mlir::MemRefType unitType(bool isPortable, mlir::MLIRContext *context) const override;
  mlir::MemRefType sumsType(mlir::MLIRContext *context) const override;
  void begin(BlockBuilder &b) const override;
  void end(BlockBuilder &b) const override;
  void decode(BlockBuilder &b, const StepWeight &weight) const override;
  void multiply(BlockBuilder &b, const StepWeight &weight) const override;
  VectorBuilder::Values sumsOfRow(BlockBuilder &b, mlir::Value row) const override;
  VectorBuilder::Values columnScales(BlockBuilder &b, const StepWeight &weight) const override;

private:
  void multiplyHalves(BlockBuilder &b, const StepWeight &weight, int64_t halves) const;
  TileWeight weightOf(const StepWeight &weight) const { return TileWeight::of(weight, planes); }

  llvm::StringRef ownName;
  Numerics ownNumerics;
  int64_t planes;
};

} // namespace retort

#endif
