// Maps files, and keeps models from reaching outside of their folder.
#include "lib/Import/MappedFile.h"

#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace retort;

static Error problem(const Twine &text) { return createStringError(text); }

MappedFile::~MappedFile() {
  if (size)
    munmap(const_cast<char *>(begin), size);
}

Expected<std::shared_ptr<MappedFile>> MappedFile::open(const std::string &path) {
  // Without O_NONBLOCK a FIFO would wait for its writer.
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return problem("cannot be opened: " + StringRef(strerror(errno)));
  struct stat status;
  auto result = std::make_shared<MappedFile>();
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(file);
    return problem("is not a regular file");
  }
  if (status.st_size > 0) {
    void *memory = mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory == MAP_FAILED) {
      close(file);
      return problem("cannot be mapped: " + StringRef(strerror(errno)));
    }
    result->begin = static_cast<char *>(memory);
    result->size = status.st_size;
  }
  close(file);
  return result;
}

Expected<std::shared_ptr<MappedFile>> MappedFile::openBelow(StringRef folder, StringRef location) {
  if (location.empty())
    return problem("has no location");
  if (sys::path::is_absolute(location))
    return problem("is an absolute path");
  SmallString<256> path(folder);
  struct stat status;
  for (auto part = sys::path::begin(location), end = sys::path::end(location); part != end;
       ++part) {
    if (*part == "..")
      return problem("leaves the folder of the model");
    sys::path::append(path, *part);
    if (lstat(path.c_str(), &status) != 0)
      return problem("cannot be opened: " + StringRef(strerror(errno)));
    if (S_ISLNK(status.st_mode))
      return problem("is a symbolic link");
  }
  if (S_ISREG(status.st_mode) && status.st_nlink > 1)
    return problem("is a hard link");
  return open(std::string(path));
}
