// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory for large intermediate results, which the system can write to disk.
#include "dialects/Retort/ScratchMemory.h"
#include "dialects/Retort/ScratchPages.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

using namespace retort;

static constexpr size_t largestHeap = 1 << 20, alignment = 64;

std::string retort::scratchFolder() {
  const char *folder = std::getenv("TMPDIR");
  return folder && *folder ? folder : "/var/tmp";
}

namespace {
struct MappedScratch {
  std::mutex mutex;
  std::map<void *, size_t> sizes;
};
} // namespace

/// Never destroyed: memory may outlive whatever is destroyed at the end of the process.
static MappedScratch &mappedScratch() {
  static auto *all = new MappedScratch();
  return *all;
}

// Pages of a shared mapping keep what was written when they leave the process.
void retort::leaveScratchOnDisk() {
  std::lock_guard<std::mutex> lock(mappedScratch().mutex);
  for (auto [memory, size] : mappedScratch().sizes)
    madvise(memory, size, MADV_DONTNEED);
}

/// Null where the folder cannot hold so much.
static void *mapFile(size_t size, llvm::StringRef folder) {
  std::string path = (folder.empty() ? scratchFolder() : folder.str()) + "/retort-XXXXXX";
  int file = mkstemp(path.data());
  if (file < 0)
    return nullptr;
  unlink(path.c_str());
  void *memory = MAP_FAILED;
  // posix_fallocate: a full disk is seen here, not as a signal while writing.
  if (posix_fallocate(file, 0, off_t(size)) == 0)
    memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return memory == MAP_FAILED ? nullptr : memory;
}

ScratchMemory::ScratchMemory(size_t size, llvm::StringRef folder) : count(size) {
  void *memory = size < largestHeap ? nullptr : mapFile(size, folder);
  isMapped = memory != nullptr;
  if (isMapped) {
    std::lock_guard<std::mutex> lock(mappedScratch().mutex);
    mappedScratch().sizes[memory] = size;
  } else {
    size_t whole = (std::max<size_t>(size, 1) + alignment - 1) / alignment * alignment;
    memory = std::aligned_alloc(alignment, whole);
    if (!memory)
      llvm::report_bad_alloc_error("no memory for intermediate results");
    std::memset(memory, 0, whole);
  }
  bytes = static_cast<char *>(memory);
}

ScratchMemory::~ScratchMemory() {
  if (isMapped) {
    std::lock_guard<std::mutex> lock(mappedScratch().mutex);
    mappedScratch().sizes.erase(bytes);
    munmap(bytes, count);
  } else {
    std::free(bytes);
  }
}

void ScratchMemory::swap(ScratchMemory &other) noexcept {
  std::swap(bytes, other.bytes);
  std::swap(count, other.count);
  std::swap(isMapped, other.isMapped);
}
