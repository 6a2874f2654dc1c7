// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads whole files and pipes, up to a bound.
#include "lib/Runtime/ReadFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace retort::runtime;

// How long a pipe may have no writer.
static constexpr int patienceMilliseconds = 2000;
static constexpr size_t chunk = size_t(1) << 16;

namespace {
class Input {
public:
  /// Without O_NONBLOCK, a pipe would be opened only when someone writes to it.
  explicit Input(const std::string &path)
      : isStandard(path == "-"),
        file(isStandard ? dup(STDIN_FILENO)
                        : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (file < 0)
      throw Failure(std::strerror(errno));
  }
  ~Input() { close(file); }
  Input(const Input &) = delete;
  Input &operator=(const Input &) = delete;

  std::string readAll(uint64_t most);

private:
  void checkKind(const struct stat &facts) const;
  size_t readSome(char *target, bool isFirst);
  bool wait(int milliseconds) const;

  bool isStandard, isPipe = false;
  int file;
};
} // namespace

void Input::checkKind(const struct stat &facts) const {
  if (S_ISDIR(facts.st_mode))
    throw Failure("expects a file or a pipe (found a folder)");
  if ((S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode)) && !isStandard)
    throw Failure("expects a file or a pipe (found a device)");
}

bool Input::wait(int milliseconds) const {
  pollfd asked{file, POLLIN, 0};
  int ready;
  do
    ready = poll(&asked, 1, milliseconds);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

/// The number of bytes; 0 at the end.
size_t Input::readSome(char *target, bool isFirst) {
  for (bool waited = false;;) {
    ssize_t count = read(file, target, chunk);
    if (count > 0)
      return size_t(count);
    if (count == 0 && (!isPipe || !isFirst || waited))
      return 0;
    if (count == 0) { // no writer, or one that has gone already
      if (!wait(patienceMilliseconds))
        throw Failure("a pipe that no process writes to");
      waited = true;
    } else if (errno == EAGAIN) {
      wait(-1);
    } else if (errno != EINTR) {
      throw Failure(std::strerror(errno));
    }
  }
}

std::string Input::readAll(uint64_t most) {
  struct stat facts;
  if (fstat(file, &facts) != 0)
    throw Failure(std::strerror(errno));
  checkKind(facts);
  isPipe = S_ISFIFO(facts.st_mode) && !isStandard;
  std::string bytes;
  auto stated = S_ISREG(facts.st_mode) ? uint64_t(facts.st_size) : 0;
  auto refuse = [&] {
    throw Failure("expects at most " + std::to_string(most) + " bytes (found " +
                  (stated ? std::to_string(stated) : "more") + ")");
  };
  if (stated > most)
    refuse();
  bytes.reserve(stated + chunk);
  for (size_t size = 0;; bytes.resize(size)) {
    bytes.resize(size + chunk);
    size_t count = readSome(&bytes[size], size == 0);
    size += count;
    if (size > most)
      refuse();
    if (count == 0) {
      bytes.resize(size);
      return bytes;
    }
  }
}

Result<std::string> retort::runtime::readFile(const std::string &path, uint64_t most) {
  return catching<std::string>([&] { return Input(path).readAll(most); });
}
