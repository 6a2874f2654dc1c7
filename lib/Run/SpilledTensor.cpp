// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations that wait for their block.
#include "lib/Run/SpilledTensor.h"

#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

using namespace retort;
using runtime::Tensor;

static constexpr int64_t largestHeap = 1 << 20;

static std::shared_ptr<void> mapFile(size_t size) {
  const char *folder = std::getenv("TMPDIR");
  std::string path = std::string(folder && *folder ? folder : "/var/tmp") + "/retort-XXXXXX";
  int file = mkstemp(path.data());
  if (file < 0)
    return nullptr;
  unlink(path.c_str());
  void *memory = MAP_FAILED;
  // A full disk is seen here, not as a signal while writing.
  if (posix_fallocate(file, 0, off_t(size)) == 0)
    memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED)
    return nullptr;
  return std::shared_ptr<void>(memory, [size](void *data) { munmap(data, size); });
}

Tensor retort::spilled(const Tensor &tensor) {
  if (tensor.bytes() <= largestHeap)
    return tensor;
  std::shared_ptr<void> memory = mapFile(size_t(tensor.bytes()));
  if (!memory)
    return tensor;
  std::memcpy(memory.get(), tensor.data(), size_t(tensor.bytes()));
  return Tensor::borrow(tensor.type(), tensor.shape(), memory.get(), memory);
}
