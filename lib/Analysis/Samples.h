// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates cold values at sample sizes: what recognition by value stands on.
#ifndef RETORT_LIB_ANALYSIS_SAMPLES_H
#define RETORT_LIB_ANALYSIS_SAMPLES_H

#include "dialects/Onnx/Evaluate/Cone.h"
#include "lib/Analysis/HotValues.h"

#include <map>
#include <memory>

namespace retort {

/// Where the second part of the batch has no tokens.
enum class Padding {
  None,
  Right, ///< the last two columns
  Left,  ///< the first two columns
  Hole,  ///< the second column
  All,   ///< every column
};

enum class Places {
  Counted,   ///< from past on
  Shifted,   ///< three further
  Restarted, ///< from past on again at the third token
};

/// How large the inputs are, and what the cold ones hold.
struct Sample {
  int64_t batch = 2;
  int64_t tokens = 5;
  /// Rows of the past; a model without states has none.
  int64_t past = 0;
  Padding padding = Padding::None;
  /// What positions say: how far the text is.
  Places places = Places::Counted;
};

/// Binds the inputs of a function. Sizes that the model fixes stay; of the others, those that
/// operations expect to be equal are (a mask of past + tokens columns, whatever the model calls
/// that size).
class Samples {
public:
  explicit Samples(mlir::func::FuncOp function);

  const HotValues &hot() const { return hotValues; }
  bool hasState() const;
  mlir::BlockArgument argument(unsigned i) { return function.getArgument(i); }

  /// Two sizes that tell batch, rows, past and columns apart, at which the function can run: some
  /// take several new rows without a past alone.
  llvm::ArrayRef<Sample> probes();
  /// Whether the shapes of the first result follow from the sizes of the inputs.
  bool isValid(Sample sample);
  /// The shapes of all values at these sizes (padding and places do not count), as far as inference
  /// reaches.
  const onnx::Cone::Shapes &shapes(Sample sample);
  /// The shape of one value; nullopt where inference does not reach it.
  std::optional<llvm::SmallVector<int64_t>> shape(mlir::Value value, Sample sample);
  /// An evaluator in which cold inputs have their values, and everything its shape.
  onnx::Cone cone(Sample sample);
  /// The elements of a cold value; fails with `reason`.
  llvm::FailureOr<onnx::Tensor> evaluate(mlir::Value value, Sample sample,
                                         std::string *reason = nullptr);
  /// The number that all elements of a value are, at every size; nullopt where it is none.
  std::optional<double> number(mlir::Value value);

private:
  using Key = std::tuple<int64_t, int64_t, int64_t>;
  llvm::SmallVector<llvm::SmallVector<int64_t>> inputShapes(Sample sample);

  mlir::func::FuncOp function;
  HotValues hotValues;
  llvm::SmallVector<Sample, 2> chosenProbes;
  std::map<Key, std::unique_ptr<onnx::Cone::Shapes>> known;
};

} // namespace retort

#endif
