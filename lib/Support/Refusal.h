// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Why something is not done: the one form in which passes decline.
#ifndef RETORT_LIB_SUPPORT_REFUSAL_H
#define RETORT_LIB_SUPPORT_REFUSAL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"
#include "llvm/Support/FormatVariadic.h"

#include <optional>
#include <string>

namespace retort {

/// Empty where nothing stands in the way.
struct Refusal {
  /// Of the operation that stands in the way.
  std::optional<mlir::Location> place;
  std::string reason;
  /// A shorter context, in tokens, for which this reason does not hold: the rows of a table.
  std::optional<int64_t> limit;

  Refusal() = default;
  Refusal(const char *reason) : reason(reason) {}
  Refusal(std::string reason) : reason(std::move(reason)) {}
  Refusal(const llvm::Twine &reason) : reason(reason.str()) {}
  Refusal(const llvm::formatv_object_base &reason) : reason(reason.str()) {}

  bool empty() const { return reason.empty(); }

  /// Fills in the refusal, with the name of the operation; for `return refusal.because(...)`.
  llvm::LogicalResult because(mlir::Operation *op, const llvm::Twine &why,
                              std::optional<int64_t> shorter = std::nullopt) {
    place = op->getLoc();
    std::string name = llvm::isa<mlir::func::FuncOp>(op)
                           ? ""
                           : ("'" + op->getName().getStringRef() + "' op ").str();
    reason = (name + why).str();
    limit = shorter;
    return llvm::failure();
  }
};

/// How many of what is refused for each reason, in the order in which the reasons came up: equal
/// ones are told once.
class Refusals {
public:
  void add(const Refusal &refusal, mlir::Location place) {
    for (Entry &entry : entries)
      if (entry.reason == refusal.reason) {
        ++entry.count;
        return;
      }
    entries.push_back({refusal.reason, refusal.place.value_or(place), 1});
  }
  struct Entry {
    std::string reason;
    mlir::Location place; ///< of the first
    unsigned count;
  };
  llvm::ArrayRef<Entry> all() const { return entries; }

private:
  llvm::SmallVector<Entry> entries;
};

/// Remarks of a pass (its argument) that say what it missed, with how many where there are several.
void reportMissed(const Refusals &refusals, llvm::StringRef pass, llvm::StringRef category);

} // namespace retort

#endif
