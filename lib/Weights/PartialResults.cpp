// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a method has made of weights so far.
#include "lib/Weights/PartialResults.h"

#include "dialects/Retort/Names.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;

static constexpr llvm::StringLiteral magic = "RETORTW1";

namespace {
struct RecordHead {
  uint64_t key[2], size, hash;
};
} // namespace

static llvm::ArrayRef<uint8_t> bytesOf(const void *data, size_t size) {
  return {static_cast<const uint8_t *>(data), size};
}

PartialResults::PartialResults(ModuleOp module, std::string method) : method(std::move(method)) {
  if (auto name = module->getAttrOfType<StringAttr>(names::partialResults))
    path = name.str();
  if (!path.empty())
    read();
}

PartialResults::Key PartialResults::keyOf(StringRef weight, ArrayRef<float> numbers) const {
  llvm::XXH128_hash_t content =
      llvm::xxh3_128bits(bytesOf(numbers.data(), numbers.size() * sizeof(float)));
  std::string text = (method + "\n" + weight + "\n").str();
  text.append(reinterpret_cast<const char *>(&content), sizeof(content));
  llvm::XXH128_hash_t key = llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
  return {key.high64, key.low64};
}

void PartialResults::read() {
  auto opened = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!opened)
    return;
  file = std::move(*opened);
  StringRef content = file->getBuffer(), rest = content;
  bool isOurs = rest.consume_front(magic);
  while (isOurs && rest.size() >= sizeof(RecordHead)) {
    RecordHead head;
    std::memcpy(&head, rest.data(), sizeof(head));
    StringRef bytes = rest.drop_front(sizeof(head)).take_front(head.size);
    if (bytes.size() != head.size ||
        llvm::xxh3_64bits(bytesOf(bytes.data(), bytes.size())) != head.hash)
      break;
    known[{head.key[0], head.key[1]}] = bytes;
    rest = rest.drop_front(sizeof(head) + head.size);
  }
  if (!isOurs)
    path.clear(); // somebody's file
  else if (!rest.empty())
    if (int descriptor; !llvm::sys::fs::openFileForWrite(
            path, descriptor, llvm::sys::fs::CD_OpenExisting, llvm::sys::fs::OF_None)) {
      (void)llvm::sys::fs::resize_file(descriptor, content.size() - rest.size());
      llvm::sys::fs::closeFile(descriptor);
    }
}

void PartialResults::discard(StringRef path) {
  auto head = llvm::MemoryBuffer::getFileSlice(path, magic.size(), 0);
  if (head && (*head)->getBuffer() == magic)
    (void)llvm::sys::fs::remove(path);
}

std::optional<StringRef> PartialResults::find(StringRef weight, ArrayRef<float> numbers) const {
  if (known.empty())
    return std::nullopt;
  auto found = known.find(keyOf(weight, numbers));
  return found == known.end() ? std::nullopt : std::optional(found->second);
}

void PartialResults::add(StringRef weight, ArrayRef<float> numbers, StringRef bytes) {
  if (path.empty())
    return;
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code, llvm::sys::fs::CD_OpenAlways, llvm::sys::fs::FA_Write,
                              llvm::sys::fs::OF_Append);
  if (code)
    return;
  uint64_t size = 0;
  if (!llvm::sys::fs::file_size(path, size) && size == 0)
    stream << magic;
  auto [high, low] = keyOf(weight, numbers);
  RecordHead head{
      {high, low}, bytes.size(), llvm::xxh3_64bits(bytesOf(bytes.data(), bytes.size()))};
  stream.write(reinterpret_cast<const char *>(&head), sizeof(head));
  stream << bytes;
  stream.flush();
  stream.clear_error();
}
