// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a benchmark trains in a model.
#include "benchmark/TrainedStudent.h"
#include "lib/Compress/TuneLora/LoraWeights.h"
#include "lib/Train/TuneConstants.h"

using namespace mlir;
using namespace retort;

static FailureOr<Student> factorsBeside(ModuleOp module) {
  auto weights = selectLinearWeights(module, "compress-tune-lora", "", "");
  if (failed(weights))
    return failure();
  IRMapping map;
  Student student = studentOf(module, map);
  for (LinearWeight &weight : *weights) {
    std::string why;
    auto shape = productsOf(weight.op->getResult(0), why);
    if (!shape)
      continue;
    LoraWeight each{weight, *shape, FactorMerge::Keep, /*rank=*/8, /*group=*/1, /*scale=*/2};
    addFactors(student, map, each, /*seed=*/7);
  }
  return student;
}

FailureOr<Student> retort::trainedStudent(ModuleOp module, StringRef parameters) {
  if (parameters == "lora")
    return factorsBeside(module);
  auto constants = constantsToTune(module, "compress-tune", parameters);
  if (failed(constants))
    return failure();
  IRMapping map;
  Student student = studentOf(module, map);
  trainConstants(student, map, *constants);
  return student;
}
