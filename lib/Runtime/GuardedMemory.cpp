// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buffers between pages that must not be touched.
//
//   | no access | filler | buffer, aligned to 64 | filler, less than 64 bytes | no access |
#include "lib/Runtime/GuardedMemory.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

using namespace retort::runtime;

namespace {
/// Compiled code asks for this much more than the buffer takes, and aligns the address itself.
constexpr size_t alignment = 64;
/// As float, a number near the largest; as an integer, far beyond any index.
constexpr unsigned char filler = 0x7f;

struct Block {
  unsigned char *pages; // the accessible ones
  size_t size;
  unsigned char *buffer;
  size_t bytes;
};

/// The blocks that live. Never destroyed: threads may free at the very end.
struct Blocks {
  std::mutex lock;
  std::map<void *, Block> byAddress;
};
} // namespace

static Blocks &blocks() {
  static auto *all = new Blocks;
  return *all;
}

static size_t pageSize() { return size_t(sysconf(_SC_PAGESIZE)); }

static void *allocateGuarded(size_t requested) {
  size_t page = pageSize(), bytes = requested - std::min(requested, alignment);
  if (bytes > (size_t(1) << 40))
    return nullptr;
  size_t size = (bytes + alignment + page - 1) / page * page;
  auto *whole = static_cast<unsigned char *>(
      mmap(nullptr, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (whole == MAP_FAILED)
    return nullptr;
  unsigned char *pages = whole + page;
  if (mprotect(pages, size, PROT_READ | PROT_WRITE) != 0) {
    munmap(whole, size + 2 * page);
    return nullptr;
  }
  std::memset(pages, filler, size);
  unsigned char *end = pages + size;
  unsigned char *buffer = end - (bytes + alignment - 1) / alignment * alignment;
  // The next address that is aligned is the buffer's.
  void *memory = buffer - (alignment - 1);
  std::lock_guard<std::mutex> guard(blocks().lock);
  blocks().byAddress[memory] = {pages, size, buffer, bytes};
  return memory;
}

static bool isUntouched(const unsigned char *begin, const unsigned char *end) {
  return std::all_of(begin, end, [](unsigned char byte) { return byte == filler; });
}

static void releaseGuarded(void *memory) {
  if (!memory)
    return;
  Block block{};
  {
    std::lock_guard<std::mutex> guard(blocks().lock);
    auto found = blocks().byAddress.find(memory);
    if (found != blocks().byAddress.end()) {
      block = found->second;
      blocks().byAddress.erase(found);
    }
  }
  if (!block.pages) {
    std::fprintf(stderr, "compiled code freed what it had not allocated\n");
    std::abort();
  }
  if (!isUntouched(block.pages, block.buffer) ||
      !isUntouched(block.buffer + block.bytes, block.pages + block.size)) {
    std::fprintf(stderr, "compiled code wrote beyond a buffer of %zu bytes\n", block.bytes);
    std::abort();
  }
  munmap(block.pages - pageSize(), block.size + 2 * pageSize());
}

MemoryFunctions retort::runtime::guardedMemory() {
  return {allocateGuarded, releaseGuarded, /*copiesInputs=*/true};
}
