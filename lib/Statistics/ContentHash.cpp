// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tells a model from every other.
#include "lib/Statistics/ContentHash.h"

#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;

/// The operation as text, without the data of constants and without what only describes it.
static void describe(Operation *op, raw_ostream &text) {
  text << op->getName().getStringRef();
  for (Type type : op->getOperandTypes())
    text << " " << type;
  for (Type type : op->getResultTypes())
    text << " > " << type;
  for (NamedAttribute attribute : op->getAttrs())
    if (!attribute.getName().getValue().starts_with("onnx.") &&
        !isa<ElementsAttr>(attribute.getValue()))
      text << " " << attribute.getName().getValue() << attribute.getValue();
  text << "\n";
}

static std::string hexOf(llvm::XXH128_hash_t hash) {
  return llvm::utohexstr(hash.high64, /*LowerCase=*/true, 16) +
         llvm::utohexstr(hash.low64, /*LowerCase=*/true, 16);
}

static std::string hashOf(ArrayRef<char> bytes) {
  return hexOf(
      llvm::xxh3_128bits(ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size())));
}

std::string retort::contentHash(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.walk([&](Operation *op) {
    if (isa<ModuleOp>(op))
      return;
    describe(op, stream);
    for (NamedAttribute attribute : op->getAttrs())
      if (auto view = onnx::ConstantView::of(attribute.getValue()))
        stream << hashOf(view->bytes()) << "\n";
  });
  return hashOf(ArrayRef(text.data(), text.size()));
}
