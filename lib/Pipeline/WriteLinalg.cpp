// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes linalg for other compilers: a module, and where its weights lie if it does not carry them.
//   {"weights": [{"function": "main", "argument": 2, "name": "w", "type": "f32", "shape": [8, 4],
//                 "file": "model.onnx", "offset": 64, "bytes": 128}]}
#include "lib/Pipeline/WriteLinalg.h"
#include "lib/Import/MappedFile.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Support/PendingFile.h"

#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Names.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;

/// Properties of upstream operations are written as attributes: what a property holds differs
/// between releases, and names do not.
static constexpr int64_t bytecodeVersion = 4;
static constexpr uint64_t alignment = 64;

namespace {
/// Where a weight's bytes lie.
struct Place {
  std::string file;
  uint64_t offset;
};

/// The places of all weights, and what is to be written because no file of the model holds it.
class WeightPlaces {
public:
  explicit WeightPlaces(StringRef ownFile) : ownFile(ownFile) {}

  Place placeOf(ArrayRef<char> bytes) {
    const MappedFile *file = MappedFile::holding(bytes);
    if (file && !file->path().empty())
      return {file->path().str(), uint64_t(bytes.data() - file->data().data())};
    auto [entry, isNew] = own.try_emplace(bytes.data(), end);
    if (isNew) {
      pieces.push_back({end, bytes});
      end = llvm::alignTo(end + bytes.size(), alignment);
    }
    return {llvm::sys::path::filename(ownFile).str(), entry->second};
  }

  bool hasOwn() const { return !pieces.empty(); }
  llvm::Error write(raw_ostream &stream) const {
    uint64_t position = 0;
    for (auto [offset, bytes] : pieces) {
      stream.write_zeros(offset - position);
      stream.write(bytes.data(), bytes.size());
      position = offset + bytes.size();
    }
    return llvm::Error::success();
  }

private:
  std::string ownFile;
  uint64_t end = 0;
  llvm::DenseMap<const char *, uint64_t> own;
  SmallVector<std::pair<uint64_t, ArrayRef<char>>> pieces;
};
} // namespace

static std::string nameOf(Attribute weight, int64_t index) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(weight))
    return resource.getRawHandle().getKey().str();
  return "weight_" + llvm::itostr(index);
}

static std::string textOf(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// One argument that is a weight.
static void describe(llvm::json::OStream &json, func::FuncOp func, unsigned argument, int64_t index,
                     Attribute weight, WeightPlaces &places) {
  auto type = cast<RankedTensorType>(func.getArgument(argument).getType());
  ArrayRef<char> bytes = onnx::ConstantView::of(weight)->bytes();
  Place place = places.placeOf(bytes);
  json.object([&] {
    json.attribute("function", func.getName());
    json.attribute("argument", argument);
    json.attribute("name", nameOf(weight, index));
    json.attribute("type", textOf(type.getElementType()));
    json.attributeArray(
        "shape", [&] { llvm::for_each(type.getShape(), [&](int64_t n) { json.value(n); }); });
    json.attribute("file", place.file);
    json.attribute("offset", int64_t(place.offset));
    json.attribute("bytes", int64_t(bytes.size()));
  });
}

/// The manifest; takes the marks that it stands for from the module.
static std::string takeManifest(ModuleOp module, WeightPlaces &places) {
  auto weights = module->getAttrOfType<ArrayAttr>(names::weights);
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, 1);
  json.object([&] {
    json.attributeArray("weights", [&] {
      for (auto func : module.getOps<func::FuncOp>())
        for (unsigned i = 0; i < func.getNumArguments(); ++i)
          if (auto index = func.getArgAttrOfType<IntegerAttr>(i, names::weight))
            describe(json, func, i, index.getInt(), weights[index.getInt()], places);
    });
  });
  for (auto func : module.getOps<func::FuncOp>())
    func.removeArgAttrsAttr();
  module->removeAttr(names::weights);
  return text + "\n";
}

static llvm::Error writeModule(ModuleOp module, StringRef path, raw_ostream &stream) {
  if (!path.ends_with(".mlirbc")) {
    module.print(stream, OpPrintingFlags().elideLargeResourceString(0));
    return llvm::Error::success();
  }
  BytecodeWriterConfig config;
  config.setDesiredBytecodeVersion(bytecodeVersion);
  return succeeded(writeBytecodeToFile(module, stream, config))
             ? llvm::Error::success()
             : makeError("the module has no bytecode");
}

llvm::Error retort::writeLinalg(ModuleOp module, StringRef path, bool referToWeights) {
  PendingFiles files;
  if (referToWeights) {
    SmallString<256> data(path);
    llvm::sys::path::replace_extension(data, "weights");
    WeightPlaces places(data);
    std::string manifest = takeManifest(module, places);
    if (places.hasOwn())
      if (llvm::Error error = files.add(data, [&](auto &stream) { return places.write(stream); }))
        return error;
    if (llvm::Error error = files.add((data + ".json").str(), [&](auto &stream) {
          stream << manifest;
          return llvm::Error::success();
        }))
      return error;
  }
  if (llvm::Error error =
          files.add(path, [&](auto &stream) { return writeModule(module, path, stream); }))
    return error;
  return files.keep();
}
