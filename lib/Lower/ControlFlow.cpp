// If, Loop and Scan.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

static RankedTensorType heldType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.clone(storageType(tensor.getElementType()));
}

/// The one element of a tensor.
static Value onlyElement(Emitter &e, Value tensor) {
  return e.extract(tensor, SmallVector<Value>(rankOf(tensor), e.index(0)));
}

/// Lowers a branch, whose values take the types of the operation's results.
static LogicalResult lowerBranch(Emitter &e, const Lowering &lowering, Region &region,
                                 TypeRange types) {
  auto values = lowering.lowerBlock(e, region.front());
  if (failed(values))
    return failure();
  SmallVector<Value> results;
  for (auto [value, type] : llvm::zip(*values, types))
    results.push_back(e.castTo(value, type));
  scf::YieldOp::create(e, results);
  return success();
}

static LogicalResult lowerIf(Emitter &e, const Lowering &lowering, onnx::IfOp op) {
  Value condition = onlyElement(e, e.get(op.getCond()));
  if (auto known = constantOf(condition)) {
    auto values =
        lowering.lowerBlock(e, (*known ? op.getThenBranch() : op.getElseBranch()).front());
    if (failed(values))
      return failure();
    for (auto [result, value] : llvm::zip(op->getResults(), *values))
      e.set(result, value);
    return success();
  }
  SmallVector<Type> types =
      llvm::map_to_vector(op->getResultTypes(), [](Type type) -> Type { return heldType(type); });
  auto branch =
      scf::IfOp::create(e, types, condition, /*addThenBlock=*/true, /*addElseBlock=*/true);
  for (auto [block, region] : {std::pair(branch.thenBlock(), &op.getThenBranch()),
                               {branch.elseBlock(), &op.getElseBranch()}}) {
    Emitter::Nested nested(e);
    e.setInsertionPointToStart(block);
    if (failed(lowerBranch(e, lowering, *region, types)))
      return failure();
  }
  for (auto [result, value] : llvm::zip(op->getResults(), branch.getResults()))
    e.set(result, value);
  return success();
}

/// The list with one more element at its end.
static Value append(Emitter &e, Value list, Value element) {
  SmallVector<Value> sizes = e.dims(element), offsets(rankOf(list), e.index(0));
  Value count = e.dim(list, 0);
  sizes.insert(sizes.begin(), e.add(count, e.index(1)));
  Value longer = e.insert(list, e.empty(sizes, elementType(element)), offsets);
  offsets[0] = count;
  sizes[0] = e.index(1);
  longer = e.insert(e.reshape(element, sizes), longer, offsets);
  return e.castTo(longer, list.getType());
}

/// A list of no elements that has the type of a result, but for its length.
static Value emptyList(Emitter &e, Type type) {
  RankedTensorType held = heldType(type);
  SmallVector<int64_t> shape(held.getShape());
  shape[0] = ShapedType::kDynamic;
  SmallVector<Value> sizes;
  for (int64_t size : shape)
    sizes.push_back(e.index(ShapedType::isDynamic(size) ? 0 : size));
  return e.castTo(e.empty(sizes, held.getElementType()), held.clone(shape));
}

namespace {
/// A loop at work: `carried` are index, condition, states and lists of scanned outputs, in this
/// order.
struct LoopBuilder {
  Emitter &e;
  SmallVector<Value> start;
  /// Builds an iteration's next values; null on failure.
  using Body = function_ref<FailureOr<SmallVector<Value>>(ValueRange carried)>;

  FailureOr<SmallVector<Value>> run(Value limit, Body body) {
    SmallVector<Type> types = llvm::to_vector(ValueRange(start).getTypes());
    SmallVector<Location> locations(types.size(), e.getLoc());
    auto loop = scf::WhileOp::create(e, types, start);
    Block *before = e.createBlock(&loop.getBefore(), {}, types, locations);
    {
      Emitter::Nested nested(e);
      e.setInsertionPointToStart(before);
      Value goOn = before->getArgument(1);
      if (limit)
        goOn = e.both(goOn, e.less(before->getArgument(0), limit));
      scf::ConditionOp::create(e, goOn, before->getArguments());
    }
    Block *after = e.createBlock(&loop.getAfter(), {}, types, locations);
    {
      Emitter::Nested nested(e);
      e.setInsertionPointToStart(after);
      auto next = body(after->getArguments());
      if (failed(next))
        return failure();
      scf::YieldOp::create(e, *next);
    }
    e.setInsertionPointAfter(loop);
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  /// What an iteration carries on: `values` are the new states, then an element for each list.
  SmallVector<Value> next(ValueRange carried, Value condition, ArrayRef<Value> values,
                          unsigned states) {
    SmallVector<Value> next{e.add(carried[0], e.index(1)), condition};
    for (auto [i, value] : llvm::enumerate(values)) {
      Value before = carried[2 + i];
      next.push_back(i < states ? e.castTo(value, before.getType()) : append(e, before, value));
    }
    return next;
  }

  /// States and lists are the results of the operation.
  LogicalResult finish(Operation *op, const FailureOr<SmallVector<Value>> &results) {
    if (failed(results))
      return failure();
    for (auto [result, value] : llvm::zip(op->getResults(), llvm::drop_begin(*results, 2)))
      e.set(result, value);
    return success();
  }
};
} // namespace

static LogicalResult lowerLoop(Emitter &e, const Lowering &lowering, onnx::LoopOp op) {
  Block &body = op.getBody().front();
  unsigned states = op.getVInitial().size();
  Value limit = op.getM() ? e.toIndex(onlyElement(e, e.get(op.getM()))) : Value();
  Value condition =
      op.getCond() ? onlyElement(e, e.get(op.getCond())) : e.integer(1, e.getI1Type());
  LoopBuilder loop{e, {e.index(0), condition}};
  for (auto [i, value] : llvm::enumerate(op.getVInitial()))
    loop.start.push_back(e.castTo(e.get(value), heldType(op->getResult(i).getType())));
  for (Value result : op->getResults().drop_front(states))
    loop.start.push_back(emptyList(e, result.getType()));
  auto results = loop.run(limit, [&](ValueRange carried) -> FailureOr<SmallVector<Value>> {
    e.set(body.getArgument(0), e.fromScalars(RankedTensorType::get({}, e.getI64Type()),
                                             e.fromIndex(carried[0], e.getI64Type())));
    e.set(body.getArgument(1), e.fromScalars(RankedTensorType::get({}, e.getI1Type()), carried[1]));
    for (unsigned i = 0; i < states; ++i)
      e.set(body.getArgument(2 + i), carried[2 + i]);
    auto values = lowering.lowerBlock(e, body);
    if (failed(values))
      return failure();
    return loop.next(carried, onlyElement(e, values->front()),
                     ArrayRef<Value>(*values).drop_front(), states);
  });
  return loop.finish(op, results);
}

/// Whether all of a list of axes or directions are zero.
static bool isPlain(std::optional<ArrayRef<int64_t>> list) {
  return !list || llvm::all_of(*list, [](int64_t i) { return i == 0; });
}

static LogicalResult lowerScan(Emitter &e, const Lowering &lowering, onnx::ScanOp op) {
  if (!isPlain(op.getScanInputDirections()) || !isPlain(op.getScanOutputDirections()) ||
      !isPlain(op.getScanInputAxes()) || !isPlain(op.getScanOutputAxes()))
    return op.emitOpError(
        "over other axes than the first, or backwards, has no lowering to CPU code");
  Block &body = op.getBody().front();
  unsigned inputs = op.getNumScanInputs(), states = op->getNumOperands() - inputs;
  LoopBuilder loop{e, {e.index(0), e.integer(1, e.getI1Type())}};
  for (unsigned i = 0; i < states; ++i)
    loop.start.push_back(e.castTo(e.get(op->getOperand(i)), heldType(op->getResult(i).getType())));
  for (Value result : op->getResults().drop_front(states))
    loop.start.push_back(emptyList(e, result.getType()));
  Value limit = e.dim(e.get(op->getOperand(states)), 0);
  auto results = loop.run(limit, [&](ValueRange carried) -> FailureOr<SmallVector<Value>> {
    for (unsigned i = 0; i < states; ++i)
      e.set(body.getArgument(i), carried[2 + i]);
    for (unsigned i = 0; i < inputs; ++i) {
      Value list = e.get(op->getOperand(states + i));
      SmallVector<Value> sizes = e.dims(list), offsets(sizes.size(), e.index(0));
      offsets[0] = carried[0];
      sizes[0] = e.index(1);
      Value row = e.slice(list, offsets, sizes);
      e.set(body.getArgument(states + i), e.reshape(row, ArrayRef<Value>(sizes).drop_front()));
    }
    auto values = lowering.lowerBlock(e, body);
    if (failed(values))
      return failure();
    return loop.next(carried, carried[1], *values, states);
  });
  return loop.finish(op, results);
}

void retort::addControlFlowLowerings(Lowering &lowering) {
  lowering.add(lowerIf);
  lowering.add(lowerLoop);
  lowering.add(lowerScan);
}
