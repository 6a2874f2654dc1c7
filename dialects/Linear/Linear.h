// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The linear dialect: products with constant weights, packed for kernels. See README.md for its
// rationale.
#ifndef RETORT_DIALECTS_LINEAR_LINEAR_H
#define RETORT_DIALECTS_LINEAR_LINEAR_H

#include "dialects/Linear/LinearFormat.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace retort {
class MultiplyStep;
} // namespace retort

#include "dialects/Linear/LinearDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Linear/LinearAttributes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Linear/LinearOps.h.inc"

#endif
