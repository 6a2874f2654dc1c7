// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a folder takes a file, asked without leaving one.
#include "lib/Support/OutputFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

using namespace llvm;
using namespace retort;

static std::string folderOf(StringRef path) {
  StringRef folder = sys::path::parent_path(path);
  return folder.empty() ? "." : folder.str();
}

/// A file without a name tells what permissions alone do not (a disk mounted for reading); where the
/// file system has none, permissions must do.
static std::string whyTakesNone(const std::string &folder) {
  int file = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0)
    close(file);
  bool unknown = file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT ||
                              errno == ENOSPC || errno == EINVAL);
  if (file >= 0 || (unknown && access(folder.c_str(), W_OK | X_OK) == 0))
    return "";
  return std::string("its folder: ") + std::strerror(errno);
}

std::string retort::whyNotWritable(StringRef path) {
  if (sys::fs::is_directory(path))
    return std::strerror(EISDIR);
  std::string folder = folderOf(path);
  struct stat facts;
  if (stat(folder.c_str(), &facts) != 0)
    return std::string("its folder: ") + std::strerror(errno);
  if (!S_ISDIR(facts.st_mode))
    return std::string("its folder: ") + std::strerror(ENOTDIR);
  return whyTakesNone(folder);
}

std::string retort::whyNoFolder(StringRef folder) {
  std::string path = folder.str();
  struct stat facts;
  while (stat(path.c_str(), &facts) != 0) {
    if (errno != ENOENT || folderOf(path) == path)
      return std::strerror(errno);
    path = folderOf(path);
  }
  return S_ISDIR(facts.st_mode) ? whyTakesNone(path) : std::strerror(ENOTDIR);
}

std::optional<FreeSpace> retort::freeSpaceAt(StringRef path) {
  std::string folder = folderOf(path);
  struct stat facts;
  struct statvfs disk;
  if (stat(folder.c_str(), &facts) != 0 || statvfs(folder.c_str(), &disk) != 0 || !disk.f_blocks)
    return std::nullopt;
  return FreeSpace{facts.st_dev, uint64_t(disk.f_bavail) * disk.f_frsize};
}
