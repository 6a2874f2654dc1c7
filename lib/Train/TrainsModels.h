// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model whose constants are trained while a method works on it, as methods see it. Methods
// neither link code generation nor the runtime: who does (lib/Trainer) gives the context an
// interface, and methods ask it.
#ifndef RETORT_LIB_TRAIN_TRAINSMODELS_H
#define RETORT_LIB_TRAIN_TRAINSMODELS_H

#include "dialects/Retort/HostService.h"
#include "lib/Train/TrainingOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <vector>

namespace retort {

/// A constant of floats in the function `main` of a student: it starts from its value.
struct TrainedConstant {
  mlir::Operation *op;
  double rate = 1;    ///< times the learning rate; 0: it stays, and counts for no norm
  bool decays = true; ///< whether weight decay holds for it
  /// Elements that are zero stay so: those of a pruned weight.
  bool keepsZeros = false;
};

/// Sees the numbers of all constants behind step 1, 2, ..., and the gradient that it was made by,
/// which is 0 for constants of rate 0. It may change numbers. True where states from before are
/// none that could be the best any more, the one that training began with among them.
using AfterStep = std::function<bool(int64_t step, llvm::MutableArrayRef<std::vector<float>> values,
                                     llvm::ArrayRef<std::vector<float>> gradient)>;

/// A module of its own, whose logits follow from constants that are trained.
struct Student {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<TrainedConstant> constants;
  AfterStep afterStep = {}; ///< what a method does itself; checkpoints know nothing of it
};

struct TrainingPoint {
  int64_t step;
  double loss;    ///< mean of the steps since the last point
  double heldOut; ///< before the step after
  double rate;
};

struct TrainingResult {
  /// The best state on held-out windows, by constant; empty where that is the one it began with.
  std::vector<std::vector<float>> values;
  double before = 0, best = 0; ///< held-out loss
  int64_t bestStep = 0, steps = 0, tokens = 0;
  int64_t hiddenStates = 0; ///< how many were held against the teacher's
  double seconds = 0;
  std::vector<TrainingPoint> curve;
  std::string note; ///< why it ended before its last step, or what it did not keep; may be empty
};

/// Gradients of the loss on single windows, in the order of the constants.
using SeeGradients =
    llvm::function_ref<llvm::Error(double loss, llvm::ArrayRef<llvm::ArrayRef<float>> gradients)>;

/// What a context has whose host can train models.
class TrainsModels : public HostService<TrainsModels> {
public:
  using HostService::HostService;

  /// `teacher` is what losses compare with; it is not changed.
  virtual llvm::Expected<TrainingResult> train(Student student, mlir::ModuleOp teacher,
                                               const TrainingOptions &options) const = 0;
  /// Of the first `samples` windows of the data.
  virtual llvm::Error gradients(Student student, mlir::ModuleOp teacher,
                                const TrainingOptions &options, int64_t samples,
                                SeeGradients see) const = 0;
};

} // namespace retort

MLIR_DECLARE_EXPLICIT_TYPE_ID(retort::TrainsModels)

#endif
