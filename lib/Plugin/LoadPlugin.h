// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads plugins as mlir-opt does, but reports why one cannot be loaded.
#ifndef RETORT_LIB_PLUGIN_LOADPLUGIN_H
#define RETORT_LIB_PLUGIN_LOADPLUGIN_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/Error.h"

#include <string>

namespace retort {

/// What a host expects of a plugin; `Any` takes passes and dialects as far as the plugin has them.
enum class PluginKind { Passes, Dialects, Any };

/// Loads the shared library `path` and registers its passes, and its dialects with `registry`. The
/// error is one line with the loader's reason, or with both versions where the plugin was built for
/// another Retort.
llvm::Error loadPlugin(const std::string &path, mlir::DialectRegistry &registry,
                       PluginKind kind = PluginKind::Any);

/// True while loadPlugin runs: a refusal becomes its error instead of being printed.
bool isLoadingPlugin();

/// The reason why a plugin was refused since the last call; empty where none was.
std::string takePluginRefusal();

} // namespace retort

#endif
