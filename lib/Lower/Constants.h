// Constants of the lowered functions: small ones in the code, large ones as arguments.
#ifndef RETORT_LIB_LOWER_CONSTANTS_H
#define RETORT_LIB_LOWER_CONSTANTS_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// The large constants of a module, each once: what becomes its attribute `retort.weights`.
class WeightTable {
public:
  explicit WeightTable(mlir::ModuleOp module);
  int64_t indexOf(mlir::ElementsAttr value);
  void write(mlir::ModuleOp module);

private:
  SmallVector<mlir::Attribute> weights;
  llvm::DenseMap<mlir::Attribute, int64_t> indices;
};

/// Gives functions their constants; one for each function.
class Constants {
public:
  Constants(mlir::func::FuncOp func, WeightTable &table) : func(func), table(table) {}
  /// The value in the function; null, with a diagnostic at `op`, where it holds no data.
  Value materialize(Emitter &emitter, Operation *op, mlir::ElementsAttr value);

private:
  Value weight(Emitter &emitter, mlir::ElementsAttr value);

  mlir::func::FuncOp func;
  WeightTable &table;
  llvm::DenseMap<int64_t, Value> arguments;
};

} // namespace retort

#endif
