// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What methods that train have in common: a student is made, trained, and what it learned is
// written back.
//
//   IRMapping map;
//   Student student = studentOf(module, map);      // then rewritten, its constants named
//   auto trained = trainStudent(module, "compress-...", std::move(student), options);
//   if (trained->values.empty()) ...               // the untrained one was the best
#ifndef RETORT_LIB_TRAIN_TRAINSTUDENT_H
#define RETORT_LIB_TRAIN_TRAINSTUDENT_H

#include "lib/Train/TrainsModels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace retort {

/// A copy of the module, that `map` leads to, with no constants to train yet.
Student studentOf(mlir::ModuleOp module, mlir::IRMapping &map);

/// The constant of the copy that an operation of the module became.
mlir::Operation *inStudent(const mlir::IRMapping &map, mlir::Operation *constant);

/// Adds constants of the module, found in the copy, each as one that is trained. Matrices keep the
/// elements that are zero.
void trainConstants(Student &student, const mlir::IRMapping &map,
                    llvm::ArrayRef<mlir::Operation *> constants);

/// A new constant of f32 of the copy, in front of an operation of it, that is trained from these
/// numbers. It does not decay.
mlir::Value addTrained(Student &student, mlir::Operation *before, llvm::StringRef name,
                       llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> numbers,
                       double rate = 1);

/// Trains it beside the teacher that the options name, and says in a remark at the module what came
/// of it: held-out loss before and after, steps, tokens, seconds, and the curve. Nothing in the
/// module changes. Fails with an error at the module; one of them says that the host cannot train.
llvm::FailureOr<TrainingResult> trainStudent(mlir::ModuleOp module, llvm::StringRef method,
                                             Student student, const TrainingOptions &options);

/// The error of a host that cannot train.
llvm::LogicalResult emitCannotTrain(mlir::ModuleOp module, llvm::StringRef method);
/// Who trains; null, after an error at the module, where nobody does.
const TrainsModels *trainingHost(mlir::ModuleOp module, llvm::StringRef method);

/// The held-out loss of the module as it stands, beside the teacher that the options name.
llvm::FailureOr<double> heldOutLoss(mlir::ModuleOp module, llvm::StringRef method,
                                    const TrainingOptions &options);

/// The function `main`; null, after an error, where there is none.
mlir::func::FuncOp graphToTrain(mlir::ModuleOp module, llvm::StringRef method);

/// A new initializer of f32, at the builder.
mlir::Value createFloats(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name,
                         llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> numbers);

/// Gives a constant of floats other numbers, rounded to its element type.
void setNumbers(mlir::Operation *constant, llvm::ArrayRef<float> numbers);

/// Width of the residual stream, that rates follow: what the logits' matrix sums over; 128 where
/// nobody knows.
int64_t widthOfModel(mlir::ModuleOp module);

} // namespace retort

#endif
