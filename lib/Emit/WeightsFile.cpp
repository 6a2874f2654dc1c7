// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the weights of a compiled model, to be mapped: a page of header, then each weight at its
// place.
#include "lib/Emit/Emit.h"
#include "lib/Emit/WeightLayout.h"

#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;

std::string retort::contentId(ModuleOp lowered, StringRef manifest) {
  auto digest = [](ArrayRef<char> bytes) {
    llvm::XXH128_hash_t hash = llvm::xxh3_128bits(
        ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
    return llvm::utohexstr(hash.high64, /*LowerCase=*/true, 16) +
           llvm::utohexstr(hash.low64, /*LowerCase=*/true, 16);
  };
  std::string parts(manifest);
  for (const WeightPlace &place : layOutWeights(lowered))
    if (auto view = onnx::ConstantView::of(Attribute(place.value)))
      parts += digest(view->bytes());
  return digest(parts);
}

std::string retort::withId(StringRef manifest, StringRef id) {
  size_t place = manifest.find(','); // behind the version
  return (manifest.take_front(place) + ",\"id\":\"" + id + "\"" + manifest.drop_front(place)).str();
}

llvm::Error retort::emitWeights(ModuleOp lowered, StringRef id, raw_ostream &stream) {
  SmallVector<WeightPlace> places = layOutWeights(lowered);
  llvm::stable_sort(places, [](auto &a, auto &b) { return a.offset < b.offset; });
  uint64_t end = weightsHeaderBytes;
  if (!places.empty())
    end = llvm::alignTo(places.back().offset + places.back().bytes, 64);
  char size[8];
  llvm::support::endian::write64le(size, end);
  stream << "RETORTW1";
  stream.write(size, sizeof(size));
  stream << id;
  stream.write_zeros(weightsHeaderBytes - 16 - id.size());
  uint64_t position = weightsHeaderBytes;
  for (const WeightPlace &place : places) {
    auto view = onnx::ConstantView::of(Attribute(place.value));
    if (!view || view->bytes().size() != place.bytes)
      return llvm::createStringError("a weight holds no data of its type");
    stream.write_zeros(place.offset - position);
    stream.write(view->bytes().data(), place.bytes);
    position = place.offset + place.bytes;
  }
  stream.write_zeros(end - position);
  return llvm::Error::success();
}
