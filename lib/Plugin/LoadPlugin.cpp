// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads plugins as mlir-opt does, but reports why one cannot be loaded.
#include "lib/Plugin/LoadPlugin.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace retort;

static bool loading = false;

bool retort::isLoadingPlugin() { return loading; }

static llvm::Error refuse(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// Opens the library first: PassPlugin's own message lacks the file where the dynamic loader gives
/// the reason.
static llvm::Error open(const std::string &path) {
  // The dynamic loader would wait for the writer of a pipe. A name without a slash is searched for.
  llvm::sys::fs::file_status facts;
  if (!llvm::sys::fs::status(path, facts) && llvm::sys::fs::exists(facts) &&
      !llvm::sys::fs::is_regular_file(facts))
    return refuse("cannot load plugin '" + path + "': not a regular file");
  std::string reason;
  auto library = llvm::sys::DynamicLibrary::getPermanentLibrary(path.c_str(), &reason);
  if (library.isValid())
    return llvm::Error::success();
  llvm::StringRef rest = reason;
  rest.consume_front(path + ": ");
  return refuse("cannot load plugin '" + path + "': " + rest);
}

llvm::Error retort::loadPlugin(const std::string &path, DialectRegistry &registry,
                               PluginKind kind) {
  loading = true;
  auto done = llvm::scope_exit([] { loading = false; });
  if (llvm::Error error = open(path))
    return error;

  bool found = false;
  std::string reason;
  if (kind != PluginKind::Dialects) {
    auto passes = PassPlugin::load(path);
    if (passes) {
      passes->registerPassRegistryCallbacks();
      found = true;
    } else {
      reason = llvm::toString(passes.takeError());
    }
  }
  if (kind != PluginKind::Passes) {
    auto dialects = DialectPlugin::load(path);
    if (dialects) {
      dialects->registerDialectRegistryCallbacks(registry);
      found = true;
    } else {
      reason = llvm::toString(dialects.takeError());
    }
  }
  if (!found)
    return refuse("cannot load plugin '" + path + "': " + reason);
  if (std::string refusal = takePluginRefusal(); !refusal.empty())
    return refuse("cannot load plugin '" + path + "': " + refusal);
  return llvm::Error::success();
}
