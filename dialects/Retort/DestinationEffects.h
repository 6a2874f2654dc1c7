// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operations that write into a destination do to buffers.
#ifndef RETORT_DIALECTS_RETORT_DESTINATIONEFFECTS_H
#define RETORT_DIALECTS_RETORT_DESTINATIONEFFECTS_H

#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace retort {

/// Of an operation that overwrites its destinations, and reads all else.
inline void addDestinationEffects(
    mlir::DestinationStyleOpInterface op,
    llvm::SmallVectorImpl<mlir::SideEffects::EffectInstance<mlir::MemoryEffects::Effect>>
        &effects) {
  for (mlir::OpOperand &operand : op->getOpOperands()) {
    if (!mlir::isa<mlir::MemRefType>(operand.get().getType()))
      continue;
    mlir::MemoryEffects::Effect *effect = mlir::MemoryEffects::Read::get();
    if (op.isDpsInit(&operand))
      effect = mlir::MemoryEffects::Write::get();
    effects.emplace_back(effect, &operand, mlir::SideEffects::DefaultResource::get());
  }
}

} // namespace retort

#endif
