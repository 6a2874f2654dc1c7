// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the author of an operation includes: a plugin brings a dialect whose operations stand for
// operators of ONNX files. Import raises their nodes to it, export writes them back byte for byte,
// and every phase asks the operations themselves what they are. docs/write-an-op.md is the
// tutorial.
//
//   what                        is said by
//   domain, versions, operands  onnx::OperatorSet, an interface of the dialect
//   types of results            onnx::ShapeInference      (Onnx_Infer<"...">, or a method)
//   values of constants         onnx::Evaluation          (Onnx_Evaluate<"...">, or a method)
//   rows of a decode step       onnx::RowRule             (Onnx_Rows<"...">, or a method)
//   what is moved, linear, ...  onnx::Movement, Linearity, Elementwise
//   code                        LinalgLowering, in types of upstream alone
//   gradients                   Differentiable
//   all of these at once        ScalarBody, of element-wise operations (Onnx_ByScalarBody)
#ifndef RETORT_OPERATION_H
#define RETORT_OPERATION_H

#include "dialects/Onnx/Families.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Rows/Rows.h"
#include "dialects/Onnx/Schema/OperatorSet.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Retort/Differentiable.h"
#include "dialects/Retort/Lowering.h"

namespace retort {

/// Makes the operators known that a dialect brings: it is loaded wherever the onnx dialect is.
template <typename DialectT> void registerOperators(mlir::DialectRegistry &registry) {
  registry.insert<DialectT>();
  registry.addExtension(+[](mlir::MLIRContext *context, onnx::OnnxDialect *) {
    context->getOrLoadDialect<DialectT>();
  });
}

} // namespace retort

#endif
