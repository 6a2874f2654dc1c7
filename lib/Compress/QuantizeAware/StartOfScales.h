// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where scales that are trained begin.
#ifndef RETORT_LIB_COMPRESS_QUANTIZEAWARE_STARTOFSCALES_H
#define RETORT_LIB_COMPRESS_QUANTIZEAWARE_STARTOFSCALES_H

#include "lib/Rounding/CodeForm.h"
#include "lib/Rounding/RoundToSample.h"
#include "lib/Statistics/WeightStatistics.h"

#include <optional>

namespace retort {

/// Codes and scales of weights before they are trained. The range says too little of 2 or 3 bits:
/// of these the scales are those of least squares; with statistics, GPTQ's.
class StartOfScales {
public:
  StartOfScales(mlir::ModuleOp module, llvm::StringRef method, CodeForm form)
      : module(module), method(method), form(form) {}

  /// Fails with an error at the module, where it has none that hold.
  llvm::LogicalResult readStatistics();

  /// A weight that the sample says nothing about begins as without statistics, and a remark tells.
  GroupedMatrix of(const LinearWeight &weight);

private:
  mlir::ModuleOp module;
  llvm::StringRef method;
  CodeForm form;
  std::optional<WeightStatistics> statistics;
  /// Of the last record: weights that share one come one after the other.
  const StatisticsRecord *last = nullptr;
  std::optional<RoundingStatistics> rounding;
};

} // namespace retort

#endif
