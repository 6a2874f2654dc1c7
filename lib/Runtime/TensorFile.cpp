// Reads a tensor from a file by the file's ending.
#include "lib/Runtime/TensorFile.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>

using namespace retort::runtime;

static std::string readFile(const std::string &path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0)
    throw Failure(std::strerror(errno));
  if (!S_ISREG(facts.st_mode))
    throw Failure("not a regular file");
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(size_t(facts.st_size), '\0');
  if (!stream.read(bytes.data(), facts.st_size))
    throw Failure("cannot be read");
  return bytes;
}

Result<NamedTensor> retort::runtime::readTensorFile(const std::string &path) {
  auto bytes = catching<std::string>([&] { return readFile(path); });
  if (!bytes)
    return Error{"'" + path + "': " + bytes.error()};
  bool npy = path.size() > 4 && path.compare(path.size() - 4, 4, ".npy") == 0;
  if (!npy) {
    auto result = parseTensorProto(*bytes);
    return result ? result : Error{"'" + path + "': " + result.error()};
  }
  auto result = parseNpy(*bytes);
  if (!result)
    return Error{"'" + path + "': " + result.error()};
  return NamedTensor{"", *result};
}
