// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether an operation keeps the rows of the text apart: its own rule says so (RowRule), of where
// they lie.
#include "lib/DecodeStep/RowAxes.h"

#include "dialects/Onnx/Families.h"
#include "dialects/Onnx/Rows/Rows.h"
#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;

namespace {
/// One operation, seen by its rows.
class RowsOfText : public onnx::Rows {
public:
  RowsOfText(Operation *op, RowAxes &axes);
  /// Empty where it does.
  StringRef whyNot();
  std::optional<int64_t> elementsOfEach(Value value, int64_t axis) const override {
    return all.elementsOfEach(value, axis, picks);
  }

private:
  bool findResultAxis();
  bool keepsLayout();

  Operation *op;
  RowAxes &all;
  Operation *picks = nullptr;
  /// Whether any operand has rows, and it is known of all where they lie.
  bool anyRows = false, isClear = true;
};
} // namespace

RowsOfText::RowsOfText(Operation *op, RowAxes &axes) : Rows(op, axes.sizes()), op(op), all(axes) {
  slots = onnx::operandSlots(op);
  for (Value slot : slots) {
    auto place = slot ? all.placeOf(slot) : std::nullopt;
    this->axes.push_back(place ? std::optional(place->axis) : std::nullopt);
    if (place) {
      isClear &= !anyRows || picks == place->picks;
      anyRows = true;
      inner = place->inner;
      picks = place->picks;
    } else if (slot) {
      isClear &= all.multiplesOf(slot).empty();
    }
  }
}

/// The one axis along which the rows of all results lie that have users.
bool RowsOfText::findResultAxis() {
  std::optional<int64_t> common;
  for (Value value : op->getResults()) {
    if (value.use_empty())
      continue;
    SmallVector<int64_t> found = all.multiplesOf(value, picks);
    if (found.size() != 1 || (common && common != found.front()))
      return false;
    common = result = found.front();
  }
  return true;
}

/// Whether elements lie along the row axis of the results as they do in every operand that has one.
bool RowsOfText::keepsLayout() {
  std::optional<int64_t> count;
  auto agrees = [&](Value value, int64_t axis) {
    auto own = elementsOfEach(value, axis);
    bool same = own && (!count || count == own);
    count = own;
    return same;
  };
  for (auto [slot, row] : llvm::zip(slots, axes))
    if (row && (!agrees(slot, *row) || all.placeOf(slot)->inner != inner))
      return false;
  return layout == Layout::Repeated || llvm::all_of(op->getResults(), [&](Value value) {
           return value.use_empty() || agrees(value, result);
         });
}

StringRef RowsOfText::whyNot() {
  auto rule = dyn_cast<onnx::RowRule>(op);
  if (!rule)
    return "no rule tells what it does to them";
  if (!anyRows || !isClear)
    return "where they lie in its operands is not known";
  if (!findResultAxis())
    return "no single axis of its result is theirs";
  if (!rule.keepsRows(*this))
    return "a row of its result follows from several";
  if (layout != Layout::Computed && !keepsLayout())
    return "their elements lie otherwise in its result";
  for (Value value : op->getResults())
    if (!value.use_empty() && (picks || all.elementsOfEach(value, result) != 1))
      all.remember(value, {result, inner, picks});
  return "";
}

StringRef RowAxes::howRowsMix(Operation *op) { return RowsOfText(op, *this).whyNot(); }
