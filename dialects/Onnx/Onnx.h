// The onnx dialect: the exact image of an ONNX file, and typed operations at one canonical opset.
#ifndef RETORT_DIALECTS_ONNX_ONNX_H
#define RETORT_DIALECTS_ONNX_ONNX_H

#include "mlir/IR/Dialect.h"

#include "dialects/Onnx/OnnxDialect.h.inc"
#include "dialects/Onnx/Ops.h"

#endif
