// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of attention that are set to zero because they see nothing.
#ifndef RETORT_LIB_RECOGNIZE_ROWGUARDS_H
#define RETORT_LIB_RECOGNIZE_ROWGUARDS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace retort {

/// Where(row, 0, softmax(s)) V becomes Where(row, 0, softmax(s) V), where the condition is one for
/// each row: so the body of ONNX's function Attention guards its softmax, and so nothing stands
/// between softmax and product.
void moveRowGuards(mlir::IRRewriter &rewriter, mlir::func::FuncOp function);

} // namespace retort

#endif
