// A model's own functions that nothing calls any more.
#ifndef RETORT_LIB_EXPORT_UNCALLEDFUNCTIONS_H
#define RETORT_LIB_EXPORT_UNCALLEDFUNCTIONS_H

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// Drops the functions that neither a node nor a function that is called calls.
void dropUncalledFunctions(mlir::ModuleOp module);

} // namespace retort

#endif
