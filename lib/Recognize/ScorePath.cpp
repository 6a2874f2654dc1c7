// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks from a softmax. An operation that the path has no place for is the reason that the
// attention is not recognized; the walk goes on behind it, to know whether there is an attention at
// all.
#include "lib/Recognize/ScorePath.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Operations between a softmax and its product.
static constexpr int longestPath = 24;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// Whether rows and columns, the last two axes, stay where they are.
static bool keepsRowsAndColumns(Operation *op, Samples &samples) {
  Sample probe = samples.probes().front();
  auto before = samples.shape(op->getOperand(0), probe),
       after = samples.shape(op->getResult(0), probe);
  return before && after && before->size() >= 2 && after->size() >= 2 &&
         ArrayRef(*before).take_back(2) == ArrayRef(*after).take_back(2);
}

static bool isLastAxis(Operation *op, StringRef attribute, int64_t otherwise) {
  auto type = typeOf(op->getOperand(0));
  return type &&
         frontAxis(intAttribute(op, attribute, otherwise), type.getRank()) == type.getRank() - 1;
}

namespace {
class ScoreWalk {
public:
  ScoreWalk(Operation *softmax, Samples &samples) : samples(samples) { path.softmax = softmax; }
  ScorePath run();

private:
  bool isHot(Value value) { return samples.hot().isHot(value); }
  void block(const llvm::Twine &why) {
    if (path.why.empty())
      path.why = why.str();
  }
  Value step(Operation *op);
  Value addition(Operation *op);
  Value scaling(Operation *op);
  Value choice(WhereOp op);
  Value cap(TanhOp op);
  Value reshape(Operation *op);
  Value withSink(ConcatOp op);

  Samples &samples;
  ScorePath path;
  /// What the scores are multiplied by behind the place reached.
  double factor = 1;
};
} // namespace

/// score + mask, score - mask; score - max(score), which changes no softmax.
Value ScoreWalk::addition(Operation *op) {
  Value left = op->getOperand(0), right = op->getOperand(1);
  if (isHot(left) && isHot(right)) {
    Operation *max = right.getDefiningOp();
    if (isa<SubOp>(op) && isa_and_nonnull<ReduceMaxOp>(max) && max->getOperand(0) == left &&
        path.masks.empty() && factor == 1)
      return left;
    return {};
  }
  if (isHot(right) && isa<SubOp>(op))
    return {};
  Value score = isHot(left) ? left : right, mask = isHot(left) ? right : left;
  if (path.softcap)
    block("a mask is added before the soft cap");
  path.masks.push_back(
      {MaskTerm::Add, mask, isa<SubOp>(op) ? -factor : factor, false, 0, op->getResult(0)});
  return score;
}

Value ScoreWalk::scaling(Operation *op) {
  Value score = op->getOperand(0), by = op->getOperand(1);
  if (isa<MulOp>(op) && !isHot(score))
    std::swap(score, by);
  if (!isHot(score) || isHot(by))
    return {};
  std::optional<double> number = samples.number(by);
  if (!number)
    block("scores are scaled by different numbers");
  factor *= number ? isa<MulOp>(op) ? *number : 1 / *number : 1;
  return score;
}

Value ScoreWalk::choice(WhereOp op) {
  Value condition = op->getOperand(0), yes = op->getOperand(1), no = op->getOperand(2);
  if (isHot(condition) || isHot(yes) == isHot(no))
    return {};
  std::optional<double> fill = samples.number(isHot(yes) ? no : yes);
  if (!fill)
    block("hidden scores become different numbers");
  if (path.softcap)
    block("a mask is applied before the soft cap");
  path.masks.push_back(
      {MaskTerm::Choose, condition, factor, isHot(no), fill.value_or(0), op->getResult(0)});
  return isHot(yes) ? yes : no;
}

/// cap * tanh(score / cap): the quotient is part of the scale.
Value ScoreWalk::cap(TanhOp op) {
  if (path.softcap)
    block("scores are capped twice");
  path.softcap = factor;
  factor = 1;
  return op->getOperand(0);
}

Value ScoreWalk::reshape(Operation *op) {
  if (!keepsRowsAndColumns(op, samples))
    block("rows and columns of the scores are reshaped");
  return op->getOperand(0);
}

Value ScoreWalk::withSink(ConcatOp op) {
  if (op->getNumOperands() != 2 || !isLastAxis(op, "axis", 0) || isHot(op->getOperand(1)) ||
      path.sinks || !path.masks.empty() || factor != 1)
    return {};
  auto type = typeOf(op->getOperand(1));
  if (!type || type.getRank() != 4 || type.getShape().back() != 1)
    return {};
  path.sinks = op->getOperand(1);
  return op->getOperand(0);
}

/// The score before the operation; null where it has none.
Value ScoreWalk::step(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<AddOp, SubOp>([&](Operation *) { return addition(op); })
      .Case<MulOp, DivOp>([&](Operation *) { return scaling(op); })
      .Case([&](WhereOp where) { return choice(where); })
      .Case([&](TanhOp tanh) { return cap(tanh); })
      .Case([&](ConcatOp concat) { return withSink(concat); })
      .Case<CastOp, IdentityOp>([&](Operation *) { return op->getOperand(0); })
      .Default([&](Operation *) { return isReshape(op) ? reshape(op) : Value(); });
}

ScorePath ScoreWalk::run() {
  Value value = path.softmax->getOperand(0);
  for (int steps = 0; steps < longestPath; ++steps) {
    Operation *op = value.getDefiningOp();
    if (!op || !schemaOf(op->getName()))
      return path;
    if (auto product = productOf(op)) {
      path.isAttention = isHot(product->left.value) && isHot(product->right.value);
      path.product = *product;
      path.scale = factor * product->scale * path.softcap.value_or(1);
      return path;
    }
    Value next = step(op);
    if (!next) {
      block("'" + op->getName().getStringRef() + "' stands between the scores and their softmax");
      SmallVector<Value> hot = llvm::to_vector(
          llvm::make_filter_range(op->getOperands(), [&](Value v) { return isHot(v); }));
      if (hot.empty() || !llvm::all_equal(hot))
        return path;
      next = hot.front();
    }
    value = next;
  }
  return path;
}

ScorePath retort::findScores(Operation *softmax, Samples &samples) {
  return ScoreWalk(softmax, samples).run();
}

/// Users that need more than the shape.
static SmallVector<Operation *> readers(Value value) {
  SmallVector<Operation *> result;
  for (Operation *user : value.getUsers())
    if (!asksShape(user) && !llvm::is_contained(result, user))
      result.push_back(user);
  return result;
}

/// Where(IsNaN(value), 0, value), where `users` are the two operations.
static Operation *nanCleanup(Value value, ArrayRef<Operation *> users, Samples &samples) {
  if (users.size() != 2)
    return nullptr;
  bool nanFirst = isa<IsNaNOp>(users[0]);
  auto test = dyn_cast<IsNaNOp>(users[nanFirst ? 0 : 1]);
  auto where = dyn_cast<WhereOp>(users[nanFirst ? 1 : 0]);
  if (!test || !where || where->getOperand(0) != test->getResult(0) ||
      where->getOperand(2) != value || samples.number(where->getOperand(1)) != 0.0)
    return nullptr;
  return where;
}

/// Takes all columns but the last.
static bool dropsLastColumn(SliceOp op, Samples &samples) {
  Sample probe = samples.probes().front();
  auto before = samples.shape(op->getOperand(0), probe),
       after = samples.shape(op->getResult(0), probe);
  if (!before || !after || before->size() != after->size())
    return false;
  SmallVector<int64_t> expected(*before);
  expected.back() -= 1;
  auto start = samples.number(op->getOperand(1));
  return *after == expected && start == 0.0;
}

ValuePath retort::findValues(Operation *softmax, Samples &samples) {
  ValuePath path;
  Value value = softmax->getResult(0);
  for (int steps = 0; steps < longestPath; ++steps) {
    SmallVector<Operation *> users = readers(value);
    if (Operation *where = nanCleanup(value, users, samples)) {
      path.nanToZero = true;
      value = where->getResult(0);
      continue;
    }
    if (users.size() != 1) {
      path.why = users.empty() ? "nothing uses the softmax" : "the softmax has other uses";
      return path;
    }
    Operation *user = users.front();
    if (auto product = productOf(user)) {
      path.sharesLeft = product->left.value == value;
      const Factor &shares = path.sharesLeft ? product->left : product->right;
      const Factor &values = path.sharesLeft ? product->right : product->left;
      path.found = shares.value == value && values.value != value &&
                   shares.axes.back() == Factor::summed && product->scale == 1 &&
                   samples.hot().isHot(values.value);
      if (!path.found)
        path.why = "the softmax is no weight of values";
      path.product = *product;
      return path;
    }
    auto slice = dyn_cast<SliceOp>(user);
    if (slice && !path.dropsSink && dropsLastColumn(slice, samples)) {
      path.dropsSink = true;
    } else if (!isa<CastOp, IdentityOp>(user) &&
               !(isReshape(user) && keepsRowsAndColumns(user, samples))) {
      path.why = ("'" + user->getName().getStringRef() + "' follows the softmax").str();
      return path;
    }
    value = user->getResult(0);
  }
  path.why = "nothing uses the softmax";
  return path;
}
