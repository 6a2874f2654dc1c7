// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a decode step has in place of sizes of the whole text: its inputs, tables, and states.
#ifndef RETORT_LIB_DECODESTEP_STEPINPUTS_H
#define RETORT_LIB_DECODESTEP_STEPINPUTS_H

#include "dialects/Onnx/Evaluate/Tensor.h"
#include "lib/DecodeStep/AngleRows.h"
#include "lib/DecodeStep/TextGraph.h"

namespace retort {

/// How a step gets the rows past ... past + T of a cold value.
struct RowSource {
  enum Kind {
    Positions, ///< element n is n: the positions themselves
    Table,     ///< rows of a table for the whole context
    Angles,    ///< cosines or sines, computed from the positions
    Prefix,    ///< the first rows of a constant, which `lookup` takes
    Lookup     ///< the rows that `lookup` (onnx.Gather) finds in a constant by rows of indices
  };
  Kind kind = Table;
  onnx::Tensor table;
  std::optional<AngleRows> angles;
  int64_t axis = 0;
  mlir::Operation *lookup = nullptr;
  std::shared_ptr<RowSource> indices;
};

/// Adds inputs to a function; what is made of them stands at the start of the body.
class StepInputs {
public:
  /// `past` (i64): how many tokens came before. `rows` (i64): how many of the last logits are asked
  /// for.
  explicit StepInputs(TextGraph &text);

  mlir::Value past() const { return before; }
  mlir::Value rows() const { return asked; }
  /// `past` as a tensor of one element: where a state is written.
  mlir::Value writeIndex();
  mlir::Value rowsOf(const RowSource &source);
  /// The positions of new rows, or of all columns (0 ... past + T - 1), in the type of `like` and
  /// along the axis; the other axes have one element.
  mlir::Value countedLike(const onnx::Tensor &like, int64_t axis, bool columns);
  /// past + T: a scalar i64.
  mlir::Value total();
  mlir::Value constant(const onnx::Tensor &tensor);
  mlir::Value integers(llvm::ArrayRef<int64_t> values);
  mlir::BlockArgument addState(mlir::RankedTensorType type);
  llvm::ArrayRef<mlir::BlockArgument> states() const { return stateArguments; }

private:
  mlir::BlockArgument addInput(unsigned place, mlir::Type type, llvm::StringRef role);
  mlir::Value positions();
  mlir::Value reshaped(mlir::Value list, const RowSource &source);
  mlir::Value computed(const RowSource &source);

  mlir::func::FuncOp function;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::Value count();
  mlir::Value tokens, before, asked, index, places, fresh, all, columns;
  llvm::SmallVector<mlir::BlockArgument> stateArguments;
  /// Tables by their elements, so that equal ones of different layers are one.
  llvm::SmallVector<std::pair<onnx::Tensor, mlir::Value>> constants;
  llvm::SmallVector<std::tuple<mlir::Value, int64_t, mlir::Value>> gathered;
  /// The same of computed rows, by their frequencies.
  llvm::SmallVector<std::tuple<mlir::Value, int64_t, bool, float, mlir::Value>> waves;
};

} // namespace retort

#endif
