// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile registers of AMX: eight, each of 16 rows of 64 bytes. Native code names them in
// intrinsics, which work at any level of optimization; the portable form keeps them in a buffer and
// computes what Intel's manual says of each instruction ("TDPBF16PS": even and odd products of a
// row are summed apart).
#ifndef RETORT_LIB_CODEGEN_STEPS_TILES_TILEUNIT_H
#define RETORT_LIB_CODEGEN_STEPS_TILES_TILEUNIT_H

#include "dialects/Linear/BlockStep.h"

namespace retort {

class TileUnit {
public:
  static constexpr int64_t rows = 16, rowBytes = 64, registers = 8;
  /// Numbers of bf16 in a row: rows of the weight that a product takes.
  static constexpr int64_t depth = rowBytes / 2;

  /// What it keeps in memory: the registers, or how they are configured.
  static mlir::MemRefType memoryType(bool isPortable, mlir::MLIRContext *context);
  /// A tile in a buffer: 16 rows of 16 numbers, or of 32 half as wide.
  static mlir::MemRefType tilesOf(llvm::ArrayRef<int64_t> outer, mlir::Type element);

  explicit TileUnit(BlockBuilder &b) : b(b) {}

  /// The registers of this thread are tiles from here to `release`.
  void configure();
  void release();
  void zero(int64_t tile);
  /// `at` are the indices of the tile in a buffer of `tilesOf`.
  void load(int64_t tile, mlir::Value buffer, mlir::ValueRange at);
  void store(int64_t tile, mlir::Value buffer, mlir::ValueRange at);
  /// sum[m][n] += left[m][2k] * right[k][2n] + left[m][2k + 1] * right[k][2n + 1], numbers of bf16.
  void multiply(int64_t sum, int64_t left, int64_t right);

private:
  mlir::Value addressOf(mlir::Value buffer, mlir::ValueRange at);
  mlir::Value number(int64_t tile);
  void call(llvm::StringRef intrinsic, mlir::ValueRange operands);
  mlir::Value loadRow(int64_t tile, mlir::Value row);
  void storeRow(mlir::Value words, int64_t tile, mlir::Value row);
  void copyRows(llvm::function_ref<void(mlir::Value row)> copy);

  BlockBuilder &b;
};

} // namespace retort

#endif
