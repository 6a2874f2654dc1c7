// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of claims, in the order of their first column. A verifier runs behind every pass, for each
// operation: it searches, it does not read the whole.
#ifndef RETORT_DIALECTS_ONNX_VERIFY_TABLES_H
#define RETORT_DIALECTS_ONNX_VERIFY_TABLES_H

#include "dialects/Onnx/Schema/TypedOp.h"

#include "mlir/IR/BuiltinTypes.h"

#include <algorithm>

namespace retort::onnx {

/// Whether the lines are in the order that `linesOf` searches.
template <typename Line, size_t N>
constexpr bool isInOrder(const Line (&table)[N], llvm::StringLiteral Line::*column) {
  for (size_t i = 1; i < N; ++i)
    if (std::string_view((table[i].*column).data(), (table[i].*column).size()) <
        std::string_view((table[i - 1].*column).data(), (table[i - 1].*column).size()))
      return false;
  return true;
}

/// The lines that have `key` in a column.
template <typename Line, size_t N>
llvm::ArrayRef<Line> linesOf(const Line (&table)[N], llvm::StringLiteral Line::*column,
                             llvm::StringRef key) {
  const Line *first =
      std::lower_bound(std::begin(table), std::end(table), key,
                       [&](const Line &line, llvm::StringRef key) { return line.*column < key; });
  const Line *last = first;
  while (last != std::end(table) && last->*column == key)
    ++last;
  return {first, last};
}

/// Null where the operand is omitted or of no known rank.
inline mlir::RankedTensorType rankedTypeAt(llvm::ArrayRef<mlir::Value> slots, unsigned slot) {
  mlir::Value value = slot < slots.size() ? slots[slot] : mlir::Value();
  return value ? llvm::dyn_cast<mlir::RankedTensorType>(value.getType()) : mlir::RankedTensorType();
}

} // namespace retort::onnx

#endif
