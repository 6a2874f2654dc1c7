// Why no decode step can be derived.
#ifndef RETORT_LIB_DECODESTEP_REFUSAL_H
#define RETORT_LIB_DECODESTEP_REFUSAL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"

#include <optional>
#include <string>

namespace retort {

struct Refusal {
  /// Of the operation that stands in the way.
  std::optional<mlir::Location> place;
  std::string reason;
  /// A shorter context, in tokens, for which this reason does not hold: the rows of a table.
  std::optional<int64_t> limit;

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

} // namespace retort

#endif
