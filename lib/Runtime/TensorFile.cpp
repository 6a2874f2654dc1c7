// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a tensor from a file by the file's ending.
#include "lib/Runtime/TensorFile.h"
#include "lib/Runtime/ReadFile.h"

using namespace retort::runtime;

// Beyond, an input is a mistake.
static constexpr uint64_t mostBytes = uint64_t(1) << 34;

Result<NamedTensor> retort::runtime::readTensorFile(const std::string &path) {
  auto bytes = readFile(path, mostBytes);
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
