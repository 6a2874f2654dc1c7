// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interfaces of a format of packed weights: what it is, how lowering reads it, how kernels
// multiply with it.
#ifndef RETORT_DIALECTS_LINEAR_LINEARFORMAT_H
#define RETORT_DIALECTS_LINEAR_LINEARFORMAT_H

#include "dialects/Linear/TileBuilder.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort::linear {

/// Columns of a panel: two vectors of AVX-512, a multiple of every narrower one.
constexpr int64_t panelWidth = 32;

constexpr int64_t panelsFor(int64_t columns) { return (columns + panelWidth - 1) / panelWidth; }

/// What a part of a packed weight has to be.
struct WeightPart {
  llvm::StringRef name;
  llvm::SmallVector<int64_t> shape;
  std::function<bool(mlir::Type)> holds;
  llvm::StringRef elements; ///< what `holds` accepts, in words
  bool isOptional = false;

  /// `panels x rows x 32`.
  static WeightPart panels(llvm::StringRef name, int64_t rows, int64_t columns,
                           std::function<bool(mlir::Type)> holds, llvm::StringRef elements);
};

/// Element types of numbers: f32, f16 and bf16.
bool isReal(mlir::Type type);

llvm::LogicalResult verifyParts(llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
                                llvm::ArrayRef<WeightPart> expected, mlir::TypeRange parts);

/// Of parts whose numbers have the type, and whose integers are the narrowest that they hold.
int64_t bytesOf(llvm::ArrayRef<WeightPart> parts, mlir::FloatType numbers);

/// Element (panel of n, row, lane of n) of a part that lies in panels.
int64_t placeInPanels(const onnx::ConstantView &part, int64_t row, int64_t n);
mlir::Value readInPanels(mlir::ImplicitLocOpBuilder &builder, mlir::Value part, mlir::Value row,
                         mlir::Value n);

/// Number `i`, an index, of those that lie packed in an integer, low bits first and without sign.
mlir::Value unpackBits(mlir::ImplicitLocOpBuilder &builder, mlir::Value word, mlir::Value i,
                       int64_t width);

/// A number as f32.
mlir::Value widen(mlir::ImplicitLocOpBuilder &builder, mlir::Value number);

enum class TableUse {
  Never,       ///< the numbers are expanded
  WhereShared, ///< where a product reads the same packed parts
  Always,
};

} // namespace retort::linear

#include "dialects/Linear/LinearFormat.h.inc"

#endif
