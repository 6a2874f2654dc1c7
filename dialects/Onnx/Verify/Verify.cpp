// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What typed operations must be before their types are inferred or they are lowered. It is decided
// by attributes and by ranks; sizes are compared by inference, which knows more of them.
//   'onnx.AveragePool' op expects 'strides' of at least 1, found 0
#include "dialects/Onnx/Verify/Verify.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;

/// Query heads are read in groups of equal size.
LogicalResult onnx::verifyHeads(Operation *op) {
  for (auto [queryName, keyName] :
       {std::pair("num_heads", "kv_num_heads"), std::pair("q_num_heads", "kv_num_heads")}) {
    int64_t queries = intAttribute(op, queryName, 0), keys = intAttribute(op, keyName, 0);
    if (queries > 0 && keys > 0 && queries % keys != 0 && keys % queries != 0)
      return op->emitOpError() << "expects '" << keyName << "' (" << keys << ") to divide '"
                               << queryName << "' (" << queries << ")";
  }
  return success();
}

LogicalResult onnx::verifyTypedOp(Operation *op) {
  if (!schemaOf(op->getName()))
    return success();
  return success(succeeded(verifyRanges(op)) && succeeded(verifyRanks(op)) &&
                 succeeded(verifyAxes(op)) && succeeded(verifyWindows(op)) &&
                 succeeded(verifyHeads(op)) && succeeded(verifyBlocks(op)) &&
                 succeeded(verifyBodies(op)));
}
