// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a benchmark trains in a model: the students that compress-tune and compress-tune-lora make.
#ifndef RETORT_BENCHMARK_TRAINEDSTUDENT_H
#define RETORT_BENCHMARK_TRAINEDSTUDENT_H

#include "lib/Train/TrainsModels.h"

namespace retort {

/// `parameters` is lora, factors of rank 8 beside the matrices of the layers, or what the option
/// `parameters` of compress-tune takes. Fails after an error at the module.
llvm::FailureOr<Student> trainedStudent(mlir::ModuleOp module, llvm::StringRef parameters);

} // namespace retort

#endif
