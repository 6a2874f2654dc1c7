// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights that stay in the files of their model.
//
//   onnx.referred_weights = [{file = "/models/model.onnx", bytes = 1000,
//                             weights = [{value = dense_resource<w>, offset = 64, hash = 123}]}]
//
// The hash is that of the first page of a weight: enough to tell another training of the same
// graph, and no model is read to check it.
#include "lib/Import/ReferredWeights.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Import/MappedFile.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;

static constexpr StringRef attributeName = "onnx.referred_weights";

static int64_t hashOf(ArrayRef<char> bytes) {
  ArrayRef<char> page = bytes.take_front(4096);
  return llvm::xxh3_64bits(
      ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(page.data()), page.size()));
}

ReferredWeights::ReferredWeights(ModuleOp module) : module(module) {
  Builder builder(module.getContext());
  llvm::MapVector<const MappedFile *, SmallVector<Attribute>> places;
  llvm::DenseSet<StringRef> seen;
  AttrTypeWalker walker;
  walker.addWalk([&](DenseResourceElementsAttr weight) {
    DenseResourceElementsHandle handle = weight.getRawHandle();
    if (!handle.getBlob() || !seen.insert(handle.getKey()).second)
      return;
    ArrayRef<char> bytes = handle.getBlob()->getData();
    const MappedFile *file = MappedFile::holding(bytes);
    if (bytes.empty() || !file || file->path().empty())
      return;
    places[file].push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("value", weight),
         builder.getNamedAttr("offset",
                              builder.getI64IntegerAttr(bytes.data() - file->data().data())),
         builder.getNamedAttr("hash", builder.getI64IntegerAttr(hashOf(bytes)))}));
    taken.push_back({handle.getResource(), std::move(*handle.getBlob())});
  });
  module->walk([&](Operation *op) { walker.walk(op->getAttrDictionary()); });

  SmallVector<Attribute> files;
  for (auto &[file, weights] : places)
    files.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("file", builder.getStringAttr(file->path())),
         builder.getNamedAttr("bytes", builder.getI64IntegerAttr(file->data().size())),
         builder.getNamedAttr("weights", builder.getArrayAttr(weights))}));
  if (!files.empty())
    module->setAttr(attributeName, builder.getArrayAttr(files));
  for (Taken &weight : taken)
    weight.weight->setBlob(UnmanagedAsmResourceBlob::allocateInferAlign(ArrayRef<char>()));
}

ReferredWeights::~ReferredWeights() {
  module->removeAttr(attributeName);
  for (Taken &weight : taken)
    weight.weight->setBlob(std::move(weight.bytes));
}

std::vector<std::string> retort::filesReferredTo(ModuleOp module) {
  std::vector<std::string> files;
  if (auto places = module->getAttrOfType<ArrayAttr>(attributeName))
    for (Attribute place : places)
      if (auto entry = dyn_cast<DictionaryAttr>(place))
        if (auto file = entry.getAs<StringAttr>("file"))
          files.push_back(file.str());
  return files;
}

static FailureOr<std::shared_ptr<MappedFile>> open(ModuleOp module, DictionaryAttr place) {
  auto path = place.getAs<StringAttr>("file");
  auto size = place.getAs<IntegerAttr>("bytes");
  if (!path || !size || !place.getAs<ArrayAttr>("weights"))
    return module.emitError() << "'" << attributeName
                              << "' expects 'file', 'bytes' and 'weights', found " << place;
  auto file = MappedFile::open(path.str());
  if (!file)
    return module.emitError() << "refers to the weights of " << path << ", which "
                              << toString(file.takeError());
  if (int64_t((*file)->data().size()) != size.getInt())
    return module.emitError() << "refers to the weights of " << path << ", which has changed: "
                              << "expects " << size.getInt() << " bytes, found "
                              << (*file)->data().size();
  return *file;
}

static LogicalResult resolve(ModuleOp module, const std::shared_ptr<MappedFile> &file,
                             DictionaryAttr place) {
  auto value = place ? place.getAs<DenseResourceElementsAttr>("value") : nullptr;
  auto offset = place ? place.getAs<IntegerAttr>("offset") : nullptr;
  auto hash = place ? place.getAs<IntegerAttr>("hash") : nullptr;
  if (!value || !offset || !hash)
    return module.emitError() << "'" << attributeName
                              << "' expects 'value', 'offset' and 'hash' of a weight";
  DenseResourceElementsHandle handle = value.getRawHandle();
  uint64_t size = onnx::encodedBytes(cast<RankedTensorType>(value.getType())),
           begin = offset.getValue().getZExtValue(), end = file->data().size();
  if (begin > end || size > end - begin)
    return module.emitError() << "weight '" << handle.getKey() << "': " << size
                              << " bytes at offset " << begin << " reach beyond '" << file->path()
                              << "' (" << end << " bytes)";
  ArrayRef<char> bytes(file->data().data() + begin, size);
  if (hashOf(bytes) != hash.getInt())
    return module.emitError() << "weight '" << handle.getKey() << "' of '" << file->path()
                              << "' has changed";
  handle.getResource()->setBlob(AsmResourceBlob(
      bytes, /*dataAlignment=*/1, [file](void *, size_t, size_t) {}, /*dataIsMutable=*/false));
  return success();
}

LogicalResult retort::resolveWeights(ModuleOp module) {
  Attribute attribute = module->getAttr(attributeName);
  if (!attribute)
    return success();
  auto files = dyn_cast<ArrayAttr>(attribute);
  if (!files)
    return module.emitError() << "'" << attributeName << "' expects files, found " << attribute;
  for (Attribute entry : files) {
    auto place = dyn_cast<DictionaryAttr>(entry);
    if (!place)
      return module.emitError() << "'" << attributeName << "' expects files, found " << entry;
    auto file = open(module, place);
    if (failed(file))
      return failure();
    for (Attribute weight : place.getAs<ArrayAttr>("weights"))
      if (failed(resolve(module, *file, dyn_cast<DictionaryAttr>(weight))))
        return failure();
  }
  module->removeAttr(attributeName);
  return success();
}
