// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory for large intermediate results, which the system can write to disk.
#ifndef RETORT_DIALECTS_RETORT_SCRATCHMEMORY_H
#define RETORT_DIALECTS_RETORT_SCRATCHMEMORY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <string>

namespace retort {

/// Zeroed bytes, aligned to 64: a mapped file without a name, which dies with the object and with
/// the process; on the heap where they are few, or where the folder is full or absent.
class ScratchMemory {
public:
  ScratchMemory() = default;
  /// In `folder`; empty: in scratchFolder().
  explicit ScratchMemory(size_t size, llvm::StringRef folder = "");
  ScratchMemory(ScratchMemory &&other) noexcept { swap(other); }
  ScratchMemory &operator=(ScratchMemory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~ScratchMemory();

  char *data() const { return bytes; }
  size_t size() const { return count; }

private:
  void swap(ScratchMemory &other) noexcept;

  char *bytes = nullptr;
  size_t count = 0;
  bool isMapped = false;
};

/// TMPDIR, else /var/tmp: /tmp is often memory.
std::string scratchFolder();

/// The same as numbers.
template <typename T> class ScratchArray {
public:
  ScratchArray() = default;
  explicit ScratchArray(size_t count, llvm::StringRef folder = "")
      : memory(count * sizeof(T), folder) {}
  ScratchArray(const ScratchArray &other) : ScratchArray(other.size()) {
    std::copy(other.begin(), other.end(), begin());
  }
  ScratchArray(ScratchArray &&other) noexcept = default;
  ScratchArray &operator=(ScratchArray other) {
    memory = std::move(other.memory);
    return *this;
  }

  T *data() { return reinterpret_cast<T *>(memory.data()); }
  const T *data() const { return reinterpret_cast<const T *>(memory.data()); }
  size_t size() const { return memory.size() / sizeof(T); }
  T &operator[](size_t i) { return data()[i]; }
  const T &operator[](size_t i) const { return data()[i]; }
  T *begin() { return data(); }
  T *end() { return data() + size(); }
  const T *begin() const { return data(); }
  const T *end() const { return data() + size(); }
  llvm::ArrayRef<T> list() const { return {data(), size()}; }

private:
  ScratchMemory memory;
};

} // namespace retort

#endif
