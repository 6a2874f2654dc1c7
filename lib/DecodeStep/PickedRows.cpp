// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows that experts pick:
//   %which = onnx.NonZero(%chosen) ; %token = row coordinate of %which
//   %y = expert(onnx.Gather(%x, %token)) ; onnx.ScatterND(%sums, %token, %y) {add}
// How many rows are picked, and where each stands among them, changes with other rows; what is
// computed of each does not.
#include "lib/DecodeStep/RowAxes.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

namespace retort {
/// One operation, seen by the picks of a NonZero.
class PickRule {
public:
  PickRule(Operation *op, RowAxes &axes) : op(op), axes(axes) {}
  bool holds();
  /// Where it does not.
  StringRef why = "it takes numbers of rows for more than to read and to write these";

private:
  static int64_t rank(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }
  int64_t front(StringRef name, Value value) {
    auto attribute = op->getAttrOfType<IntegerAttr>(name);
    int64_t axis = attribute ? attribute.getInt() : 0;
    return axis < 0 ? axis + rank(value) : axis;
  }
  ArrayRef<int64_t> columns(Value value) {
    auto found = axes.coordinates.find(value);
    return found == axes.coordinates.end() ? ArrayRef<int64_t>() : ArrayRef(found->second);
  }
  /// The axis of a value along which its picks lie; nullopt: it has none.
  std::optional<int64_t> pickAxis(Value value) {
    auto place = axes.placeOf(value);
    return place && place->picks == picks ? std::optional(place->axis) : std::nullopt;
  }
  /// The axis of a value along which all rows of the text lie, one element each.
  std::optional<int64_t> rowAxis(Value value) {
    auto place = axes.placeOf(value);
    return place && !place->picks && axes.axisOf(value) ? std::optional(place->axis) : std::nullopt;
  }
  /// How many elements of each row an index counts along a flattened axis; 1: it numbers rows.
  int64_t stride(Value value) {
    auto found = axes.strides.find(value);
    return found == axes.strides.end() ? 1 : found->second;
  }
  bool isRowIndex(Value value) { return columns(value) == ArrayRef<int64_t>{row}; }
  bool isRowNumber(Value value) { return isRowIndex(value) && stride(value) == 1; }
  bool keep(Value result, int64_t axis, ArrayRef<int64_t> columns = {});

  bool pick();
  bool takeCoordinates();
  bool joinCoordinates();
  bool moveCoordinate();
  bool scaleRowNumber();
  bool addWithinRow();
  bool gather();
  bool gatherTuples();
  bool gatherElements();
  bool scatterTuples();
  bool scatterElements();

  Operation *op;
  RowAxes &axes;
  Operation *picks = nullptr;
  int64_t row = 0; // the coordinate that numbers rows
};
} // namespace retort

/// Remembers the picks of a result, if its size is their number and `axis` is the only such.
bool PickRule::keep(Value result, int64_t axis, ArrayRef<int64_t> columns) {
  SmallVector<int64_t> found = axes.multiplesOf(result, picks);
  if (found.size() != 1 || found.front() != axis || axes.elementsOfEach(result, axis, picks) != 1)
    return false;
  axes.remember(result, {axis, 1, picks});
  if (!columns.empty())
    axes.coordinates[result] = llvm::to_vector(columns);
  return true;
}

bool PickRule::pick() {
  picks = op;
  return rowAxis(op->getOperand(0)) &&
         keep(op->getResult(0), 1, llvm::to_vector(llvm::seq(rank(op->getOperand(0)))));
}

/// Some of several coordinates, by constant places along their axis; or all in another order.
bool PickRule::takeCoordinates() {
  Value all = op->getOperand(0);
  ArrayRef<int64_t> known = columns(all);
  int64_t along = 1 - *pickAxis(all);
  if (auto transpose = dyn_cast<onnx::TransposeOp>(op))
    return keep(op->getResult(0), 1 - *pickAxis(all), known);
  if (isa<onnx::CastOp, onnx::IdentityOp>(op))
    return keep(op->getResult(0), *pickAxis(all), known);
  if (isa<onnx::SplitOp>(op)) {
    if (front("axis", all) != along || op->getNumResults() != known.size())
      return false;
    return llvm::all_of(llvm::enumerate(op->getResults()), [&](auto each) {
      return axes.sizes().dim(each.value(), along) == onnx::Polynomial(1) &&
             keep(each.value(), *pickAxis(all), known[each.index()]);
    });
  }
  if (auto slice = dyn_cast<onnx::SliceOp>(op)) {
    auto axis = axes.sizes().constants(slice.getAxes()),
         from = axes.sizes().constants(slice.getStarts());
    return axis && from && axis->size() == 1 && axis->front() == along && from->front() >= 0 &&
           from->front() < int64_t(known.size()) &&
           axes.sizes().dim(op->getResult(0), along) == onnx::Polynomial(1) &&
           keep(op->getResult(0), *pickAxis(all), known[from->front()]);
  }
  if (!isa<onnx::GatherOp>(op) || front("axis", all) != along)
    return false;
  auto chosen = axes.sizes().constants(op->getOperand(1));
  int64_t extra = rank(op->getOperand(1)) - 1;
  if (!chosen || chosen->size() != 1)
    return false;
  int64_t at = chosen->front() < 0 ? chosen->front() + int64_t(known.size()) : chosen->front();
  return at >= 0 && at < int64_t(known.size()) &&
         keep(op->getResult(0), *pickAxis(all) + (*pickAxis(all) > along ? extra : 0), known[at]);
}

/// Single coordinates side by side: N x 1 each.
bool PickRule::joinCoordinates() {
  SmallVector<int64_t> joined;
  auto axis = pickAxis(op->getOperand(0));
  for (Value operand : op->getOperands()) {
    if (columns(operand).size() != 1 || stride(operand) != 1 || rank(operand) != 2 ||
        pickAxis(operand) != axis || axes.sizes().dim(operand, 1 - *axis) != onnx::Polynomial(1))
      return false;
    joined.push_back(columns(operand).front());
  }
  return axis && front("axis", op->getResult(0)) == 1 - *axis &&
         keep(op->getResult(0), *axis, joined);
}

/// Every element stays the coordinate of its pick.
bool PickRule::moveCoordinate() {
  SmallVector<int64_t> known = llvm::to_vector(columns(op->getOperand(0)));
  int64_t scale = stride(op->getOperand(0));
  if (!axes.keepsRowsApart(op))
    return false;
  axes.coordinates[op->getResult(0)] = known;
  axes.strides[op->getResult(0)] = scale;
  return true;
}

/// The first of k elements of a row, where rows are flattened: number * k.
bool PickRule::scaleRowNumber() {
  Value number = op->getOperand(0), factor = op->getOperand(1);
  if (!isRowNumber(number))
    std::swap(number, factor);
  auto scale = axes.sizes().constants(factor);
  if (!isRowNumber(number) || !scale || scale->size() != 1 || scale->front() < 1 ||
      !axes.keepsRowsApart(op))
    return false;
  axes.coordinates[op->getResult(0)] = {row};
  axes.strides[op->getResult(0)] = scale->front();
  return true;
}

/// One of these k: number * k + another coordinate, which is below k.
bool PickRule::addWithinRow() {
  Value index = op->getOperand(0), within = op->getOperand(1);
  if (!isRowIndex(index))
    std::swap(index, within);
  ArrayRef<int64_t> other = columns(within);
  if (!isRowIndex(index) || other.size() != 1 || other.front() == row)
    return false;
  auto most = axes.sizes().dim(picks->getOperand(0), other.front()).constant();
  int64_t scale = stride(index);
  if (!most || *most > scale || !index.getDefiningOp<onnx::MulOp>() || !axes.keepsRowsApart(op))
    return false;
  axes.coordinates[op->getResult(0)] = {row};
  axes.strides[op->getResult(0)] = scale;
  return true;
}

/// Picked rows of a value that has all of them; or rows of a table, by what belongs to picks.
bool PickRule::gather() {
  Value data = op->getOperand(0), index = op->getOperand(1);
  auto picked = pickAxis(index);
  int64_t axis = front("axis", data);
  auto rows = axes.placeOf(data);
  bool fits = isRowIndex(index)
                  ? rows && !rows->picks && rows->axis == axis && rows->inner == stride(index) &&
                        axes.elementsOfEach(data, axis) == stride(index)
                  : axes.multiplesOf(data).empty();
  return picked && fits && columns(index).size() <= 1 && !pickAxis(data) &&
         keep(op->getResult(0), axis + *picked);
}

/// The same by tuples of which one number is that of the row.
bool PickRule::gatherTuples() {
  Value data = op->getOperand(0), index = op->getOperand(1);
  auto picked = pickAxis(index);
  if (!picked || *picked + 1 >= rank(index) || pickAxis(data) || front("batch_dims", data) != 0)
    return false;
  ArrayRef<int64_t> tuple = columns(index);
  auto rows = rowAxis(data);
  // Without rows in the data, no number of a row may choose.
  bool fits = rows ? rank(index) == 2 && stride(index) == 1 && *rows < int64_t(tuple.size()) &&
                         tuple[*rows] == row && llvm::count(tuple, row) == 1
                   : axes.multiplesOf(data).empty() && !llvm::is_contained(tuple, row);
  return fits && keep(op->getResult(0), *picked);
}

bool PickRule::gatherElements() {
  Value data = op->getOperand(0), index = op->getOperand(1);
  int64_t axis = front("axis", data);
  return isRowNumber(index) && rowAxis(data) == axis && pickAxis(index) == axis &&
         keep(op->getResult(0), axis);
}

/// What was computed of picks is written to their rows; where several belong to one row, their
/// order is that in which NonZero finds them, whatever other rows do.
bool PickRule::scatterTuples() {
  Value data = op->getOperand(0), index = op->getOperand(1), values = op->getOperand(2);
  return isRowNumber(index) && rank(index) == 2 && pickAxis(index) == 0 && rowAxis(data) == 0 &&
         axes.sizes().dim(index, 1) == onnx::Polynomial(1) && pickAxis(values) == 0 &&
         columns(values).empty() && axes.axisOf(op->getResult(0)) == 0;
}

bool PickRule::scatterElements() {
  Value data = op->getOperand(0), index = op->getOperand(1), values = op->getOperand(2);
  int64_t axis = front("axis", data);
  return isRowNumber(index) && pickAxis(index) == axis && rowAxis(data) == axis &&
         pickAxis(values) == axis && columns(values).empty() &&
         axes.axisOf(op->getResult(0)) == axis;
}

bool PickRule::holds() {
  if (isa<onnx::NonZeroOp>(op))
    return pick();
  bool anyNumber = false;
  for (Value operand : op->getOperands()) {
    auto place = axes.placeOf(operand);
    if (!place || !place->picks)
      continue;
    if (picks && picks != place->picks)
      return false;
    picks = place->picks;
  }
  row = *rowAxis(picks->getOperand(0));
  for (Value operand : op->getOperands())
    anyNumber |= llvm::is_contained(columns(operand), row);
  if (isa<onnx::GatherOp>(op) && pickAxis(op->getOperand(1)))
    return gather();
  if (isa<onnx::GatherNDOp>(op))
    return gatherTuples();
  if (isa<onnx::GatherElementsOp>(op) && isRowNumber(op->getOperand(1)))
    return gatherElements();
  if (isa<onnx::ScatterNDOp>(op))
    return scatterTuples();
  if (isa<onnx::ScatterElementsOp>(op) && isRowNumber(op->getOperand(1)))
    return scatterElements();
  if (columns(op->getOperand(0)).size() > 1)
    return takeCoordinates();
  if (isa<onnx::ConcatOp>(op) && anyNumber)
    return joinCoordinates();
  if (isa<onnx::MulOp>(op) && anyNumber)
    return scaleRowNumber();
  if (isa<onnx::AddOp>(op) && anyNumber)
    return addWithinRow();
  if (columns(op->getOperand(0)).size() == 1 &&
      (onnx::isReshape(op) || isa<onnx::ExpandOp, onnx::TransposeOp, onnx::CastOp>(op)))
    return moveCoordinate();
  if (anyNumber)
    return false;
  why = axes.howRowsMix(op);
  return why.empty();
}

bool RowAxes::concernsPicks(Operation *op) {
  return isa<onnx::NonZeroOp>(op) || llvm::any_of(op->getOperands(), [&](Value operand) {
           auto place = placeOf(operand);
           return place && place->picks;
         });
}

StringRef RowAxes::howPicksMix(Operation *op) {
  PickRule rule(op, *this);
  return rule.holds() ? "" : rule.why;
}
