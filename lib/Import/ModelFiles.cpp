// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which files a model consists of, told without importing it.
#include "lib/Import/ModelFiles.h"
#include "lib/Import/LoadModule.h"
#include "lib/Import/MappedFile.h"
#include "lib/Import/ReferredWeights.h"

#include "dialects/Onnx/Wire/Fields.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Graphs nest at will in a hostile file.
static constexpr unsigned deepest = 100;

/// The value of a location among the entries of `external_data`.
static StringRef locationIn(StringRef entry) {
  StringRef key, value;
  WireReader reader(entry);
  for (WireField wire; !reader.atEnd() && reader.read(wire);)
    (wire.number == 1 ? key : value) = wire.bytes;
  return key == "location" ? value : "";
}

/// Walks every message that may hold a tensor, and passes over its data.
static void collectLocations(MessageKind kind, StringRef bytes, llvm::StringSet<> &locations,
                             unsigned depth) {
  if (depth > deepest)
    return;
  WireReader reader(bytes);
  for (WireField wire; !reader.atEnd() && reader.read(wire);) {
    if (wire.type != WireType::Bytes)
      continue;
    const Field *field = findField(kind, wire.number);
    if (!field || field->kind != FieldKind::Message || field->message == MessageKind::ValueInfoProto)
      continue;
    if (field->message != MessageKind::StringStringEntryProto)
      collectLocations(field->message, wire.bytes, locations, depth + 1);
    else if (field->name == StringRef("external_data"))
      if (StringRef location = locationIn(wire.bytes); !location.empty())
        locations.insert(location);
  }
}

static std::vector<std::string> filesOfOnnx(StringRef path) {
  std::vector<std::string> files;
  auto model = MappedFile::open(path.str());
  if (!model) {
    consumeError(model.takeError());
    return files;
  }
  llvm::StringSet<> locations;
  collectLocations(MessageKind::ModelProto, (*model)->data(), locations, 0);
  for (StringRef location : locations.keys()) {
    SmallString<256> file(llvm::sys::path::parent_path(path));
    llvm::sys::path::append(file, location);
    files.push_back(std::string(file));
  }
  llvm::sort(files);
  return files;
}

static std::vector<std::string> filesOfModule(StringRef path, void (*dialects)(DialectRegistry &)) {
  DialectRegistry registry;
  dialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.allowUnregisteredDialects();
  // What is wrong with the module is told where it is needed.
  ScopedDiagnosticHandler silence(&context, [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = parseModule(path, &context);
  return module ? filesReferredTo(*module) : std::vector<std::string>();
}

static std::vector<std::string> filesOfLibrary(StringRef path) {
  std::vector<std::string> files;
  for (StringRef extension : {"weights", "h"}) {
    SmallString<256> file(path);
    llvm::sys::path::replace_extension(file, extension);
    files.push_back(std::string(file));
  }
  return files;
}

std::vector<std::string> retort::filesOfModel(StringRef path, void (*dialects)(DialectRegistry &)) {
  std::vector<std::string> files = path.ends_with(".so") ? filesOfLibrary(path)
                                   : path.ends_with(".mlir") || path.ends_with(".mlirbc")
                                       ? filesOfModule(path, dialects)
                                       : filesOfOnnx(path);
  llvm::erase_if(files, [](const std::string &file) { return !llvm::sys::fs::exists(file); });
  return files;
}
