// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buffers for code that is called again and again with the same sizes.
#include "lib/Runtime/ReusedMemory.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

using namespace retort::runtime;

namespace {
/// In front of each buffer; as large as the alignment that malloc promises.
struct alignas(16) Header {
  size_t bytes;
};

struct Pool {
  std::mutex mutex;
  std::map<size_t, std::vector<void *>> unused; ///< by size
};
} // namespace

/// Never destroyed: buffers may outlive whatever is destroyed at the end of the process.
static Pool &pool() {
  static Pool *only = new Pool();
  return *only;
}

/// To a multiple of an eighth of the power of two below.
static size_t roundedUp(size_t bytes) {
  size_t step = 64;
  while (step * 16 <= bytes)
    step *= 2;
  return (bytes + step - 1) / step * step;
}

static void *allocate(size_t bytes) {
  if (bytes > SIZE_MAX / 2)
    return nullptr;
  bytes = roundedUp(bytes + sizeof(Header));
  {
    std::lock_guard<std::mutex> lock(pool().mutex);
    std::vector<void *> &unused = pool().unused[bytes];
    if (!unused.empty()) {
      void *memory = unused.back();
      unused.pop_back();
      return memory;
    }
  }
  auto *header = static_cast<Header *>(std::malloc(bytes));
  if (!header)
    return nullptr;
  header->bytes = bytes;
  return header + 1;
}

static void release(void *memory) {
  if (!memory)
    return;
  size_t bytes = (static_cast<Header *>(memory) - 1)->bytes;
  std::lock_guard<std::mutex> lock(pool().mutex);
  pool().unused[bytes].push_back(memory);
}

MemoryFunctions retort::runtime::reusedMemory() { return {allocate, release, false}; }

void retort::runtime::emptyReusedMemory() {
  std::lock_guard<std::mutex> lock(pool().mutex);
  for (auto &[bytes, unused] : pool().unused)
    for (void *memory : unused)
      std::free(static_cast<Header *>(memory) - 1);
  pool().unused.clear();
}
