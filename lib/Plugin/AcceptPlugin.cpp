// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The handshake with a plugin: its Retort, its LLVM and its NDEBUG must be ours.
#include "lib/Plugin/LoadPlugin.h"
#include "retort/Plugin.h"

#include "llvm/Support/raw_ostream.h"

using namespace retort;

/// The first refusal since the last call of takePluginRefusal. Plugins call back through a function
/// without arguments, so there is no other way to hand the reason to whoever loads them.
static std::string &refusal() {
  static std::string message;
  return message;
}

static std::string describe(const PluginBuild &build) {
  return ("plugin API " + llvm::Twine(build.apiVersion) + ", LLVM " + build.llvmVersion +
          (build.ndebug ? "" : ", without NDEBUG"))
      .str();
}

bool retort::acceptPlugin(const char *name, const PluginBuild &build) {
  if (build.apiVersion == pluginBuild.apiVersion && build.ndebug == pluginBuild.ndebug &&
      llvm::StringRef(build.llvmVersion) == pluginBuild.llvmVersion)
    return true;
  std::string message = "plugin '" + std::string(name) + "' was built for " + describe(build) +
                        "; this Retort is " + describe(pluginBuild);
  if (refusal().empty())
    refusal() = message;
  // A stock host goes on without the passes, so the reason must be seen here.
  if (!isLoadingPlugin())
    llvm::errs() << "error: " << message << "\n";
  return false;
}

std::string retort::takePluginRefusal() { return std::exchange(refusal(), ""); }
