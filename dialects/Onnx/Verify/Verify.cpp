// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What typed operations must be. It is decided by attributes, and by types as they stand; what
// these leave open is compared by inference, which knows more of sizes, or by the run.
//   'onnx.AveragePool' op expects 'strides' of at least 1, found 0
#include "dialects/Onnx/Verify/Verify.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Ops.h"
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

/// What types decide nothing of.
static LogicalResult verifyAttributes(Operation *op) {
  return success(succeeded(onnx::verifyRanges(op)) && succeeded(onnx::verifyHeads(op)) &&
                 succeeded(onnx::verifyBodies(op)));
}

LogicalResult onnx::verifyTypes(Operation *op) {
  const Schema *schema = schemaOf(op->getName());
  return success(!schema || (succeeded(verifyElements(op, *schema)) && succeeded(verifyRanks(op)) &&
                             succeeded(verifyAxes(op)) && succeeded(verifyWindows(op)) &&
                             succeeded(verifyChannels(op)) && succeeded(verifyBlocks(op)) &&
                             succeeded(verifyScanned(op))));
}

LogicalResult onnx::verifyTypedOp(Operation *op) {
  return success(succeeded(verifyAttributes(op)) &&
                 (mayNotBeTaken(op) || succeeded(verifyTypes(op))));
}

LogicalResult onnx::verifyTaken(Operation *op) {
  return success(!schemaOf(op->getName()) ||
                 (succeeded(verifyAttributes(op)) && succeeded(verifyTypes(op))));
}

bool onnx::mayNotBeTaken(Operation *op) { return bool(op->getParentOfType<IfOp>()); }
