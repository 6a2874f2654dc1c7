// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants of the lowered functions: small ones in the code, large ones as arguments.
#ifndef RETORT_LIB_LOWER_CONSTANTS_H
#define RETORT_LIB_LOWER_CONSTANTS_H

#include "lib/Lower/Emitter.h"
#include "lib/Lower/WeightMatrix.h"

#include "dialects/Retort/Names.h"

namespace retort {

/// On the argument that a caller may leave out: the index of its default among the weights.
inline constexpr llvm::StringLiteral defaultMark = names::defaultWeight;

/// The large constants of a module, each once: what becomes its attribute `retort.weights`. Weights
/// of products are packed once, however many functions use them.
class WeightTable {
public:
  explicit WeightTable(mlir::ModuleOp module);
  int64_t indexOf(mlir::ElementsAttr value);
  ArrayRef<mlir::ElementsAttr> packed(const WeightMatrix &weight);
  /// Keeps those that an argument of a function still names. Where some are packed,
  /// `retort.weight_formats` says in which format each is; `unit` for none.
  void write(mlir::ModuleOp module);

private:
  int64_t packedBytes = 0; ///< since weights were left on disk
  SmallVector<mlir::Attribute> weights;
  llvm::DenseMap<mlir::Attribute, int64_t> indices;
  llvm::DenseMap<mlir::Attribute, SmallVector<mlir::ElementsAttr>> packedParts; // by key
  llvm::DenseMap<mlir::Attribute, mlir::Attribute> formats;                     // of packed parts
};

/// Element `i` as it is held in the code.
mlir::TypedAttr heldElement(const onnx::ConstantView &view, int64_t i);

/// Whether code makes the elements of the constant: one number for all, or numbers that lie packed.
bool isComputedWhereRead(mlir::ElementsAttr value);

/// Gives functions their constants; one for each function.
class Constants {
public:
  Constants(mlir::func::FuncOp func, WeightTable &table) : func(func), table(table) {}
  /// The value in the function; null, with a diagnostic at `op`, where it holds no data.
  Value materialize(Emitter &emitter, Operation *op, mlir::ElementsAttr value);
  SmallVector<Value> packed(Emitter &emitter, const WeightMatrix &weight);
  /// Removes what lowering made and nothing uses, and the arguments of weights that nothing reads.
  void dropUnused();

private:
  Value weight(Emitter &emitter, mlir::ElementsAttr value);

  mlir::func::FuncOp func;
  WeightTable &table;
  llvm::DenseMap<int64_t, Value> arguments;
};

} // namespace retort

#endif
