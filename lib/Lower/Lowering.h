// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of lowerings: one function for each operation, one file for each family of operations.
#ifndef RETORT_LIB_LOWER_LOWERING_H
#define RETORT_LIB_LOWER_LOWERING_H

#include "lib/Lower/Emitter.h"

#include "dialects/Retort/Names.h"

#include "llvm/ADT/StringMap.h"

namespace retort {

class Lowering {
public:
  using Function = std::function<llvm::LogicalResult(Emitter &, Operation *)>;

  /// All of them.
  Lowering();

  /// `lower` sets the images of the operation's results; on failure it has said why.
  void add(llvm::StringRef name, Function lower) { functions[name] = std::move(lower); }

  bool knows(llvm::StringRef name) const { return functions.contains(name); }

  /// For operations with one result.
  template <typename OpT> void add(Value (*lower)(Emitter &, OpT)) {
    add(OpT::getOperationName(), [lower](Emitter &e, Operation *op) {
      Value result = lower(e, llvm::cast<OpT>(op));
      if (!result)
        return llvm::failure();
      e.set(op->getResult(0), result);
      return llvm::success();
    });
  }
  template <typename OpT> void add(llvm::LogicalResult (*lower)(Emitter &, OpT)) {
    add(OpT::getOperationName(),
        [lower](Emitter &e, Operation *op) { return lower(e, llvm::cast<OpT>(op)); });
  }
  /// For operations with regions.
  template <typename OpT> void add(llvm::LogicalResult (*lower)(Emitter &, const Lowering &, OpT)) {
    add(OpT::getOperationName(),
        [lower, this](Emitter &e, Operation *op) { return lower(e, *this, llvm::cast<OpT>(op)); });
  }

  llvm::LogicalResult lower(Emitter &emitter, Operation *op) const;
  /// All operations of a block but its terminator; the images of what that hands over.
  llvm::FailureOr<SmallVector<Value>> lowerBlock(Emitter &emitter, mlir::Block &block) const;

private:
  llvm::StringMap<Function> functions;
};

/// Attribute of arguments and results that are bytes: the element type of the model.
inline constexpr llvm::StringLiteral elementMark = names::element;

/// Whether an operation of another dialect says itself how it is computed; and what it says.
bool lowersItself(Operation *op);
llvm::LogicalResult lowerByItself(Emitter &emitter, Operation *op);

/// Whether compiled code can hold numbers of this type of the model.
bool isComputable(mlir::Type element);

/// The lowered `value` as a result of this type: sizes that only one of them knows, signs at the
/// boundary of functions.
Value castToBoundary(Emitter &emitter, Value value, Type type);

void addActivationLowerings(Lowering &);
void addAttentionLowerings(Lowering &);
void addBinaryLowerings(Lowering &);
void addContractionLowerings(Lowering &);
void addControlFlowLowerings(Lowering &);
void addConversionLowerings(Lowering &);
void addConvolutionLowerings(Lowering &);
void addCreationLowerings(Lowering &);
void addCumulativeLowerings(Lowering &);
void addEinsumLowerings(Lowering &);
void addFakeQuantizeLowerings(Lowering &);
void addGatherLowerings(Lowering &);
void addMicrosoftLowerings(Lowering &);
void addMovementLowerings(Lowering &);
void addNormalizationLowerings(Lowering &);
void addQuantizationLowerings(Lowering &);
void addPoolLowerings(Lowering &);
void addRecurrentLowerings(Lowering &);
void addReductionLowerings(Lowering &);
void addReshapeLowerings(Lowering &);
void addResizeLowerings(Lowering &);
void addRetentionLowerings(Lowering &);
void addRopeLowerings(Lowering &);
void addScatterLowerings(Lowering &);
void addSliceLowerings(Lowering &);
void addSoftmaxLowerings(Lowering &);
void addSortLowerings(Lowering &);
void addUnaryLowerings(Lowering &);

} // namespace retort

#endif
