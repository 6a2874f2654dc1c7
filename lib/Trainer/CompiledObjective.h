// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of a student, and its gradient, as compiled code.
#ifndef RETORT_LIB_TRAINER_COMPILEDOBJECTIVE_H
#define RETORT_LIB_TRAINER_COMPILEDOBJECTIVE_H

#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Runtime/Model.h"
#include "lib/Train/TrainsModels.h"
#include "lib/Trainer/Objective.h"

namespace retort {

/// How an objective is made of a student.
struct ObjectiveSpec {
  int64_t context = 0; ///< tokens of each window
  LossOptions loss;
  double hidden = 0; ///< factor of the loss of hidden states
  /// Hidden states are told by their names: the teacher is the model as it was.
  bool hasNames = false;
  int64_t mostBytes = -1; ///< as GradientSpec has it
  std::string targetCpu = "native";
};

class CompiledObjective : public Objective {
public:
  /// `teacher` may be null where the loss reads none. Both are only read here. An error says what
  /// has no gradient, or that the two have different vocabularies.
  static llvm::Expected<std::unique_ptr<CompiledObjective>>
  create(Student student, mlir::ModuleOp teacher, const ObjectiveSpec &spec);

  ~CompiledObjective() override;

  llvm::ArrayRef<Parameter> parameters() const override { return starts; }
  llvm::Expected<double> loss(llvm::ArrayRef<TokenWindow> windows, double total,
                              const ParameterValues &values) override;
  llvm::Expected<double> addGradient(llvm::ArrayRef<TokenWindow> windows, double total,
                                     const ParameterValues &values,
                                     ParameterValues &gradient) override;
  /// How many hidden states are held against the teacher's. The loss that is measured is that of
  /// logits alone; gradients, and the loss beside them, are of both.
  int64_t heldStates() const { return states; }
  /// Ids that the logits know.
  int64_t vocabulary() const { return ids; }

private:
  llvm::Error addParameters(const Student &student, GradientSpec &spec);
  llvm::Error addTeacher(mlir::ModuleOp teacher, const ObjectiveSpec &spec, mlir::func::FuncOp text,
                         GradientSpec &gradient, mlir::OwningOpRef<mlir::ModuleOp> &read);
  llvm::Error holdStates(mlir::func::FuncOp text, mlir::ModuleOp teacher, const ObjectiveSpec &spec,
                         GradientSpec &gradient, llvm::SmallVector<mlir::Value> &states);
  /// The function of this name.
  llvm::Expected<std::vector<runtime::Tensor>> call(const char *name, const TokenWindow &window,
                                                    double total, const ParameterValues &values);

  std::vector<Parameter> starts;
  std::vector<runtime::Shape> shapes; ///< of parameters
  std::vector<bool> keepsZeros;       ///< of parameters: see TrainedConstant
  std::unique_ptr<runtime::Model> code;
  runtime::Function *teacher = nullptr; ///< where the loss reads one
  bool takesUnit = false;               ///< the gradient, which may be recomputed
  bool readsLogits = false;             ///< of the teacher
  int64_t ids = 0, states = 0;
  size_t constants = 0; ///< parameters of the student; maps of hidden states follow
};

} // namespace retort

#endif
