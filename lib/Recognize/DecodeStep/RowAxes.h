// Where the rows of the text lie in the values of a graph, and which operations keep them apart.
#ifndef RETORT_LIB_RECOGNIZE_DECODESTEP_ROWAXES_H
#define RETORT_LIB_RECOGNIZE_DECODESTEP_ROWAXES_H

#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "lib/Recognize/DecodeStep/TextGraph.h"

namespace retort {

class RowAxes {
public:
  explicit RowAxes(const TextGraph &text);

  /// The axes whose size is the number T of new rows.
  llvm::SmallVector<int64_t> axesOf(mlir::Value value);
  /// The one axis along which the rows of a hot value lie; nullopt: it has none, or several.
  std::optional<int64_t> axisOf(mlir::Value value);
  /// Whether all other sizes are known numbers.
  bool othersAreFixed(mlir::Value value);
  onnx::SymbolicDims &sizes() { return dims; }

  /// Whether row i of each result depends on row i of the operands alone. Operands without an axis
  /// of rows are the same for every row.
  bool keepsRowsApart(mlir::Operation *op);

private:
  onnx::SymbolicDims dims;
  onnx::Polynomial rows;
};

} // namespace retort

#endif
