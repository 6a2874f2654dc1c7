// Export: onnx.node becomes the bytes of an ONNX file, field by field; the inverse of lib/Import.
#include "lib/Export/Export.h"
#include "lib/Export/Exporter.h"
#include "lib/Support/PendingFile.h"

#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;

/// Protobuf's own limit: readers refuse more.
static constexpr size_t largestModel = INT32_MAX;

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

/// Encoding copies no weight, so that it costs little to try the old places first.
static FailureOr<EncodedModel> encodeFor(ModuleOp module, StringRef path) {
  std::string location = (llvm::sys::path::filename(path) + ".data").str();
  auto model = encode(module, Placement());
  if (succeeded(model) && !model->external.whyNot(llvm::sys::path::parent_path(path)).empty())
    model = encode(module, {location, /*all=*/false});
  if (succeeded(model) && model->bytes.size() > largestModel)
    model = encode(module, {location, /*all=*/true});
  if (succeeded(model) && model->bytes.size() > largestModel)
    return module.emitError() << "cannot be written as ONNX: " << model->bytes.size()
                              << " bytes beside its weights, at most " << largestModel;
  return model;
}

/// New data must not replace the file of another model: only those of the model that is replaced,
/// too, may be there.
static llvm::Error checkPlace(StringRef data, StringRef model) {
  if (llvm::sys::fs::exists(data) && !llvm::sys::fs::exists(model))
    return llvm::createStringError("its data would replace '" + data +
                                   "', which may belong to another model");
  return llvm::Error::success();
}

static llvm::Error write(const EncodedModel &model, StringRef path) {
  PendingFiles files;
  auto add = [&](StringRef place, llvm::function_ref<void(raw_ostream &)> fill) -> llvm::Error {
    auto file = files.add(place);
    if (!file)
      return file.takeError();
    return file->write([&](raw_ostream &stream) {
      fill(stream);
      return llvm::Error::success();
    });
  };
  StringRef parent = llvm::sys::path::parent_path(path);
  SmallString<256> folder(parent.empty() ? "." : parent);
  for (StringRef location : model.external.locations()) {
    SmallString<256> place(folder);
    llvm::sys::path::append(place, location);
    if (llvm::Error error = checkPlace(place, path))
      return error;
    // Folders below that of the model, which itself must be there.
    if (llvm::sys::fs::is_directory(folder))
      if (std::error_code code =
              llvm::sys::fs::create_directories(llvm::sys::path::parent_path(place)))
        return llvm::errorCodeToError(code);
    auto fill = [&](raw_ostream &stream) { model.external.write(location, stream); };
    if (llvm::Error error = add(place, fill))
      return error;
  }
  if (llvm::Error error = add(path, [&](raw_ostream &stream) { model.bytes.write(stream); }))
    return error;
  return files.keep();
}

LogicalResult retort::exportOnnx(ModuleOp module, StringRef path) {
  auto model = encodeFor(module, path);
  if (failed(model))
    return failure();
  if (llvm::Error error = write(*model, path))
    return emitError(UnknownLoc::get(module.getContext()))
           << "cannot write '" << path << "': " << toString(std::move(error));
  return success();
}
