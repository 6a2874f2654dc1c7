// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The retort dialect: the target, and facts on functions and their arguments. See README.md for its
// rationale.
#ifndef RETORT_DIALECTS_RETORT_RETORT_H
#define RETORT_DIALECTS_RETORT_RETORT_H

#include "dialects/Retort/Names.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"

#include "dialects/Retort/RetortDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Retort/RetortAttributes.h.inc"

namespace retort {

/// The target of a module; null where it was not set.
inline TargetAttr targetOf(mlir::ModuleOp module) {
  return module->getAttrOfType<TargetAttr>(names::target);
}

} // namespace retort

#endif
