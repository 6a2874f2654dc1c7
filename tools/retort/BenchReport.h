// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `retort bench` says of the machine, and of where a model's time goes.
#ifndef RETORT_TOOLS_RETORT_BENCHREPORT_H
#define RETORT_TOOLS_RETORT_BENCHREPORT_H

#include "lib/Text/KernelSums.h"
#include "lib/Text/Measure.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"

namespace retort {

/// What one core reaches at the moment.
struct MachineProbes {
  double multiplyAdd, read;         // 10^9 operations, or bytes, a second
  std::optional<double> dotProduct; // 10^9 operations a second
  std::optional<double> tileProduct;

  static MachineProbes measure();
};

struct BenchReport {
  unsigned threads;
  text::Speed speed;
  int64_t prompt, generated;
  MachineProbes machine;
  std::optional<text::WatchedModel> watched;

  void print(llvm::raw_ostream &stream) const;
  void printJson(llvm::raw_ostream &stream) const;
  /// The events of Chrome's and Perfetto's viewers.
  void printTrace(llvm::raw_ostream &stream) const;
};

} // namespace retort

#endif
