// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ledger: what each compression method did to each weight, as JSON.
#ifndef RETORT_LIB_WEIGHTS_LEDGER_H
#define RETORT_LIB_WEIGHTS_LEDGER_H

#include "lib/Weights/LeftAlone.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <memory>
#include <optional>

namespace retort {

/// Collects the remarks of compression methods on a context, from its construction on. Upstream's
/// YAML streamer loses records and crashes when passes run in parallel; this one locks.
class Ledger {
public:
  explicit Ledger(mlir::MLIRContext *context);
  ~Ledger();

  /// Ends with what was left alone: records of outcome `left`, whose reason is the last that a
  /// method gave for a weight of that name, else the weight's own.
  void leave(llvm::ArrayRef<LeftWeight> weights);

  /// What the weights of records take where they are written: `bytesOf` tells it by their names,
  /// where it is not what the module has. The last record of a weight gets it.
  void setBytesAfter(llvm::function_ref<std::optional<uint64_t>(llvm::StringRef)> bytesOf);

  /// Calls `visit` with each record, as the file has them.
  void forEach(llvm::function_ref<void(const llvm::json::Object &)> visit) const;

  /// Writes what was collected so far: `{"retort": 1, "records": [...]}`, each record with
  /// `outcome` (passed, missed, failed, analysis, left), `method`, `weight` and the metrics of the
  /// remark. The file is replaced when it is complete.
  llvm::Error write(llvm::StringRef path) const;

private:
  struct Records;
  class Streamer;
  /// Shared with the streamer, which the context owns.
  std::shared_ptr<Records> records;
};

} // namespace retort

#endif
