// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a method has made of weights so far, for the same command to go on with where a user ends
// it.
//
// Layout: the magic "RETORTW1", and for each weight its key, the number of bytes, their hash (all
// u64, the key two of them), and the bytes. What is cut off, or of other bytes, is not read.
#ifndef RETORT_LIB_WEIGHTS_PARTIALRESULTS_H
#define RETORT_LIB_WEIGHTS_PARTIALRESULTS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace retort {

class PartialResults {
public:
  /// Of the file that `retort.partial_results` names on the module; without it, nothing is kept.
  /// `method` tells it and its options, and the statistics that it fits to, from others.
  PartialResults(mlir::ModuleOp module, std::string method);

  /// What was made of a weight of this name that holds these numbers; nullopt where it is not
  /// known.
  std::optional<llvm::StringRef> find(llvm::StringRef weight, llvm::ArrayRef<float> numbers) const;
  /// Adds it to the file at once. Where the disk is full, it is just not kept.
  void add(llvm::StringRef weight, llvm::ArrayRef<float> numbers, llvm::StringRef bytes);
  /// Removes the file, unless something else wrote it.
  static void discard(llvm::StringRef path);

private:
  using Key = std::pair<uint64_t, uint64_t>;
  Key keyOf(llvm::StringRef weight, llvm::ArrayRef<float> numbers) const;
  /// Takes what earlier runs wrote, and cuts off what is not whole.
  void read();

  std::string path, method;
  std::unique_ptr<llvm::MemoryBuffer> file;
  std::map<Key, llvm::StringRef> known;
};

/// Values and arrays of plain types, one behind the other.
class BytesWriter {
public:
  template <typename T> BytesWriter &put(llvm::ArrayRef<T> values) {
    text.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
    return *this;
  }
  llvm::StringRef bytes() const { return text; }

private:
  std::string text;
};

class BytesReader {
public:
  explicit BytesReader(llvm::StringRef bytes) : rest(bytes) {}
  /// False where there are fewer.
  template <typename T> bool take(llvm::MutableArrayRef<T> values) {
    size_t size = values.size() * sizeof(T);
    if (rest.size() < size)
      return false;
    std::copy_n(rest.data(), size, reinterpret_cast<char *>(values.data()));
    rest = rest.drop_front(size);
    return true;
  }
  bool isAtEnd() const { return rest.empty(); }

private:
  llvm::StringRef rest;
};

} // namespace retort

#endif
