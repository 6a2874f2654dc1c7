// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When each kernel of a model ran.
#ifndef RETORT_LIB_RUNTIME_KERNELTRACE_H
#define RETORT_LIB_RUNTIME_KERNELTRACE_H

#include "lib/Runtime/Model.h"

namespace retort::runtime {

/// A place of the code that calls a kernel.
struct KernelPlace {
  std::string kernel, node; // its symbol; what of the model it computes
};

/// One call.
struct KernelTime {
  int64_t place;             // in places()
  int64_t round;             // of the loop of layers; -1: outside of it
  int64_t operations, bytes; // on numbers; of the operands
  double begin, end;         // seconds since the trace was started
};

/// Records the kernels that this thread calls while it lives. One at a time.
class KernelTrace {
public:
  /// An error where the code cannot be watched, or where another trace lives.
  static Result<std::unique_ptr<KernelTrace>> start(const Model &model);
  ~KernelTrace();
  KernelTrace(const KernelTrace &) = delete;
  KernelTrace &operator=(const KernelTrace &) = delete;

  const std::vector<KernelPlace> &places() const { return sites; }
  /// Since the trace was started.
  double seconds() const;
  /// What ran since the last call.
  std::vector<KernelTime> take();

private:
  using Observer = void (*)(int64_t, int64_t, int64_t, int64_t);
  explicit KernelTrace(Observer *pointer) : pointer(pointer) {}
  static void observe(int64_t place, int64_t round, int64_t operations, int64_t bytes);

  Observer *pointer; // of the code
  std::vector<KernelPlace> sites;
  std::vector<KernelTime> times;
  double zero = 0;
};

} // namespace retort::runtime

#endif
