// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the buffers of compiled code lie: in the C library's heap or, to find code that leaves its
// buffers, each between pages that must not be touched.
#ifndef RETORT_LIB_RUNTIME_GUARDEDMEMORY_H
#define RETORT_LIB_RUNTIME_GUARDEDMEMORY_H

#include <cstdlib>

namespace retort::runtime {

/// malloc and free, or what stands for them.
struct MemoryFunctions {
  void *(*allocate)(size_t bytes) = std::malloc;
  void (*release)(void *memory) = std::free;
  /// Inputs are copied to memory of `allocate`.
  bool copiesInputs = false;
};

/// Buffers whose last bytes border on a page that faults, and which are filled with numbers that no
/// computation expects. What lies between a buffer and its pages is compared when it is freed:
/// where it was written, the process ends with a message.
MemoryFunctions guardedMemory();

} // namespace retort::runtime

#endif
