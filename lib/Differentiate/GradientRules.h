// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of rules, one for each operation that hands on gradients. Families of them (Rules/) add
// their own; nothing lists the families.
#ifndef RETORT_LIB_DIFFERENTIATE_GRADIENTRULES_H
#define RETORT_LIB_DIFFERENTIATE_GRADIENTRULES_H

#include "lib/Differentiate/Term.h"

#include "mlir/IR/DialectInterface.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/ADT/StringMap.h"

#include <functional>

namespace retort {

/// An element-wise operation, seen by a rule: x(i) its operands, y its result, dy its gradient.
struct ElementTerms {
  Backward &backward;
  Term x(unsigned i = 0) { return {backward.op->getOperand(i), backward.build}; }
  Term y() { return {backward.op->getResult(0), backward.build}; }
  Term dy() { return {backward.gradient(), backward.build}; }
};

class GradientRules : public mlir::DialectInterface::Base<GradientRules> {
public:
  using Rule = std::function<llvm::LogicalResult(mlir::Operation *, Backward &)>;
  /// The gradient of one operand.
  using ElementRule = Term (*)(ElementTerms);

  explicit GradientRules(mlir::Dialect *dialect) : Base(dialect) {}

  /// Null where the context has none.
  static const GradientRules *of(mlir::MLIRContext *context);

  template <typename Op> void add(llvm::LogicalResult (*rule)(Op, Backward &)) {
    rules[Op::getOperationName()] = [rule](mlir::Operation *op, Backward &backward) {
      return rule(llvm::cast<Op>(op), backward);
    };
  }
  /// By the gradient of each operand, in their order.
  template <typename Op, typename... Each> void addElementwise(Each... each) {
    addElementRules(Op::getOperationName(), {ElementRule(each)...});
  }

  /// The rule of an operation: its own (`Differentiable`), or the table's; null where it has none.
  Rule find(mlir::Operation *op) const;

private:
  void addElementRules(llvm::StringRef name, std::vector<ElementRule> each);

  llvm::StringMap<Rule> rules;
};

/// Gives contexts the table with all families.
void registerGradientRules(mlir::DialectRegistry &registry);

} // namespace retort

MLIR_DECLARE_EXPLICIT_TYPE_ID(retort::GradientRules)

#endif
