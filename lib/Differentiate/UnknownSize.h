// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a size comes from that is not known.
#ifndef RETORT_LIB_DIFFERENTIATE_UNKNOWNSIZE_H
#define RETORT_LIB_DIFFERENTIATE_UNKNOWNSIZE_H

#include "dialects/Onnx/Onnx.h"
#include "lib/Support/Refusal.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace retort {

/// What is said of such an operation.
inline constexpr llvm::StringLiteral unknownSize =
    "has a result of a size that the number of tokens does not tell";

inline bool isOfKnownSize(mlir::Value value) {
  auto type = llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
  return type && type.hasStaticShape();
}

/// The first operation on the way to a value whose result has no known size, though its operands
/// have; null where the value has one, or was given without.
inline mlir::Operation *sourceOfUnknownSize(mlir::Value value) {
  mlir::Operation *source = nullptr;
  while (!isOfKnownSize(value)) {
    source = value.getDefiningOp();
    if (!source)
      return nullptr;
    auto before = llvm::find_if_not(source->getOperands(), isOfKnownSize);
    if (before == source->operand_end())
      break;
    value = *before;
  }
  return source;
}

/// The refusal, which names nodes that no typed operation stands for as these are named.
inline llvm::LogicalResult refuseUnknownSize(mlir::Operation *source, Refusal &refusal) {
  auto node = llvm::dyn_cast<onnx::NodeOp>(source);
  if (!node)
    return refusal.because(source, unknownSize);
  (void)refusal.because(source, unknownSize);
  llvm::StringRef domain = node.getDomain().value_or("");
  refusal.reason =
      ("'onnx." + domain + (domain.empty() ? "" : ".") + node.getOpType() + "' op " + unknownSize)
          .str();
  return llvm::failure();
}

} // namespace retort

#endif
