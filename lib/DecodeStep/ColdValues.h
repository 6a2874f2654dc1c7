// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cold values of a text graph at sampled places of the text: whether they can be tabulated once.
#ifndef RETORT_LIB_DECODESTEP_COLDVALUES_H
#define RETORT_LIB_DECODESTEP_COLDVALUES_H

#include "dialects/Onnx/Evaluate/Cone.h"
#include "lib/DecodeStep/TextGraph.h"

#include <map>

namespace retort {

/// A place in a text: `rows` new tokens behind `past` others.
struct Place {
  int64_t past, rows;
};

/// Which axes of a cold value follow the length: at a place, rows past ... past + rows of the row
/// axis, and columns 0 ... past + rows of the others.
struct LengthAxes {
  std::optional<int64_t> row;
  llvm::SmallVector<int64_t> columns;
};

class ColdValues {
public:
  /// `context`: the number of rows of tables.
  ColdValues(const TextGraph &text, int64_t context);

  /// Whether a value is computed from tokens or caches; Shape and Size cut the dependence.
  bool isHot(mlir::Value value) const { return hot.contains(value); }
  /// Whether a cold value is computed from sizes of the text; otherwise it follows from constants.
  bool followsLength(mlir::Value value) const { return following.contains(value); }

  /// The places that `value` is compared at: short texts, the whole context, and what the numbers
  /// in the value's own cone make special (the length above which frequencies change).
  llvm::SmallVector<Place> placesFor(mlir::Value value);

  /// The elements at a place; declines where they cannot be computed.
  llvm::FailureOr<onnx::Tensor> at(mlir::Value value, Place place, Refusal &refusal);

  /// The value for the whole context, of which every place sees a part; `user` is named where some
  /// place sees another: then a row depends on the length of the text.
  llvm::FailureOr<onnx::Tensor> tabulate(mlir::Value value, const LengthAxes &axes,
                                         mlir::Operation *user, Refusal &refusal);

  int64_t context() const { return length; }
  bool hasCaches() const { return hasPast; }

private:
  onnx::Cone &coneAt(Place place);
  std::optional<int64_t> longestFor(mlir::Value value);

  mlir::func::FuncOp function;
  int64_t length;
  bool hasPast;
  llvm::DenseSet<mlir::Value> hot, following;
  std::map<std::pair<int64_t, int64_t>, onnx::Cone> cones;
};

/// Whether `part` is what a place sees of `table`; NaN equals NaN.
bool isPartOf(const onnx::Tensor &part, const onnx::Tensor &table, const LengthAxes &axes,
              Place place);

} // namespace retort

#endif
