// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maps files, and keeps models from reaching outside of their folder.
#include "lib/Import/MappedFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace retort;

static Error problem(const Twine &text) { return createStringError(text); }

namespace {
/// The files that are mapped now, by where they begin.
struct MappedFiles {
  std::mutex mutex;
  std::map<const char *, const MappedFile *> files;
};
} // namespace

static MappedFiles &mappedFiles() {
  static MappedFiles all;
  return all;
}

MappedFile::~MappedFile() {
  if (!size)
    return;
  std::lock_guard<std::mutex> lock(mappedFiles().mutex);
  mappedFiles().files.erase(begin);
  munmap(const_cast<char *>(begin), size);
}

const MappedFile *MappedFile::holding(ArrayRef<char> bytes) {
  std::lock_guard<std::mutex> lock(mappedFiles().mutex);
  auto after = mappedFiles().files.upper_bound(bytes.data());
  if (after == mappedFiles().files.begin())
    return nullptr;
  const MappedFile *file = std::prev(after)->second;
  return bytes.end() <= file->begin + file->size ? file : nullptr;
}

void MappedFile::forgetPages() {
  std::lock_guard<std::mutex> lock(mappedFiles().mutex);
  for (auto [begin, file] : mappedFiles().files)
    madvise(const_cast<char *>(begin), file->size, MADV_DONTNEED);
}

/// Without O_NONBLOCK a FIFO would wait for its writer.
static constexpr int readOnly = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

static Error cannotOpen() { return problem("cannot be opened: " + StringRef(strerror(errno))); }

namespace {
/// Closes a file when it goes out of scope.
class Descriptor {
public:
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() {
    if (number >= 0)
      close(number);
  }
  void reset(int other) {
    close(number);
    number = other;
  }
  operator int() const { return number; }

private:
  int number;
};
} // namespace

Expected<std::shared_ptr<MappedFile>> MappedFile::map(int file, size_t size) {
  auto result = std::make_shared<MappedFile>();
  if (size == 0)
    return result;
  void *memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (memory == MAP_FAILED)
    return problem("cannot be mapped: " + StringRef(strerror(errno)));
  result->begin = static_cast<char *>(memory);
  result->size = size;
  SmallString<256> path;
  if (!sys::fs::real_path("/proc/self/fd/" + Twine(file), path))
    result->name = std::string(path);
  std::lock_guard<std::mutex> lock(mappedFiles().mutex);
  mappedFiles().files[result->begin] = result.get();
  return result;
}

Expected<std::shared_ptr<MappedFile>> MappedFile::open(const std::string &path) {
  Descriptor file(::open(path.c_str(), readOnly));
  if (file < 0)
    return cannotOpen();
  struct stat status;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
    return problem("is not a regular file");
  return map(file, status.st_size);
}

/// Opens folder after folder without following links, so that nothing can be put in between a check
/// and the opening.
Expected<std::shared_ptr<MappedFile>> MappedFile::openBelow(StringRef folder, StringRef location) {
  if (location.empty())
    return problem("has no location");
  if (sys::path::is_absolute(location))
    return problem("is an absolute path");
  if (location.contains('\0'))
    return problem("has a zero byte in its path");
  auto parts = make_range(sys::path::begin(location), sys::path::end(location));
  if (is_contained(parts, ".."))
    return problem("leaves the folder of the model");
  Descriptor file(::open(folder.str().c_str(), readOnly | O_DIRECTORY));
  if (file < 0)
    return cannotOpen();
  for (StringRef part : parts) {
    int next = openat(file, part.str().c_str(), readOnly | O_NOFOLLOW);
    if (next < 0 && errno == ELOOP)
      return problem("is a symbolic link");
    if (next < 0)
      return cannotOpen();
    file.reset(next);
  }
  struct stat status;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
    return problem("is not a regular file");
  if (status.st_nlink > 1)
    return problem("is a hard link");
  return map(file, status.st_size);
}
