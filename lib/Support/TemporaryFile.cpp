// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file under a name that tells the next run what a killed one left.
#include "lib/Support/TemporaryFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace retort;

static constexpr StringLiteral mark = ".retort-tmp-";
static constexpr size_t digits = 8;

static bool lock(int file) { return flock(file, LOCK_EX | LOCK_NB) == 0; }

/// False where another run took the file for a leftover before it was locked.
static bool isStillThere(int file, const std::string &name) {
  struct stat here, there;
  return fstat(file, &here) == 0 && stat(name.c_str(), &there) == 0 &&
         here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

Expected<TemporaryFile> TemporaryFile::create(StringRef path) {
  std::string pattern = (path + mark).str() + std::string(digits, '%');
  for (;;) {
    int file = -1;
    SmallString<256> name;
    if (std::error_code code =
            sys::fs::createUniqueFile(pattern, file, name, sys::fs::OF_None,
                                      sys::fs::all_read | sys::fs::all_write))
      return errorCodeToError(code);
    (void)lock(file); // a file system without locks keeps what is left
    if (isStillThere(file, std::string(name))) {
      sys::RemoveFileOnSignal(name);
      return TemporaryFile(std::string(name), file);
    }
    close(file);
  }
}

TemporaryFile::TemporaryFile(TemporaryFile &&other)
    : name(std::move(other.name)), byName(std::move(other.byName)), file(other.file) {
  other.file = -1;
}

TemporaryFile::~TemporaryFile() {
  if (file >= 0)
    discard();
}

void TemporaryFile::discard() {
  for (const std::string &path : {byName, name}) {
    if (path.empty())
      continue;
    (void)sys::fs::remove(path);
    sys::DontRemoveFileOnSignal(path);
  }
  close(file);
  file = -1;
}

std::string TemporaryFile::writeByName() {
  byName = name + ".out";
  sys::RemoveFileOnSignal(byName);
  return byName;
}

std::error_code TemporaryFile::rename(StringRef path) {
  std::string &source = byName.empty() ? name : byName;
  if (std::error_code code = sys::fs::rename(source, path))
    return code;
  sys::DontRemoveFileOnSignal(source);
  source.clear();
  discard();
  return std::error_code();
}

/// Whether a process holds the file that stands for a group of temporary ones.
static bool isHeld(const std::string &first) {
  int file = open(first.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0)
    return errno != ENOENT;
  bool free = lock(file);
  close(file);
  return !free;
}

void TemporaryFile::removeLeftovers(StringRef path) {
  StringRef parent = sys::path::parent_path(path);
  std::string start = (sys::path::filename(path) + mark).str();
  std::vector<std::pair<std::string, std::string>> files; // and the first of their group
  std::error_code code;
  for (sys::fs::directory_iterator it(parent.empty() ? "." : parent, code), end;
       it != end && !code; it.increment(code)) {
    StringRef file = it->path(), rest = sys::path::filename(file);
    if (rest.consume_front(start) && rest.size() >= digits &&
        all_of(rest.take_front(digits), isHexDigit) &&
        (rest.size() == digits || rest[digits] == '.'))
      files.emplace_back(file.str(), file.drop_back(rest.size() - digits).str());
  }
  // The first of a group goes last: it tells whose the others are.
  llvm::sort(files, std::greater<>());
  for (auto &[file, first] : files)
    if (!isHeld(first))
      (void)sys::fs::remove(file);
}
