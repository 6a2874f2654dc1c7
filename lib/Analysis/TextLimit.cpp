// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Analysis/TextLimit.h"

using namespace mlir;
using namespace retort;

bool retort::takesLength(Samples &samples, int64_t tokens) {
  if (samples.probes().empty())
    return true;
  Sample probe = samples.probes().front(), sample = probe;
  // Behind a past of so many rows, or as many new ones.
  if (samples.hasState() && probe.past > 0)
    sample.past = tokens;
  else
    sample.tokens = tokens;
  return !samples.isValid(probe) || samples.isValid(sample);
}

bool retort::takesLength(ModuleOp module, int64_t tokens) {
  return llvm::all_of(module.getOps<func::FuncOp>(), [&](func::FuncOp function) {
    if (function.isExternal())
      return true;
    Samples samples(function);
    return takesLength(samples, tokens);
  });
}
