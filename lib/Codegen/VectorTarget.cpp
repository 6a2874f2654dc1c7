// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the vector units of the target hold.
#include "lib/Codegen/VectorTarget.h"

#include "lib/Target/DescribeTarget.h"

using namespace mlir;
using namespace retort;

FailureOr<VectorTarget> retort::vectorTargetFor(ModuleOp module, StringRef cpu) {
  auto target = targetFor(module, cpu);
  if (!target)
    return LogicalResult(module.emitError() << llvm::toString(target.takeError()));
  return VectorTarget{target->lanes(), target->getVectorRegisters()};
}
