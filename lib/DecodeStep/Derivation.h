// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The derivation of a step from a text graph: what takes the place of which operand.
#ifndef RETORT_LIB_DECODESTEP_DERIVATION_H
#define RETORT_LIB_DECODESTEP_DERIVATION_H

#include "lib/DecodeStep/ColdValues.h"
#include "lib/DecodeStep/LengthCone.h"
#include "lib/DecodeStep/RowAxes.h"
#include "lib/DecodeStep/StepInputs.h"
#include "lib/DecodeStep/StepMask.h"
#include "lib/DecodeStep/StreamState.h"

namespace retort {

/// Plans every hot operation of a text graph, in order; then rewrites the graph to a step.
class Derivation {
public:
  Derivation(TextGraph &text, int64_t context, Refusal &refusal)
      : text(text), rows(text, context), cold(text, context), refusal(refusal),
        rowCone(cold, false), columnCone(cold, true) {}
  llvm::LogicalResult plan();
  void rewrite();
  /// Whether states are rows of tokens alone, each written where its token stands.
  bool keepsRowsAlone() const {
    return retentions.empty() && convolutions.empty() && delays.empty() && scans.empty() &&
           llvm::none_of(mixers, [](const Mixer &mixer) { return mixer.stream.has_value(); });
  }
  /// A context for which more may be known: that of the tables that the graph cuts.
  std::optional<int64_t> shorterContext() const { return rows.fewestCut(); }

private:
  /// An operand and what takes its place.
  struct Edit {
    mlir::OpOperand *use;
    std::function<mlir::Value(StepInputs &)> make;
  };
  struct Mixer {
    llm::AttentionOp op;
    StepMask mask;
    std::optional<TurnedKeys> turned = std::nullopt;
    std::optional<SinkWindow> stream = std::nullopt;
    mlir::Value keys = {}, values = {}; // the next states
  };

  /// One along the text: `results` have a row for each row of `input`, and row t of them reads rows
  /// t - reach ... t.
  struct Convolution {
    mlir::Operation *op;
    mlir::Value input;
    int64_t reach;
    llvm::SmallVector<mlir::Value> results;
  };

  /// Rows of `input` that lie `count` later along `axis`, behind `count` rows that are the same for
  /// every text: operand 0 of `joined`, or what a Pad fills with.
  struct Delay {
    mlir::Operation *op;
    mlir::Value input;
    int64_t axis, count;
    mlir::Operation *joined;
  };

  llvm::LogicalResult proveAssumptions();
  llvm::DenseSet<mlir::Operation *> hotOperations();
  llvm::LogicalResult planOperation(mlir::Operation *op);
  llvm::LogicalResult planAttention(llm::AttentionOp op);
  llvm::LogicalResult planRetention(llm::RetentionOp op);
  llvm::LogicalResult planConvolution(mlir::Operation *op);
  std::optional<Delay> findDelay(mlir::Operation *op);
  bool isJoinedForDelays(mlir::Operation *op);
  llvm::LogicalResult planDelay(Delay delay);
  llvm::LogicalResult planScan(mlir::Operation *op);
  bool isPaddingOfConvolution(mlir::Operation *op);
  bool keepsFirstRows(mlir::Operation *op);
  llvm::LogicalResult planRope(llm::RopeOp op);
  llvm::LogicalResult planSelection(mlir::Operation *op);
  llvm::LogicalResult planOperands(mlir::Operation *op);
  llvm::LogicalResult planOperand(mlir::OpOperand &use);
  llvm::LogicalResult planConstant(mlir::OpOperand &use);
  llvm::FailureOr<RowSource> planRows(mlir::Value value, int64_t axis, mlir::Operation *user);
  bool planShape(mlir::Operation *op);
  bool isWholeSlice(mlir::Operation *op);
  std::string whyNotLast(mlir::Operation *op);
  llvm::LogicalResult refuseMixing(mlir::Operation *op, const llvm::Twine &how) {
    return refusal.because(op, "mixes the rows of the text: " + how);
  }

  void rewriteAttention(Mixer &mixer, StepInputs &inputs);
  void turnKeys(Mixer &mixer, StepInputs &inputs);
  llvm::LogicalResult checkStream(llm::AttentionOp op, SinkWindow shape);
  void rewriteStream(Mixer &mixer, StepInputs &inputs);
  mlir::Value rewriteRetention(llm::RetentionOp op, StepInputs &inputs);
  mlir::Value rewriteDelay(Delay &delay, StepInputs &inputs);
  void rewriteScan(mlir::Operation *op, StepInputs &inputs,
                   llvm::SmallVectorImpl<mlir::Value> &results);
  mlir::Value rowsInFront(Delay &delay, mlir::RankedTensorType type, StepInputs &inputs);
  mlir::BlockArgument addFlatState(mlir::RankedTensorType type, StepInputs &inputs);
  mlir::Value readFlatState(mlir::BlockArgument state, mlir::Value start,
                            mlir::RankedTensorType type, mlir::OpBuilder &builder,
                            StepInputs &inputs);
  mlir::Value writeFlatState(mlir::BlockArgument state, mlir::Value next, mlir::OpBuilder &builder,
                             StepInputs &inputs);
  mlir::Value rewriteConvolution(Convolution &convolution, StepInputs &inputs);
  mlir::Value readState(mlir::BlockArgument state, mlir::OpBuilder &builder, StepInputs &inputs);
  bool takesAnyRows(mlir::Operation *op);
  mlir::OpOperand *lastProduct();
  void keepAskedRows(StepInputs &inputs);

  TextGraph &text;
  RowAxes rows;
  ColdValues cold;
  Refusal &refusal;
  llvm::SmallVector<StreamState, 0> streams;
  LengthCone rowCone, columnCone; // tables that follow from the length of the text
  llvm::SmallVector<Edit> edits;
  llvm::SmallVector<Mixer, 0> mixers;
  llvm::SmallVector<llm::RetentionOp> retentions;
  llvm::SmallVector<Convolution> convolutions;
  llvm::SmallVector<Delay> delays;
  llvm::SmallVector<mlir::Operation *> scans;
  llvm::DenseSet<mlir::Operation *> absorbed; // paddings and slices that convolutions take in
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> forwarded; // results that are operands
  llvm::DenseSet<mlir::Value> lastRow;                              // values of the last row alone
};

} // namespace retort

#endif
