// A rule for each family of operations says whether the rows of the text stay apart.
#include "lib/DecodeStep/RowAxes.h"

#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;

namespace {
/// One operation, seen by its rows.
class Rule {
public:
  Rule(Operation *op, RowAxes &axes) : op(op), axes(axes) {
    if (isa<onnx::OnnxDialect>(op->getDialect()))
      slots = onnx::operandSlots(op);
    else
      slots.assign(op->operand_begin(), op->operand_end());
    for (Value slot : slots) {
      auto place = slot ? axes.placeOf(slot) : std::nullopt;
      rows.push_back(place ? std::optional(place->axis) : std::nullopt);
      if (place) {
        isClear &= !anyRows || picks == place->picks;
        anyRows = true;
        inner = place->inner;
        picks = place->picks;
      } else if (slot) {
        isClear &= axes.multiplesOf(slot).empty();
      }
    }
  }
  bool holds();

private:
  int64_t rank(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }
  std::optional<int64_t> row(size_t slot) { return slot < rows.size() ? rows[slot] : std::nullopt; }
  Value slot(size_t i) { return i < slots.size() ? slots[i] : Value(); }
  int64_t attribute(StringRef name, int64_t otherwise) {
    auto value = op->getAttrOfType<IntegerAttr>(name);
    return value ? value.getInt() : otherwise;
  }
  /// An axis counted from the front of slot 0.
  int64_t front(int64_t axis) { return axis < 0 ? axis + rank(slots[0]) : axis; }
  int64_t axis(StringRef name, int64_t otherwise) { return front(attribute(name, otherwise)); }

  bool alignedRight(size_t i);
  bool aligned() {
    return llvm::all_of(llvm::seq(slots.size()), [&](size_t i) { return alignedRight(i); });
  }
  bool sameAxis() {
    return llvm::all_of(rows, [&](auto row) { return !row || row == result; });
  }
  bool sameLayout();
  bool product(int64_t summedA, int64_t summedB);
  bool reduction();
  bool reshape();
  bool transpose();
  bool lookup(int64_t axis);
  bool lookupByTuples();
  bool elementsByIndex();
  bool slicesByTuples();
  bool leaves(Value axesOperand);
  bool einsum();
  std::optional<bool> byFamily();
  std::optional<bool> byAxis();
  std::optional<bool> byMovement();
  std::optional<bool> byMeaning();
  bool isKnown();

  Operation *op;
  RowAxes &axes;
  SmallVector<Value> slots;
  SmallVector<std::optional<int64_t>> rows;
  int64_t result = 0, inner = 1;
  Operation *picks = nullptr;
  /// Whether any operand has rows, and it is known of all where they lie.
  bool anyRows = false, isClear = true;
};
} // namespace

/// Broadcast: axes are counted from the last.
bool Rule::alignedRight(size_t i) {
  return !rows[i] || rank(op->getResult(0)) - result == rank(slots[i]) - *rows[i];
}

/// Whether elements lie along the row axis of the results as they do in every operand that has one.
bool Rule::sameLayout() {
  std::optional<int64_t> count;
  auto agrees = [&](Value value, int64_t axis) {
    auto own = axes.elementsOfEach(value, axis, picks);
    bool same = own && (!count || count == own);
    count = own;
    return same;
  };
  for (auto [slot, row] : llvm::zip(slots, rows))
    if (row && (!agrees(slot, *row) || axes.placeOf(slot)->inner != inner))
      return false;
  return isa<onnx::TileOp>(op) || llvm::all_of(op->getResults(), [&](Value value) {
           return value.use_empty() || agrees(value, result);
         });
}

/// Neither operand may be summed over its rows.
bool Rule::product(int64_t summedA, int64_t summedB) {
  return rank(slots[0]) > 1 && rank(slots[1]) > 1 && row(0) != summedA && row(1) != summedB &&
         alignedRight(0) && alignedRight(1) && (slots.size() < 3 || alignedRight(2));
}

/// Reduce*: axes are an operand; absent means all, or none.
bool Rule::reduction() {
  int64_t before = 0;
  if (!row(0))
    return false;
  if (Value list = slot(1)) {
    auto reduced = axes.sizes().constants(list);
    if (!reduced)
      return false;
    for (int64_t axis : *reduced) {
      if (front(axis) == row(0))
        return false;
      before += front(axis) < *row(0);
    }
  } else if (!attribute("noop_with_empty_axes", 0)) {
    return false;
  }
  return result == *row(0) - (attribute("keepdims", 1) ? 0 : before);
}

/// Elements keep their order: those of one row lie as far apart as before.
bool Rule::reshape() {
  if (!row(0))
    return false;
  auto behind = [&](Value value, int64_t axis) {
    onnx::Polynomial product(1);
    onnx::SymbolicShape shape = *axes.sizes().shape(value);
    for (const onnx::Polynomial &size : ArrayRef(shape).drop_front(axis + 1))
      product = product * size;
    return product;
  };
  auto stride = (behind(slots[0], *row(0)) * onnx::Polynomial(inner))
                    .dividedBy(behind(op->getResult(0), result));
  auto side = stride ? stride->constant() : std::nullopt;
  auto count = axes.elementsOfEach(op->getResult(0), result, picks);
  if (!side || *side <= 0 || !count || *count % *side != 0)
    return false;
  inner = *side;
  return true;
}

bool Rule::transpose() {
  auto order = op->getAttrOfType<DenseI64ArrayAttr>("perm");
  int64_t source = order ? order[result] : rank(slots[0]) - 1 - result;
  return source == row(0);
}

/// Rows of a table chosen by rows of indices, or elements of each row by indices that are the same
/// for all.
bool Rule::lookup(int64_t axis) {
  if (row(0) && row(1))
    return false;
  if (row(1))
    return result == axis + *row(1);
  return row(0) != axis && result == *row(0) + (*row(0) > axis ? rank(slots[1]) - 1 : 0);
}

/// GatherND: rows of indices choose from a table that is the same for all, or each from its own
/// row.
bool Rule::lookupByTuples() {
  return row(1) && result == row(1) && *row(1) < rank(slots[1]) - 1 &&
         (!row(0) || (row(0) == row(1) && *row(0) < attribute("batch_dims", 0)));
}

/// Index i of another axis is looked up within row i, or written there: all operands have rows.
bool Rule::elementsByIndex() {
  return sameAxis() && llvm::all_of(rows, [](auto row) { return row.has_value(); }) &&
         axis("axis", 0) != row(0);
}

/// ScatterND: what is written are slices that hold all rows, at places that are the same for all.
bool Rule::slicesByTuples() {
  int64_t depth = cast<RankedTensorType>(slots[1].getType()).getShape().back();
  return row(0) && row(2) && !row(1) && result == row(0) && depth > 0 && *row(0) >= depth &&
         *row(2) == *row(0) - depth + rank(slots[1]) - 1;
}

/// Whether the row axis is none of the given; all are given where there is no list.
bool Rule::leaves(Value list) {
  auto chosen = list ? axes.sizes().constants(list) : std::nullopt;
  return chosen && sameAxis() &&
         llvm::none_of(*chosen, [&](int64_t axis) { return front(axis) == row(0); });
}

bool Rule::einsum() {
  auto equation = op->getAttrOfType<StringAttr>("equation");
  auto ranks = llvm::map_to_vector(slots, [&](Value value) { return rank(value); });
  auto parsed = equation ? onnx::EinsumEquation::parse(equation.getValue(), ranks) : std::nullopt;
  if (!parsed)
    return false;
  for (size_t i = 0; i < slots.size(); ++i)
    if (rows[i] && parsed->operands[i][*rows[i]] != parsed->output[result])
      return false;
  return true;
}

/// Families whose operations all do the same to axes.
std::optional<bool> Rule::byFamily() {
  if (op->hasTrait<onnx::InferBy<&onnx::inferBroadcast>::Impl>() ||
      op->hasTrait<onnx::InferBy<&onnx::inferCompare>::Impl>() ||
      op->hasTrait<onnx::InferBy<&onnx::inferWhere>::Impl>() ||
      op->hasTrait<onnx::InferBy<&onnx::inferSameShapeBool>::Impl>() ||
      op->hasTrait<onnx::InferBy<&onnx::inferCast>::Impl>() ||
      op->hasTrait<onnx::InferBy<&onnx::inferCastLike>::Impl>())
    return aligned();
  if (op->hasTrait<onnx::InferBy<&onnx::inferReduce>::Impl>())
    return reduction();
  return std::nullopt;
}

/// Those that work along one axis, and not along the others.
std::optional<bool> Rule::byAxis() {
  if (isa<onnx::ArgMaxOp, onnx::ArgMinOp>(op))
    return row(0) && axis("axis", 0) != row(0) &&
           result == *row(0) - (!attribute("keepdims", 1) && axis("axis", 0) < *row(0));
  if (isa<onnx::SoftmaxOp, onnx::LogSoftmaxOp, onnx::HardmaxOp, onnx::TopKOp>(op))
    return sameAxis() && row(0) && axis("axis", -1) != row(0);
  if (isa<onnx::ScatterElementsOp, onnx::GatherElementsOp>(op))
    return elementsByIndex();
  if (isa<onnx::LayerNormalizationOp, onnx::SimplifiedLayerNormalizationOp,
          onnx::RMSNormalizationOp>(op))
    return row(0) && *row(0) < axis("axis", -1) && result == row(0) && aligned();
  // One scale for all, or one for each element of another axis.
  if (isa<onnx::QuantizeLinearOp, onnx::DequantizeLinearOp>(op))
    return row(0) && result == row(0) && !row(1) && !row(2) &&
           (rank(slots[1]) == 0 || axis("axis", 1) != row(0));
  if (isa<onnx::CumSumOp>(op))
    return leaves(slot(1));
  return std::nullopt;
}

std::optional<bool> Rule::byMovement() {
  return llvm::TypeSwitch<Operation *, std::optional<bool>>(op)
      .Case<onnx::ReshapeOp, onnx::FlattenOp, onnx::SqueezeOp, onnx::UnsqueezeOp>(
          [&](auto) { return reshape(); })
      .Case([&](onnx::TransposeOp) { return transpose(); })
      .Case([&](onnx::ExpandOp) { return alignedRight(0); })
      .Case([&](onnx::TileOp) { return row(0) == result; })
      .Case<onnx::ConcatOp, onnx::SplitOp>(
          [&](auto) { return sameAxis() && axis("axis", 0) != result; })
      .Case([&](onnx::SliceOp) { return leaves(slot(3)); })
      .Case([&](onnx::PadOp) { return leaves(slot(3)); })
      .Case([&](onnx::GatherOp) { return lookup(axis("axis", 0)); })
      .Case([&](onnx::GatherNDOp) { return lookupByTuples(); })
      .Case([&](onnx::ScatterNDOp) { return slicesByTuples(); })
      .Case([&](onnx::MicrosoftGatherBlockQuantizedOp) {
        return !row(0) && lookup(axis("gather_axis", 0));
      })
      .Case([&](onnx::OneHotOp) {
        int64_t place = attribute("axis", -1);
        place = place < 0 ? place + rank(slots[0]) + 1 : place;
        return row(0) && result == *row(0) + (place <= *row(0) ? 1 : 0);
      })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<bool> Rule::byMeaning() {
  return llvm::TypeSwitch<Operation *, std::optional<bool>>(op)
      .Case([&](onnx::MatMulOp) { return product(rank(slots[0]) - 1, rank(slots[1]) - 2); })
      .Case<onnx::GemmOp, onnx::MicrosoftFusedGemmOp>([&](auto op) {
        return product(op.getTransA() ? 0 : 1, op.getTransB() ? 1 : 0) &&
               (!row(0) || !op.getTransA());
      })
      .Case([&](onnx::MicrosoftFusedMatMulOp) {
        return !row(1) && !attribute("transA", 0) && !attribute("transBatchA", 0) &&
               row(0) != rank(slots[0]) - 1 && alignedRight(0);
      })
      .Case([&](onnx::MicrosoftMatMulNBitsOp) {
        return row(0) && row(0) != rank(slots[0]) - 1 && alignedRight(0);
      })
      .Case([&](onnx::EinsumOp) { return einsum(); })
      .Case<onnx::MicrosoftSkipLayerNormalizationOp,
            onnx::MicrosoftSkipSimplifiedLayerNormalizationOp>(
          [&](auto) { return sameAxis() && result != rank(slots[0]) - 1; })
      .Case([&](llm::RmsNormOp) { return result == row(0) && result != rank(slots[0]) - 1; })
      .Case([&](llm::RopeOp) { return row(0) == 2; })
      .Default([](Operation *) { return std::nullopt; });
}

bool Rule::isKnown() {
  for (auto family : {&Rule::byFamily, &Rule::byAxis, &Rule::byMovement, &Rule::byMeaning})
    if (auto known = (this->*family)())
      return *known;
  // What is left of those that compute each element from one, and from numbers.
  bool isUnary = op->hasTrait<onnx::InferBy<&onnx::inferSame>::Impl>() &&
                 llvm::count_if(slots, [](Value slot) { return bool(slot); }) == 1 &&
                 !isa<onnx::TriluOp, onnx::EyeLikeOp>(op);
  return (isUnary ||
          isa<onnx::ClipOp, onnx::DropoutOp, onnx::MicrosoftFastGeluOp, onnx::MicrosoftBiasGeluOp>(
              op)) &&
         aligned();
}

bool Rule::holds() {
  if (!anyRows || !isClear)
    return false;
  std::optional<int64_t> common;
  for (Value value : op->getResults()) {
    if (value.use_empty())
      continue;
    SmallVector<int64_t> found = axes.multiplesOf(value, picks);
    if (found.size() != 1 || (common && common != found.front()))
      return false;
    common = result = found.front();
  }
  bool isReshape = isa<onnx::ReshapeOp, onnx::FlattenOp, onnx::SqueezeOp, onnx::UnsqueezeOp>(op);
  if (!isKnown() || !(isReshape || sameLayout()))
    return false;
  for (Value value : op->getResults())
    if (!value.use_empty() && (picks || axes.elementsOfEach(value, result) != 1))
      axes.remember(value, {result, inner, picks});
  return true;
}

bool RowAxes::keepsRowsApart(Operation *op) { return Rule(op, *this).holds(); }
