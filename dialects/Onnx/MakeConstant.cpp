// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes constants, and frees the data of those that are no longer used.
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/ScratchMemory.h"

#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace retort;

/// dense<> wants a bool as a bit and other narrow elements as a byte each.
static ElementsAttr makeDense(RankedTensorType type, ArrayRef<char> bytes) {
  Type element = type.getElementType();
  unsigned bits = onnx::elementBits(element);
  if (bits >= 8 && !element.isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  auto raw = [&](int64_t i) { return onnx::loadBits(bytes.data(), bits, i); };
  if (auto real = dyn_cast<FloatType>(element)) {
    SmallVector<APFloat> values;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      values.emplace_back(real.getFloatSemantics(), APInt(bits, raw(i)));
    return DenseElementsAttr::get(type, values);
  }
  unsigned width = element.getIntOrFloatBitWidth();
  SmallVector<APInt> values;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    values.emplace_back(width, width == 1 ? raw(i) != 0 : raw(i));
  return DenseElementsAttr::get(type, values);
}

/// The system can write a large one to disk; it dies with the blob.
static AsmResourceBlob makeBlob(size_t size) {
  ScratchMemory memory(size);
  ArrayRef<char> bytes(memory.data(), size);
  return AsmResourceBlob(
      bytes, 64, [held = std::move(memory)](void *, size_t, size_t) {}, /*dataIsMutable=*/true);
}

ElementsAttr onnx::makeConstant(RankedTensorType type, StringRef name,
                                llvm::function_ref<void(MutableArrayRef<char>)> fill) {
  int64_t size = encodedBytes(type);
  if (!isLarge(size)) {
    std::vector<char> bytes(size);
    fill(bytes);
    return makeDense(type, bytes);
  }
  AsmResourceBlob blob = makeBlob(size);
  fill(blob.getMutableData());
  return DenseResourceElementsAttr::get(type, name.empty() ? "weight" : name, std::move(blob));
}

ElementsAttr onnx::makeConstant(RankedTensorType type, ArrayRef<char> bytes, StringRef name) {
  return makeConstant(type, name, [&](MutableArrayRef<char> target) {
    assert(target.size() == bytes.size() && "bytes do not fit the type");
    llvm::copy(bytes, target.begin());
  });
}

void onnx::releaseUnusedBlobs(ArrayRef<ModuleOp> alive) {
  if (alive.empty())
    return;
  auto &manager = DenseResourceElementsHandle::getManagerInterface(alive.front()->getContext())
                      .getBlobManager();
  using Blobs = llvm::StringMap<DialectResourceBlobManager::BlobEntry>;
  bool holdsAny = false;
  manager.getBlobMap([&](const Blobs &blobs) {
    holdsAny =
        llvm::any_of(blobs, [](const auto &entry) { return entry.second.getBlob() != nullptr; });
  });
  if (!holdsAny)
    return;
  llvm::DenseSet<StringRef> used;
  AttrTypeWalker walker;
  walker.addWalk(
      [&](DenseResourceElementsAttr attribute) { used.insert(attribute.getRawHandle().getKey()); });
  for (ModuleOp module : alive)
    module->walk([&](Operation *op) { walker.walk(op->getAttrDictionary()); });

  std::vector<std::string> unused;
  manager.getBlobMap([&](const Blobs &blobs) {
    for (const auto &entry : blobs)
      if (entry.second.getBlob() && !used.contains(entry.first()))
        unused.push_back(entry.first().str());
  });
  for (const std::string &key : unused)
    manager.lookup(key)->setBlob(AsmResourceBlob());
}
