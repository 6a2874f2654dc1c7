// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Export: onnx.node becomes the bytes of an ONNX file, field by field; the inverse of lib/Import.
#include "lib/Export/Export.h"
#include "lib/Export/Exporter.h"
#include "lib/Support/PendingFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;

namespace {
struct EncodedModel {
  Bytes bytes;
  ExternalData external;
};
} // namespace

static FailureOr<EncodedModel> encode(ModuleOp module, Placement placement) {
  Exporter exporter(std::move(placement));
  auto bytes = exporter.exportModel(module);
  if (failed(bytes))
    return failure();
  return EncodedModel{std::move(*bytes), std::move(exporter.external)};
}

/// `m.onnx.data`, or `m.onnx.2.data`.
static std::string dataName(StringRef path, StringRef infix = "") {
  return (llvm::sys::path::filename(path) + infix + ".data").str();
}

static std::string beside(StringRef path, StringRef name) {
  SmallString<256> place(llvm::sys::path::parent_path(path));
  llvm::sys::path::append(place, name);
  return std::string(place);
}

/// Encoding copies no weight, so that it costs little to try the old places first.
static FailureOr<EncodedModel> encodeFor(ModuleOp module, StringRef path, StringRef location,
                                         size_t largest) {
  auto model = encode(module, Placement());
  if (failed(model))
    return failure();
  auto imported = module->getAttrOfType<DictionaryAttr>("onnx.external_tensors");
  if (!model->external.whyNot(llvm::sys::path::parent_path(path), imported).empty())
    model = encode(module, {location.str(), /*all=*/false, model->external.alignment()});
  if (succeeded(model) && model->bytes.size() > largest)
    model = encode(module, {location.str(), /*all=*/true});
  if (succeeded(model) && model->bytes.size() > largest)
    return module.emitError() << "cannot be written as ONNX: " << model->bytes.size()
                              << " bytes beside its weights, at most " << largest;
  return model;
}

/// The model, and its data in front of it.
static llvm::Error write(const EncodedModel &model, StringRef path) {
  PendingFiles files;
  auto add = [&](StringRef place, llvm::function_ref<void(raw_ostream &)> fill) {
    return files.add(place, [&](raw_ostream &stream) {
      fill(stream);
      return llvm::Error::success();
    });
  };
  StringRef parent = llvm::sys::path::parent_path(path);
  for (StringRef location : model.external.locations()) {
    std::string place = beside(path, location);
    // Folders below that of the model, which itself must be there.
    StringRef folder = llvm::sys::path::parent_path(place);
    if (!folder.empty() && llvm::sys::fs::is_directory(parent.empty() ? "." : parent))
      if (std::error_code code = llvm::sys::fs::create_directories(folder))
        return cannotWrite(place, llvm::errorCodeToError(code));
    auto fill = [&](raw_ostream &stream) { model.external.write(location, stream); };
    if (llvm::Error error = add(place, fill))
      return error;
  }
  if (llvm::Error error = add(path, [&](raw_ostream &stream) { model.bytes.write(stream); }))
    return error;
  return files.keep();
}

/// Replaces a model and its data so that at each moment the model is that of its data:
/// 1. The data under another name, then the model, which refers to them.
/// 2. The data a second time, under the name that is theirs: nobody refers to the old ones now.
/// 3. The model that refers to these.
static llvm::Error replace(ModuleOp module, const EncodedModel &model, StringRef path,
                           size_t largest) {
  std::string data = beside(path, dataName(path)), other = beside(path, dataName(path, ".2"));
  auto interim = encodeFor(module, path, dataName(path, ".2"), largest);
  if (failed(interim))
    return cannotWrite(path, llvm::createStringError("it cannot be encoded"));
  (void)llvm::sys::fs::remove(other); // of a run that was killed
  if (llvm::Error error = write(*interim, path))
    return error;
  if (llvm::Error error = write(model, path))
    return error;
  (void)llvm::sys::fs::remove(other);
  return llvm::Error::success();
}

/// New data must not replace the file of another model: only those of the model that is replaced,
/// too, may be there.
static llvm::Error writeOver(ModuleOp module, const EncodedModel &model, StringRef path,
                             size_t largest) {
  std::string data = beside(path, dataName(path));
  bool taken =
      llvm::is_contained(model.external.locations(), dataName(path)) && llvm::sys::fs::exists(data);
  if (!taken)
    return write(model, path);
  if (!llvm::sys::fs::exists(path))
    return cannotWrite(path, llvm::createStringError("its data would replace '" + data +
                                                     "', which may belong to another model"));
  return replace(module, model, path, largest);
}

LogicalResult retort::exportOnnx(ModuleOp module, StringRef path, size_t largest) {
  auto model = encodeFor(module, path, dataName(path), largest);
  if (failed(model))
    return failure();
  if (llvm::Error error = writeOver(module, *model, path, largest))
    return emitError(UnknownLoc::get(module.getContext())) << toString(std::move(error));
  return success();
}

void retort::planOnnx(FilePlan &files, StringRef model, StringRef path) {
  if (path == "-")
    return;
  std::string data = beside(path, dataName(path));
  files.write(path, "-o");
  files.write(data, "-o");
  if (model.ends_with(".mlir") || model.ends_with(".mlirbc"))
    return;
  files.mayReplace(path, model);
  if (FileIdentity::of(path) == FileIdentity::of(model))
    files.mayReplace(data, data);
}
