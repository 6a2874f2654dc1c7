// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reverse mode over the operations of one function.
//
//   %y = tanh(%x); %l = sum(%y)   ->   ...; %dy = expand(1); %dx = %dy * (1 - %y * %y)
//
// 1. Values that a parameter reaches are active, and operations that the scalar depends on are on
//    the way: an operation that is both needs a rule. Integers end a path.
// 2. Functions among these that have no rule are replaced by their bodies.
// 3. From the last operation to the first, each hands the sum of its results' gradients on. Where
//    memory is short, copies of them do, which compute a segment of the way again.
#include "lib/Differentiate/Reverse.h"
#include "lib/Analysis/GraphCuts.h"
#include "lib/Differentiate/GradientRules.h"
#include "lib/Differentiate/Segments.h"
#include "lib/Differentiate/UnknownSize.h"
#include "lib/Raise/DecomposeFunction.h"
#include "lib/Simplify/Simplifications.h"

#include "dialects/Onnx/Meaning.h"

using namespace mlir;
using namespace retort;

/// What a constant may take that is larger than what it follows from.
static constexpr int64_t smallBytes = 1024;

static bool holdsFloats(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value.getType()));
}

namespace {
class ReverseWalk {
public:
  ReverseWalk(Value scalar, ArrayRef<Value> values, Refusal &refusal,
              const Recomputation &recomputation, Value seed, ArrayRef<GradientShare> shares)
      : scalar(scalar), values(values), refusal(refusal), recomputation(recomputation), seed(seed),
        shares(shares) {}
  FailureOr<SmallVector<Value>> run();

private:
  void findWay();
  LogicalResult replaceFunctions(const GradientRules &rules);
  LogicalResult checkShapes(Operation *op);
  LogicalResult handOn(Operation *op, const GradientRules &rules, OpBuilder &builder);
  LogicalResult handOnAll(ArrayRef<Operation *> operations, const GradientRules &rules,
                          OpBuilder &builder);
  LogicalResult walk(const GradientRules &rules, OpBuilder &builder);
  void tellWhereItEnds(Value parameter);
  LogicalResult walkAgain(const Segment &segment, const GradientRules &rules, OpBuilder &builder);

  Value scalar;
  ArrayRef<Value> values;
  Refusal &refusal;
  Recomputation recomputation;
  llvm::DenseSet<Operation *> needed; ///< for the scalar
  Value seed;                         ///< the gradient of `scalar`; null: 1
  ArrayRef<GradientShare> shares;     ///< of other values
  Adjoints adjoints;
  SmallVector<Operation *> way; ///< active, and the scalar depends on them; in order
};
} // namespace

void ReverseWalk::findWay() {
  adjoints.active.clear();
  way.clear();
  adjoints.active.insert(values.begin(), values.end());
  Block *body = scalar.getParentBlock();
  for (Operation &op : *body) {
    bool reads = llvm::any_of(valuesReadBy(&op),
                              [&](Value value) { return adjoints.active.contains(value); });
    for (Value result : op.getResults())
      if (reads && holdsFloats(result))
        adjoints.active.insert(result);
  }
  needed.clear();
  SmallVector<Value> open{scalar};
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (op && op->getBlock() == body && needed.insert(op).second)
      llvm::append_range(open, valuesReadBy(op));
  }
  for (Operation &op : *body)
    if (needed.contains(&op) && llvm::any_of(op.getResults(), [&](Value result) {
          return adjoints.active.contains(result);
        }))
      way.push_back(&op);
}

/// What bodies compute of sizes becomes constants.
static void inferSizes(func::FuncOp function) {
  ScopedDiagnosticHandler silence(function.getContext(), [](Diagnostic &) { return success(); });
  onnx::SymbolicDims dims(function);
  IRRewriter rewriter(function.getContext());
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
    rewriter.setInsertionPoint(&op);
    if (Replacement constants = foldConstants(rewriter, &op, dims, {smallBytes, false}))
      rewriter.replaceOp(&op, *constants);
  }
}

/// As often as bodies hold further functions.
LogicalResult ReverseWalk::replaceFunctions(const GradientRules &rules) {
  auto function = cast<func::FuncOp>(scalar.getParentBlock()->getParentOp());
  // The scalar may be the result of a function; a return follows it.
  while (true) {
    findWay();
    SmallVector<Operation *> without;
    for (Operation *op : way)
      if (!rules.find(op) && !llvm::is_contained(op->getResults(), scalar))
        without.push_back(op);
    if (without.empty())
      return success();
    Operation *first = without.front();
    FailureOr<bool> replaced = decomposeFunctions(without);
    if (failed(replaced))
      return refusal.because(function, "the body of a function cannot be taken");
    if (*replaced)
      inferSizes(function);
    else
      return refusal.because(first, "lies between what is trained and the loss, and has neither a "
                                    "gradient nor a body of operations that have one");
  }
}

LogicalResult ReverseWalk::checkShapes(Operation *op) {
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Value value : values)
    if (!isOfKnownSize(value)) {
      Operation *source = sourceOfUnknownSize(value);
      return refuseUnknownSize(source ? source : op, refusal);
    }
  return success();
}

LogicalResult ReverseWalk::handOn(Operation *op, const GradientRules &rules, OpBuilder &builder) {
  if (llvm::none_of(op->getResults(), [&](Value result) { return adjoints.sums.lookup(result); }))
    return success();
  GradientRules::Rule rule = rules.find(op);
  if (!rule)
    return refusal.because(op, "has no gradient");
  if (failed(checkShapes(op)))
    return failure();
  Backward backward(op, builder, adjoints);
  if (succeeded(rule(op, backward)))
    return success();
  return refusal.because(op, adjoints.refusal.empty() ? "has no gradient in this form"
                                                      : adjoints.refusal);
}

LogicalResult ReverseWalk::handOnAll(ArrayRef<Operation *> operations, const GradientRules &rules,
                                     OpBuilder &builder) {
  for (Operation *op : llvm::reverse(operations))
    if (failed(handOn(op, rules, builder)))
      return failure();
  return success();
}

/// The copies take the gradients of what they are copies of; that of the cut is what their own cut
/// gets.
LogicalResult ReverseWalk::walkAgain(const Segment &segment, const GradientRules &rules,
                                     OpBuilder &builder) {
  IRMapping map;
  SmallVector<Operation *> copies = recompute(segment, recomputation.unit, builder, adjoints, map);
  auto take = [&](Value value) {
    if (Value known = adjoints.sums.lookup(value))
      adjoints.sums[map.lookup(value)] = known;
  };
  for (Operation *op : segment.operations)
    for (Value result : op->getResults())
      take(result);
  // What it has from elsewhere comes first in the sum, as it does where nothing is forgotten.
  take(segment.cut);
  if (failed(handOnAll(copies, rules, builder)))
    return failure();
  if (Value ofCut = adjoints.sums.lookup(map.lookup(segment.cut)))
    adjoints.sums[segment.cut] = ofCut;
  return success();
}

/// The last segment has just been computed, and the first begins with what is given.
LogicalResult ReverseWalk::walk(const GradientRules &rules, OpBuilder &builder) {
  if (!recomputation.unit || bytesOf(way, adjoints.active) <= recomputation.mostBytes)
    return handOnAll(way, rules, builder);
  SmallVector<Segment> segments = segmentsOf(way, adjoints.active, scalar);
  for (auto [place, segment] : llvm::enumerate(llvm::reverse(segments))) {
    bool isKept = place == 0 || !segment.cut;
    if (failed(isKept ? handOnAll(segment.operations, rules, builder)
                      : walkAgain(segment, rules, builder)))
      return failure();
  }
  return success();
}

/// The scalar may depend on a parameter through integers and conditions alone, as on a mask that is
/// kept as numbers: its gradient is zero, which nobody should have to find out.
void ReverseWalk::tellWhereItEnds(Value parameter) {
  llvm::DenseSet<Value> reached{parameter};
  for (Operation &op : *scalar.getParentBlock()) {
    bool reads =
        llvm::any_of(valuesReadBy(&op), [&](Value value) { return reached.contains(value); });
    if (!reads || !needed.contains(&op) || onnx::asksShape(&op))
      continue;
    if (llvm::none_of(op.getResults(), holdsFloats)) {
      op.emitRemark() << "ends the way of a parameter " << parameter.getType()
                      << " to the loss: integers and conditions have no gradient, so it stays as "
                         "it is";
      return;
    }
    reached.insert(op.result_begin(), op.result_end());
  }
}

FailureOr<SmallVector<Value>> ReverseWalk::run() {
  auto function = cast<func::FuncOp>(scalar.getParentBlock()->getParentOp());
  const GradientRules *rules = GradientRules::of(scalar.getContext());
  if (!rules) {
    (void)refusal.because(function, "no rules of gradients are registered");
    return failure();
  }
  if (failed(replaceFunctions(*rules)))
    return failure();
  OpBuilder builder(scalar.getParentBlock()->getTerminator());
  OnnxBuilder build(builder, function.getLoc());
  adjoints.sums[scalar] = seed ? seed : build.number(1, getElementTypeOrSelf(scalar.getType()));
  for (const GradientShare &share : shares) {
    Value value = share.use->get();
    if (!adjoints.active.contains(value))
      continue;
    Value &sum = adjoints.sums[value];
    sum = sum ? build.add(sum, share.gradient) : share.gradient;
  }
  if (failed(walk(*rules, builder)))
    return failure();
  SmallVector<Value> result;
  for (Value value : values) {
    Value sum = adjoints.sums.lookup(value);
    auto type = cast<RankedTensorType>(value.getType());
    if (!sum)
      tellWhereItEnds(value);
    result.push_back(sum ? sum
                         : build.expand(build.number(0, type.getElementType()),
                                        build.integers(type.getShape())));
  }
  return result;
}

FailureOr<SmallVector<Value>> retort::addGradients(Value scalar, ArrayRef<Value> values,
                                                   Refusal &refusal,
                                                   const Recomputation &recomputation, Value seed,
                                                   ArrayRef<GradientShare> shares) {
  return ReverseWalk(scalar, values, refusal, recomputation, seed, shares).run();
}
