// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of passes that a host may already have.
#ifndef RETORT_LIB_SUPPORT_REGISTERPASS_H
#define RETORT_LIB_SUPPORT_REGISTERPASS_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

namespace retort {

/// Registers the pass unless its argument is taken: MLIR aborts when a plugin brings a pass that
/// its host holds.
template <typename Allocator> void registerPassOnce(Allocator allocate) {
  if (!mlir::PassInfo::lookup(allocate()->getArgument()))
    mlir::registerPass(allocate);
}

/// Registers a pipeline without options unless its argument is taken.
inline void registerPipelineOnce(llvm::StringRef argument, llvm::StringRef description,
                                 void (*build)(mlir::OpPassManager &)) {
  if (!mlir::PassPipelineInfo::lookup(argument))
    mlir::PassPipelineRegistration<>(argument, description, build);
}

/// The same for a pipeline with options.
template <typename Options>
void registerPipelineOnce(llvm::StringRef argument, llvm::StringRef description,
                          void (*build)(mlir::OpPassManager &, const Options &)) {
  if (!mlir::PassPipelineInfo::lookup(argument))
    mlir::PassPipelineRegistration<Options>(argument, description, build);
}

/// Registers every pass of Retort, and its phases as pipelines; harmless when called again.
void registerPasses();

} // namespace retort

#endif
