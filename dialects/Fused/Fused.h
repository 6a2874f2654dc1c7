// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fused dialect: operations that one kernel computes. See README.md for its rationale.
#ifndef RETORT_DIALECTS_FUSED_FUSED_H
#define RETORT_DIALECTS_FUSED_FUSED_H

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Fused/FusedDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Fused/FusedOps.h.inc"

#endif
