// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations that wait for their block.
#include "lib/Run/SpilledTensor.h"

#include "dialects/Retort/ScratchMemory.h"

#include <cstring>

using namespace retort;
using runtime::Tensor;

Tensor retort::spilled(const Tensor &tensor) {
  auto memory = std::make_shared<ScratchMemory>(size_t(tensor.bytes()));
  std::memcpy(memory->data(), tensor.data(), memory->size());
  return Tensor::borrow(tensor.type(), tensor.shape(), memory->data(), memory);
}
