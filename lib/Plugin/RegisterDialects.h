// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialects that Retort's phases go through.
#ifndef RETORT_LIB_PLUGIN_REGISTERDIALECTS_H
#define RETORT_LIB_PLUGIN_REGISTERDIALECTS_H

namespace mlir {
class DialectRegistry;
}

namespace retort {

/// Registers Retort's own dialects and upstream's, with the external models that bufferization and
/// the translation to LLVM IR need.
void registerDialects(mlir::DialectRegistry &registry);

/// Registers Retort's own dialects alone: what a host with MLIR's own lacks.
void registerRetortDialects(mlir::DialectRegistry &registry);

} // namespace retort

#endif
