// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The onnx dialect: the exact image of an ONNX file, and typed operations at one canonical opset.
#ifndef RETORT_DIALECTS_ONNX_ONNX_H
#define RETORT_DIALECTS_ONNX_ONNX_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Onnx/OnnxDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Onnx/GraphTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Onnx/GraphAttributes.h.inc"
#define GET_OP_CLASSES
#include "dialects/Onnx/Graph.h.inc"

#include "dialects/Onnx/Ops.h"

#endif
