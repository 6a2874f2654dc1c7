// Sizes as symbols say where the rows lie; a rule for each family of operations says whether they
// stay apart.
#include "lib/Recognize/DecodeStep/RowAxes.h"

#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;

RowAxes::RowAxes(const TextGraph &text) : dims(text.function), rows(dims.dim(text.tokens, 1)) {}

SmallVector<int64_t> RowAxes::axesOf(Value value) {
  SmallVector<int64_t> axes;
  if (auto shape = dims.shape(value))
    for (auto [axis, size] : llvm::enumerate(*shape))
      if (size == rows)
        axes.push_back(axis);
  return axes;
}

std::optional<int64_t> RowAxes::axisOf(Value value) {
  SmallVector<int64_t> axes = axesOf(value);
  return axes.size() == 1 ? std::optional(axes.front()) : std::nullopt;
}

bool RowAxes::othersAreFixed(Value value) {
  auto shape = dims.shape(value);
  return shape && llvm::all_of(*shape, [&](const onnx::Polynomial &size) {
           return size == rows || size.constant();
         });
}

namespace {
/// One operation, seen by its rows.
class Rule {
public:
  Rule(Operation *op, RowAxes &axes) : op(op), axes(axes) {
    if (isa<onnx::OnnxDialect>(op->getDialect()))
      slots = onnx::operandSlots(op);
    else
      slots.assign(op->operand_begin(), op->operand_end());
    for (Value slot : slots)
      rows.push_back(slot ? axes.axisOf(slot) : std::nullopt);
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
  bool product(int64_t summedA, int64_t summedB);
  bool reduction();
  bool reshape();
  bool transpose();
  bool lookup(int64_t axis);
  bool leaves(Value axesOperand);
  bool einsum();
  std::optional<bool> byFamily();
  std::optional<bool> byMovement();
  std::optional<bool> byMeaning();

  Operation *op;
  RowAxes &axes;
  SmallVector<Value> slots;
  SmallVector<std::optional<int64_t>> rows;
  int64_t result = 0;
};
} // namespace

/// Broadcast: axes are counted from the last.
bool Rule::alignedRight(size_t i) {
  return !rows[i] || rank(op->getResult(0)) - result == rank(slots[i]) - *rows[i];
}

/// Neither operand may be summed over its rows.
bool Rule::product(int64_t summedA, int64_t summedB) {
  return rank(slots[0]) > 1 && rank(slots[1]) > 1 && row(0) != summedA && row(1) != summedB &&
         alignedRight(0) && alignedRight(1) && (slots.size() < 3 || alignedRight(2));
}

/// Reduce*: axes are an operand; absent means all, or none.
bool Rule::reduction() {
  int64_t before = 0;
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

/// As many elements lie before the row axis as before.
bool Rule::reshape() {
  auto before = [&](Value value, int64_t axis) {
    onnx::Polynomial product(1);
    onnx::SymbolicShape shape = *axes.sizes().shape(value);
    for (const onnx::Polynomial &size : ArrayRef(shape).take_front(axis))
      product = product * size;
    return product;
  };
  return row(0) && before(slots[0], *row(0)) == before(op->getResult(0), result);
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
  if (isa<onnx::ArgMaxOp, onnx::ArgMinOp>(op))
    return axis("axis", 0) != row(0) &&
           result == *row(0) - (!attribute("keepdims", 1) && axis("axis", 0) < *row(0));
  // Softmax and its kin, norms: from `axis` on, or along it.
  if (isa<onnx::SoftmaxOp, onnx::LogSoftmaxOp, onnx::HardmaxOp, onnx::TopKOp,
          onnx::ScatterElementsOp, onnx::GatherElementsOp>(op))
    return sameAxis() &&
           axis("axis", isa<onnx::ScatterElementsOp, onnx::GatherElementsOp>(op) ? 0 : -1) !=
               row(0);
  if (isa<onnx::LayerNormalizationOp, onnx::SimplifiedLayerNormalizationOp,
          onnx::RMSNormalizationOp>(op))
    return *row(0) < axis("axis", -1) && result == row(0);
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
      .Case<onnx::ConcatOp, onnx::SplitOp>(
          [&](auto) { return sameAxis() && axis("axis", 0) != result; })
      .Case([&](onnx::SliceOp) { return leaves(slot(3)); })
      .Case([&](onnx::PadOp) { return leaves(slot(3)); })
      .Case([&](onnx::GatherOp) { return lookup(axis("axis", 0)); })
      .Case([&](onnx::MicrosoftGatherBlockQuantizedOp) {
        return !row(0) && lookup(axis("gather_axis", 0));
      })
      .Case([&](onnx::OneHotOp) {
        int64_t place = attribute("axis", -1);
        place = place < 0 ? place + rank(slots[0]) + 1 : place;
        return result == *row(0) + (place <= *row(0) ? 1 : 0);
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

bool Rule::holds() {
  for (Value value : op->getResults())
    if (!value.use_empty()) {
      auto found = axes.axisOf(value);
      if (!found)
        return false;
      result = *found;
    }
  if (auto known = byFamily())
    return *known;
  if (auto known = byMovement())
    return *known;
  if (auto known = byMeaning())
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

bool RowAxes::keepsRowsApart(Operation *op) { return Rule(op, *this).holds(); }
