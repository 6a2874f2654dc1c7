// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the rows of the text lie in the values of a graph, and which operations keep them apart.
#ifndef RETORT_LIB_DECODESTEP_ROWAXES_H
#define RETORT_LIB_DECODESTEP_ROWAXES_H

#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "lib/DecodeStep/TextGraph.h"

namespace retort {

/// The axis along which the rows of a value lie: element e belongs to row (e / inner) mod T. Where
/// each row has several elements along it, they lie side by side (`inner` of them), or T apart:
/// exporters flatten tokens and the experts of each token to one axis.
///
/// Of values behind an onnx.NonZero over rows, the axis has as many elements as that picks, in an
/// order that changes with the text: element e belongs to the row that the NonZero names for e.
struct RowPlace {
  int64_t axis, inner = 1;
  mlir::Operation *picks = nullptr;
};

class RowAxes {
public:
  /// Of texts of at most `context` tokens.
  RowAxes(const TextGraph &text, int64_t context);

  /// The fewest rows of a table that the graph cuts to the length of the text, if it has one.
  std::optional<int64_t> fewestCut() const;

  /// The axes whose size is the number T of new rows.
  llvm::SmallVector<int64_t> axesOf(mlir::Value value);
  /// The one axis along which the rows of a value lie, one element each; nullopt: there is none, or
  /// several.
  std::optional<int64_t> axisOf(mlir::Value value);
  /// The axes whose size is T, or a known multiple of it; with `picks`, the number of its picks.
  llvm::SmallVector<int64_t> multiplesOf(mlir::Value value, mlir::Operation *picks = nullptr);
  /// Whether all sizes are known numbers but for those that are multiples of T.
  bool othersAreFixed(mlir::Value value);
  onnx::SymbolicDims &sizes() { return dims; }

  /// Whether row i of each result depends on row i of the operands alone. Operands without an axis
  /// of rows are the same for every row. Remembers where the rows of the results lie.
  bool keepsRowsApart(mlir::Operation *op) { return howRowsMix(op).empty(); }
  /// The same: empty, or what the operation does to rows instead.
  llvm::StringRef howRowsMix(mlir::Operation *op);

  /// Where the rows of a value lie, as far as its size or what was remembered tells.
  std::optional<RowPlace> placeOf(mlir::Value value);
  void remember(mlir::Value value, RowPlace place) { places[value] = place; }
  /// How many elements of each row (or pick) an axis has; nullopt: its size is no multiple of their
  /// number.
  std::optional<int64_t> elementsOfEach(mlir::Value value, int64_t axis,
                                        mlir::Operation *picks = nullptr);

  /// Whether an operation picks rows, or reads what belongs to picks.
  bool concernsPicks(mlir::Operation *op);
  /// The same as howRowsMix for such operations: each element belongs to one row, and is
  /// written back to that row. Numbers of rows serve as indices of rows alone: they are other ones
  /// in a step.
  llvm::StringRef howPicksMix(mlir::Operation *op);

private:
  onnx::SymbolicDims dims;
  onnx::Polynomial rows, total; // new ones, and those of the past with them
  /// Of values with more than one element of each row along the axis.
  llvm::DenseMap<mlir::Value, RowPlace> places;
  /// Of values that hold what a NonZero gives, which coordinate: one for all elements, or one for
  /// each along the axis that is not the picks'.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t>> coordinates;
  /// Of indices that number * k + less than k: k.
  llvm::DenseMap<mlir::Value, int64_t> strides;
  friend class PickRule;
};

} // namespace retort

#endif
