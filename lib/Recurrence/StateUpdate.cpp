// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The algorithm:
//   1. `after` is a sum of terms. One is a product that holds `before` once: its other factors are
//   the decay. The other is a product without it: the update.
//   2. One use of `before` or `after` is the read: a product, summed over one axis, the keys'.
//   Before the write, a bonus may be added: the update times one more factor.
//   3. Every factor lies along some axes of the state. Those along the keys' axis make the key (the
//   query, the decay), the others the value. The last axis along which only values lie is theirs;
//   all others are the batch and heads.
#include "lib/Recurrence/StateUpdate.h"

#include "lib/Recurrence/UpdateMatch.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/Analysis/TopologicalSortUtils.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// Axes count from the end, as they broadcast.
StateFactor UpdateMatch::aligned(Value value) const {
  StateFactor factor{value, SmallVector<int64_t>(rank, -1)};
  RankedTensorType type = typeOf(value);
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.getDimSize(axis) != 1)
      factor.axes[rank - type.getRank() + axis] = axis;
  return factor;
}

/// The factors of a product of at most the state's shape, down to what is none; nullopt where one
/// has more axes.
std::optional<StateFactors> UpdateMatch::factorsOf(Value value, int depth) const {
  RankedTensorType type = typeOf(value);
  if (!type || type.getRank() > rank)
    return std::nullopt;
  Operation *op = value.getDefiningOp();
  bool isOuter = false;
  if (auto product = dyn_cast_or_null<onnx::MatMulOp>(op)) {
    RankedTensorType a = typeOf(product.getA()), c = typeOf(product.getB());
    isOuter = a && c && a.getRank() >= 2 && c.getRank() >= 2 && a.getShape().back() == 1 &&
              c.getShape()[c.getRank() - 2] == 1;
  }
  if (value != before && depth < 8 && (isOuter || isa_and_nonnull<onnx::MulOp>(op))) {
    auto left = factorsOf(op->getOperand(0), depth + 1),
         right = factorsOf(op->getOperand(1), depth + 1);
    if (left && right) {
      left->append(*right);
      return left;
    }
  }
  if (auto einsum = dyn_cast_or_null<onnx::EinsumOp>(op); einsum && value != before) {
    SmallVector<int64_t> ranks;
    for (Value each : op->getOperands())
      ranks.push_back(typeOf(each) ? typeOf(each).getRank() : -1);
    auto equation = llvm::is_contained(ranks, -1)
                        ? std::nullopt
                        : onnx::EinsumEquation::parse(einsum.getEquation(), ranks);
    bool sums = !equation;
    StateFactors factors;
    for (unsigned i = 0; !sums && i < op->getNumOperands(); ++i) {
      StateFactor factor{op->getOperand(i), SmallVector<int64_t>(rank, -1)};
      for (auto [axis, label] : llvm::enumerate(equation->operands[i])) {
        size_t at = equation->output.find(label);
        sums |= at == std::string::npos;
        if (!sums)
          factor.axes[rank - equation->output.size() + at] = axis;
      }
      factors.push_back(factor);
    }
    if (!sums)
      return factors;
  }
  return StateFactors{aligned(value)};
}

bool UpdateMatch::dependsOnState(const StateFactor &factor) const {
  SmallVector<Value> work{factor.value};
  DenseSet<Value> seen;
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (value == before)
      return true;
    if (Operation *op = seen.insert(value).second ? value.getDefiningOp() : nullptr)
      for (Value each : op->getOperands())
        work.push_back(each);
  }
  return false;
}

Refusal UpdateMatch::findTerms() {
  auto sum = after.getDefiningOp<onnx::AddOp>();
  if (!dependsOnState({after, {}}))
    return noUpdate.data();
  if (!sum)
    return Refusal(llvm::Twine("its next value is no sum of what is kept and what is written"));
  for (bool swapped : {false, true}) {
    auto kept = factorsOf(swapped ? sum.getB() : sum.getA()),
         written = factorsOf(swapped ? sum.getA() : sum.getB());
    if (!kept || !written)
      continue;
    StateFactors rest;
    unsigned times = 0;
    for (StateFactor &factor : *kept)
      if (factor.value == before)
        ++times;
      else
        rest.push_back(factor);
    if (times != 1)
      continue;
    if (llvm::any_of(rest, [&](const StateFactor &f) { return dependsOnState(f); }))
      return "its decay depends on what it holds";
    if (llvm::any_of(*written, [&](const StateFactor &f) { return dependsOnState(f); }))
      return "what is written depends on what it holds, and by no rule of retention";
    decay = rest;
    update = *written;
    return {};
  }
  return "its next value is no sum of what is kept and what is written";
}

std::optional<StateRead> UpdateMatch::einsumRead(OpOperand &use, Value state) const {
  auto einsum = cast<onnx::EinsumOp>(use.getOwner());
  if (einsum->getNumOperands() != 2)
    return std::nullopt;
  unsigned own = use.getOperandNumber(), other = 1 - own;
  SmallVector<int64_t> ranks;
  for (Value each : einsum->getOperands())
    ranks.push_back(typeOf(each) ? typeOf(each).getRank() : -1);
  auto equation = llvm::is_contained(ranks, -1)
                      ? std::nullopt
                      : onnx::EinsumEquation::parse(einsum.getEquation(), ranks);
  if (!equation)
    return std::nullopt;
  const std::string &labels = equation->operands[own];
  StateRead found;
  found.op = einsum;
  found.query = {einsum->getOperand(other), SmallVector<int64_t>(rank, -1)};
  for (auto [axis, label] : llvm::enumerate(labels)) {
    size_t at = equation->operands[other].find(label);
    if (at != std::string::npos)
      found.query.axes[axis] = at;
    if (equation->output.find(label) == std::string::npos) {
      if (found.key >= 0)
        return std::nullopt;
      found.key = axis;
    }
  }
  for (char label : equation->output) {
    size_t at = labels.find(label);
    if (at == std::string::npos)
      return std::nullopt;
    found.result.push_back(at);
  }
  if (found.key < 0 || !found.query.liesAlong(found.key) || !llvm::is_sorted(found.result))
    return std::nullopt;
  return found;
}

/// q @ S (one row), S @ q (one column), the sum of S * q along one axis, or one that is written as
/// Einsum.
std::optional<StateRead> UpdateMatch::readOf(OpOperand &use, Value state) const {
  Operation *op = use.getOwner();
  if (isa<onnx::EinsumOp>(op))
    return einsumRead(use, state);
  StateRead found;
  found.op = op;
  unsigned own = use.getOperandNumber();
  auto allAxes = [&](std::optional<int64_t> kept) {
    for (int64_t axis = 0; axis < rank; ++axis)
      if (axis != found.key)
        found.result.push_back(axis);
      else if (kept)
        found.result.push_back(-1);
  };
  if (isa<onnx::MatMulOp>(op) && rank >= 2) {
    Value other = op->getOperand(1 - own);
    RankedTensorType type = typeOf(other);
    if (!type || type.getRank() < 2 || type.getRank() > rank)
      return std::nullopt;
    int64_t along = type.getRank() - (own == 1 ? 1 : 2), one = type.getRank() - (own == 1 ? 2 : 1);
    if (type.getDimSize(one) != 1)
      return std::nullopt;
    found.key = own == 1 ? rank - 2 : rank - 1;
    found.query = {other, SmallVector<int64_t>(rank, -1)};
    for (int64_t axis = 0; axis < type.getRank() - 2; ++axis)
      if (type.getDimSize(axis) != 1)
        found.query.axes[rank - type.getRank() + axis] = axis;
    found.query.axes[found.key] = along;
    allAxes(0);
    return found;
  }
  auto product = dyn_cast<onnx::MulOp>(op);
  if (!product || !product->hasOneUse() || product.getA() == product.getB())
    return std::nullopt;
  Value other = product->getOperand(1 - own);
  RankedTensorType type = typeOf(other);
  auto sum = dyn_cast<onnx::ReduceSumOp>(*product->user_begin());
  auto axes = sum && sum.getAxes() ? integersOf(sum.getAxes()) : std::nullopt;
  if (!type || type.getRank() > rank || !axes || axes->size() != 1)
    return std::nullopt;
  found.op = sum;
  found.key = axes->front() < 0 ? axes->front() + rank : axes->front();
  found.query = aligned(other);
  if (!found.query.liesAlong(found.key))
    return std::nullopt;
  allAxes(sum.getKeepdims() ? std::optional<int64_t>(0) : std::nullopt);
  return found;
}

/// The update times more factors: those.
static std::optional<StateFactors> withoutUpdate(StateFactors all, const StateFactors &update) {
  for (const StateFactor &factor : update) {
    auto found = llvm::find(all, factor);
    if (found == all.end())
      return std::nullopt;
    all.erase(found);
  }
  return all;
}

Refusal UpdateMatch::findRead() {
  const char *several = "several operations read it",
             *other = "an operation reads it that sums over no axis with a query";
  bool found = false;
  auto take = [&](OpOperand &use, Value state, bool isBefore) -> Refusal {
    auto next = readOf(use, state);
    if (!next)
      return other;
    if (found)
      return several;
    found = true;
    read = *next;
    readsBefore = isBefore;
    return {};
  };
  for (OpOperand &use : after.getUses())
    if (!isNextOnly(use))
      if (Refusal why = take(use, after, false); !why.empty())
        return why;
  auto kept = after.getDefiningOp<onnx::AddOp>();
  for (OpOperand &use : before.getUses()) {
    Operation *op = use.getOwner();
    // On its way to the sum.
    Operation *at = op;
    while (at != kept && isa<onnx::MulOp>(at) && at->hasOneUse())
      at = *at->user_begin();
    if (at == kept || isNextOnly(use))
      continue;
    if (auto sum = dyn_cast<onnx::AddOp>(op)) {
      auto factors = factorsOf(sum->getOperand(1 - use.getOperandNumber()));
      auto more = factors ? withoutUpdate(*factors, update) : std::nullopt;
      if (!more || !sum->hasOneUse())
        return other;
      if (Refusal why = take(*sum->getResult(0).use_begin(), sum->getResult(0), true); !why.empty())
        return why;
      bonus = *more;
      if (bonus.empty())
        bonus.push_back({Value(), SmallVector<int64_t>(rank, -1)}); // one
      continue;
    }
    if (Refusal why = take(use, before, true); !why.empty())
      return why;
  }
  return found ? Refusal() : Refusal("nothing reads it");
}

Refusal UpdateMatch::chooseAxes() {
  int64_t key = read.key;
  auto lies = [&](ArrayRef<StateFactor> factors, int64_t axis) {
    return llvm::any_of(factors, [&](const StateFactor &f) { return f.liesAlong(axis); });
  };
  StateFactors keys{read.query};
  for (const StateFactor &factor : update)
    if (factor.liesAlong(key))
      keys.push_back(factor);
  llvm::append_range(keys, decay);
  llvm::append_range(keys, bonus);
  ArrayRef<int64_t> shape = typeOf(before).getShape();
  if (key != 0 && (ShapedType::isDynamic(shape[0]) || rank >= 3))
    batch = 0;
  for (int64_t axis = rank - 1; axis >= 0 && !values; --axis)
    if (axis != key && axis != batch && !lies(keys, axis))
      values = axis;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (axis != batch && ShapedType::isDynamic(shape[axis]))
      return "it has heads of a size that is not known";
  // Behind the keys' axis is taken away, values come last.
  for (int64_t axis = values.value_or(rank); axis < rank; ++axis)
    if (axis != values && axis != key)
      return "its heads lie behind its values";
  for (const StateFactor &factor : decay) {
    Operation *op = factor.value.getDefiningOp();
    while (op && (onnx::movesAll(op) || isa<onnx::SliceOp, onnx::GatherOp>(op)) &&
           op->getNumOperands())
      op = op->getOperand(0).getDefiningOp();
    bool isPositive = isa_and_nonnull<onnx::ExpOp, onnx::SigmoidOp, onnx::SoftplusOp>(op);
    if (auto view = onnx::ConstantView::of(factor.value); view && !isPositive) {
      isPositive = true;
      for (int64_t i = 0; i < view->size(); ++i)
        isPositive &= view->floatAt(i) > 0;
    }
    if (!isPositive)
      return "its decay may be zero or negative";
  }
  return {};
}

Refusal UpdateMatch::find() {
  if (Refusal why = findTerms(); !why.empty())
    return why;
  if (Refusal why = findRead(); !why.empty())
    return why;
  return chooseAxes();
}

FailureOr<llm::RetentionOp> retort::replaceUpdate(Value before, Value after,
                                                  function_ref<bool(OpOperand &)> isNextOnly,
                                                  Refusal &why) {
  RankedTensorType type = typeOf(before), next = typeOf(after);
  if (!type || !next || type.getRank() != next.getRank() || type.getRank() < 2 ||
      !isa<FloatType>(type.getElementType()))
    why = "it is no tensor of floats with two axes or more";
  UpdateMatch match(before, after, isNextOnly);
  if (why.empty())
    why = match.find();
  if (!why.empty())
    return failure();
  llm::RetentionOp made = match.replace();
  Block *block = made->getBlock();
  sortTopologically(block); // what the read gave is used behind the read
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*block)))
    if (isOpTriviallyDead(&op))
      op.erase();
  return made;
}
