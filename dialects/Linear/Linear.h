// The linear dialect: products with constant weights, packed for kernels. See README.md for its
// rationale.
#ifndef RETORT_DIALECTS_LINEAR_LINEAR_H
#define RETORT_DIALECTS_LINEAR_LINEAR_H

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace retort::linear {
/// Columns of a panel: two vectors of AVX-512, a multiple of every narrower one.
constexpr int64_t panelWidth = 32;

constexpr int64_t panelsFor(int64_t columns) { return (columns + panelWidth - 1) / panelWidth; }
} // namespace retort::linear

#include "dialects/Linear/LinearDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Linear/LinearAttributes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Linear/LinearOps.h.inc"

#endif
