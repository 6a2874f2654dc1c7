// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the author of a plugin includes: a shared library with passes of its own that retort,
// retort-opt and any mlir-opt that links libMLIR.so can load. CMake's retort_add_plugin() writes
// the one use of the macro that a plugin needs.
#ifndef RETORT_PLUGIN_H
#define RETORT_PLUGIN_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Compiler.h"

/// Raised with every change that a compiled plugin would notice: dialects, the weight helper, this
/// header.
#ifndef RETORT_PLUGIN_API_VERSION
#define RETORT_PLUGIN_API_VERSION 2
#endif

namespace retort {

/// What a plugin was compiled with. MLIR compares none of it, and a difference in any is undefined
/// behaviour.
struct PluginBuild {
  int apiVersion;
  const char *llvmVersion;
  /// Whether NDEBUG was defined: the layout of MLIR's passes depends on it.
  bool ndebug;
};

// Static, not inline: the dynamic linker would merge the plugin's with its host's.
#ifdef NDEBUG
static constexpr PluginBuild pluginBuild{RETORT_PLUGIN_API_VERSION, LLVM_VERSION_STRING, true};
#else
static constexpr PluginBuild pluginBuild{RETORT_PLUGIN_API_VERSION, LLVM_VERSION_STRING, false};
#endif

/// Compares a plugin with this Retort. Where they differ, prints an error that names both,
/// remembers it for `takePluginRefusal`, and returns false: such a plugin must register nothing.
bool acceptPlugin(const char *name, const PluginBuild &build);

/// Registers Retort's own dialects, which a stock host lacks.
void registerRetortDialects(mlir::DialectRegistry &registry);

} // namespace retort

/// The entry points of a plugin: `name` and `version` are strings, `registerPasses` is a function
/// without arguments, `registerDialects` one that takes a DialectRegistry and adds what the plugin
/// brings beside Retort's own.
#define RETORT_PLUGIN_WITH_DIALECTS(name, version, registerPasses, registerDialects)               \
  extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {             \
    return {MLIR_PLUGIN_API_VERSION, name, version, [] {                                           \
              if (retort::acceptPlugin(name, retort::pluginBuild))                                 \
                registerPasses();                                                                  \
            }};                                                                                    \
  }                                                                                                \
  extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {       \
    return {MLIR_PLUGIN_API_VERSION, name, version, [](mlir::DialectRegistry *registry) {          \
              if (!retort::acceptPlugin(name, retort::pluginBuild))                                \
                return;                                                                            \
              retort::registerRetortDialects(*registry);                                           \
              registerDialects(*registry);                                                         \
            }};                                                                                    \
  }

/// The same for a plugin of passes alone.
#define RETORT_PLUGIN(name, version, registerPasses)                                               \
  RETORT_PLUGIN_WITH_DIALECTS(name, version, registerPasses, [](mlir::DialectRegistry &) {})

#endif
