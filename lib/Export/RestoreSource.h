// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The way back of a compressed model: what no method changed is what the file said.
#ifndef RETORT_LIB_EXPORT_RESTORESOURCE_H
#define RETORT_LIB_EXPORT_RESTORESOURCE_H

#include "lib/Support/Refusal.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// Which functions of the model's own are restored.
enum class OwnFunctions { Keep, Inline };

/// A copy of `source`, a module of nodes, in which the values that differ between `before` and
/// `after` are computed as in `after`. `before` is `source`, raised and recognized; `after` is
/// that, compressed. Nodes are typed operations in the result, so that `lower-to-onnx-nodes` writes
/// them. Calls of the model's functions become their bodies where something in them changed. Null
/// where the places do not correspond, as `why` says: then `after` is the way back.
mlir::OwningOpRef<mlir::ModuleOp> restoreSource(mlir::ModuleOp source, mlir::ModuleOp before,
                                                mlir::ModuleOp after, OwnFunctions functions,
                                                Refusal &why);

} // namespace retort

#endif
