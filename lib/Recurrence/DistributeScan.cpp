// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits the parts of a Scan's body in front of it, and then what it gave.
#include "lib/Recurrence/ScanParts.h"
#include "lib/Recurrence/StateUpdate.h"
#include "lib/Recurrence/SumWindows.h"
#include "lib/Recurrence/VectorForm.h"
#include "lib/Support/Refusal.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL_DISTRIBUTESCANPASS
#define GEN_PASS_DEF_DISTRIBUTESCANPASS
#include "lib/Recurrence/DistributeScan.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType rankedType(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

namespace {
class Distribution {
public:
  Distribution(ScanBody &body, Refusals &missed)
      : body(body), builder(body.scan()), b(builder, body.scan().getLoc()), missed(missed) {}
  void run();
  unsigned sequentialParts() const { return left; }

private:
  void takeInputs();
  void emit(ScanPart &part);
  void emitOperation(Operation *op);
  bool emitRetention(ScanPart &part);
  void emitSequence(ScanPart &part);
  bool leaves(OpOperand &use, const ScanPart &part, const DenseSet<Operation *> &inside);
  void emitDelay(unsigned state);
  using Values = llvm::SmallSetVector<Value, 8>;
  void collectValues(const ScanPart &part, Values &taken, Values &given);
  Value overTime(Value value);
  void replaceResults();

  /// Entry i of an attribute of the Scan; 0 where it is left out.
  static int64_t entry(std::optional<ArrayRef<int64_t>> list, unsigned i) {
    return list && i < list->size() ? (*list)[i] : 0;
  }
  /// A list with its axis in front, or back in its place, and from its end where it was read so.
  Value toFront(Value list, unsigned input);
  Value fromFront(Value list, unsigned output);
  Value reversed(Value list);

  ScanBody &body;
  OpBuilder builder;
  OnnxBuilder b;
  ValuesOverTime values;
  Refusals &missed; ///< why what does not follow from its state stays in a loop
  unsigned left = 0;
};
} // namespace

Value Distribution::reversed(Value list) {
  int64_t lowest = std::numeric_limits<int64_t>::min() + 1;
  auto made = onnx::SliceOp::create(builder, b.location(), list.getType(), list, b.integers(-1),
                                    b.integers(lowest), b.integers(0), b.integers(-1));
  return made.getResult();
}

Value Distribution::toFront(Value list, unsigned input) {
  int64_t rank = rankedType(list).getRank(), axis = entry(body.scan().getScanInputAxes(), input);
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  axis += axis < 0 ? rank : 0;
  order.erase(order.begin() + axis);
  order.insert(order.begin(), axis);
  Value moved = b.transpose(list, order);
  return entry(body.scan().getScanInputDirections(), input) ? reversed(moved) : moved;
}

Value Distribution::fromFront(Value list, unsigned output) {
  if (entry(body.scan().getScanOutputDirections(), output))
    list = reversed(list);
  int64_t rank = rankedType(list).getRank(), axis = entry(body.scan().getScanOutputAxes(), output);
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(1, rank));
  order.insert(order.begin() + (axis < 0 ? axis + rank : axis), 0);
  return b.transpose(list, order);
}

void Distribution::takeInputs() {
  for (unsigned i = 0; i < body.numInputs(); ++i)
    values.all[body.input(i)] = toFront(body.scan()->getOperand(body.numStates() + i), i);
}

/// A value of the body for all steps, also where it is the same in each.
Value Distribution::overTime(Value value) {
  if (values.varies(value))
    return values.all.lookup(value);
  Value same = values.fixed(value);
  SmallVector<int64_t> ones(rankedType(same).getRank(), 1);
  Value steps = b.size(values.all.lookup(body.input(0)), 0);
  Value shape = ones.empty() ? steps : b.concat({steps, b.integers(ones)}, 0);
  return b.expand(b.unsqueeze(same, {0}), shape);
}

/// What a state holds in step t is what it was given in step t - 1.
void Distribution::emitDelay(unsigned i) {
  ScanState &state = body.states()[i];
  Value seen = b.concat({b.unsqueeze(state.start, {0}), overTime(body.next(i))}, 0);
  values.all[state.value] = b.slice(seen, 0, 0, -1);
  state.last = b.squeeze(b.slice(seen, 0, -1, std::numeric_limits<int64_t>::max()), {0});
}

static bool isZero(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto filled = dyn_cast<onnx::ConstantOfShapeOp>(op)) {
      auto number = filled->getAttrOfType<DenseElementsAttr>("value");
      return !number ||
             (isa<FloatType>(number.getElementType()) && number.getSplatValue<APFloat>().isZero());
    }
    if (scalarOf(value))
      return scalarOf(value) == 0.0;
    if (auto constant = op->getAttrOfType<DenseElementsAttr>("value");
        constant && op->getNumOperands() == 0)
      return constant.isSplat() && isa<FloatType>(constant.getElementType()) &&
             constant.getSplatValue<APFloat>().isZero();
    if (!onnx::movesAll(op) && !isa<onnx::SliceOp, onnx::GatherOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return false;
}

bool Distribution::emitRetention(ScanPart &part) {
  if (part.operations.size() != 1 || part.states.size() != 1)
    return false;
  auto step = dyn_cast<llm::RetentionOp>(part.operations.front());
  ScanState &state = body.states()[part.states.front()];
  if (!step || step.getState() != state.value || step.getPresentState() != body.next(state))
    return false;
  values.same[state.value] = state.start;
  Refusal why;
  if (failed(computeOverTime(builder, step, values, why))) {
    missed.add(why, step.getLoc());
    return false;
  }
  state.last = values.fixed(step.getPresentState());
  if (isZero(state.start))
    state.last.getDefiningOp<llm::RetentionOp>().getStateMutable().clear();
  return true;
}

void Distribution::emitOperation(Operation *op) {
  bool varies = llvm::any_of(op->getOperands(), [&](Value each) { return values.varies(each); });
  if (!varies && op->getNumRegions() == 0) {
    Operation *copy = builder.clone(*op);
    for (OpOperand &operand : copy->getOpOperands())
      operand.set(values.fixed(operand.get()));
    copy->removeAttr("onnx.name");
    copy->removeAttr("onnx.outputs");
    (void)onnx::inferTypes(copy);
    for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults()))
      values.same[from] = to;
    return;
  }
  Refusal why;
  if (succeeded(computeOverTime(builder, op, values, why)))
    return;
  missed.add(why, op->getLoc());
  ScanPart alone;
  alone.operations = {op};
  emitSequence(alone);
}

/// Whether a use of a value of a part asks for it in every step.
bool Distribution::leaves(OpOperand &use, const ScanPart &part,
                          const DenseSet<Operation *> &inside) {
  if (use.getOwner() != body.block().getTerminator())
    return !inside.contains(use.getOwner());
  for (auto [i, state] : llvm::enumerate(body.states())) {
    if (state.end != use.getOperandNumber())
      continue;
    if (state.isParted())
      return false;
    return !llvm::is_contained(part.states, i) ||
           llvm::any_of(state.value.getUses(), [&](OpOperand &each) {
             return each.getOwner() != body.block().getTerminator() &&
                    !inside.contains(each.getOwner());
           });
  }
  return true; // an element of a list
}

/// What a part takes that changes from step to step, and what is asked of it in every step.
void Distribution::collectValues(const ScanPart &part, Values &taken, Values &given) {
  DenseSet<Operation *> inside(part.operations.begin(), part.operations.end());
  DenseSet<Value> own;
  for (unsigned state : part.states)
    own.insert(body.states()[state].value);
  for (Operation *op : part.operations) {
    for (Value operand : op->getOperands())
      if (values.varies(operand) && !inside.contains(operand.getDefiningOp()) &&
          !own.contains(operand))
        taken.insert(operand);
    for (Value result : op->getResults()) {
      if (llvm::any_of(result.getUses(), [&](OpOperand &use) { return leaves(use, part, inside); }))
        given.insert(result);
    }
  }
}

/// A Scan of what one part computes.
void Distribution::emitSequence(ScanPart &part) {
  ++left;
  DenseSet<Operation *> inside(part.operations.begin(), part.operations.end());
  Values taken, given;
  collectValues(part, taken, given);
  bool hasInput = !taken.empty();
  if (!hasInput) // the steps have to be counted
    taken.insert(body.input(0));
  OperationState made(b.location(), onnx::ScanOp::getOperationName());
  Block &block = made.addRegion()->emplaceBlock();
  IRMapping mapping;
  for (unsigned state : part.states) {
    ScanState &each = body.states()[state];
    made.addOperands(each.start);
    made.addTypes(each.value.getType());
    mapping.map(each.value, block.addArgument(each.value.getType(), b.location()));
  }
  for (Value value : taken) {
    made.addOperands(values.all.lookup(value));
    BlockArgument argument = block.addArgument(value.getType(), b.location());
    if (hasInput)
      mapping.map(value, argument);
  }
  for (Value value : given) {
    auto type = rankedType(value);
    SmallVector<int64_t> shape{rankedType(values.all.lookup(body.input(0))).getDimSize(0)};
    llvm::append_range(shape, type.getShape());
    made.addTypes(type.clone(shape));
  }
  made.addAttribute("num_scan_inputs", builder.getI64IntegerAttr(taken.size()));
  for (Operation *op : part.operations)
    for (Value operand : op->getOperands())
      if (!mapping.contains(operand) && !inside.contains(operand.getDefiningOp()))
        mapping.map(operand, values.fixed(operand));
  OpBuilder within(builder.getContext()); // the block has no parent yet
  within.setInsertionPointToEnd(&block);
  SmallVector<Value> ends;
  for (Operation *op : part.operations)
    within.clone(*op, mapping);
  for (unsigned state : part.states)
    ends.push_back(mapping.lookupOrDefault(body.next(state)));
  for (Value value : given)
    ends.push_back(mapping.lookup(value));
  onnx::YieldOp::create(within, b.location(), ends);
  Operation *scan = builder.create(made);
  for (auto [i, state] : llvm::enumerate(part.states))
    body.states()[state].last = scan->getResult(i);
  for (auto [i, value] : llvm::enumerate(given))
    values.all[value] = scan->getResult(part.states.size() + i);
  // What others read of a state.
  for (unsigned state : part.states) {
    ScanState &each = body.states()[state];
    if (values.varies(body.next(state))) {
      Value last = each.last;
      emitDelay(state);
      each.last = last;
    }
  }
}

void Distribution::emit(ScanPart &part) {
  if (part.isRecurrent) {
    if (!emitRetention(part))
      emitSequence(part);
  } else if (!part.states.empty()) {
    emitDelay(part.states.front());
  } else {
    emitOperation(part.operations.front());
  }
}

/// Whether all that is known of the sizes of `other` is known of those of `type`.
static bool saysMore(RankedTensorType type, RankedTensorType other) {
  if (!type || !other)
    return type != nullptr;
  return type.getElementType() == other.getElementType() && type.getRank() == other.getRank() &&
         llvm::all_of(llvm::zip_equal(type.getShape(), other.getShape()), [](auto sizes) {
           auto [size, known] = sizes;
           return ShapedType::isDynamic(known) || size == known;
         });
}

void Distribution::replaceResults() {
  IRRewriter rewriter(builder);
  onnx::ScanOp scan = body.scan();
  for (auto [i, result] : llvm::enumerate(scan->getResults())) {
    if (result.use_empty())
      continue;
    Value made = i < body.numStates()
                     ? body.lastOf(i, b)
                     : fromFront(overTime(body.output(i - body.numStates())), i - body.numStates());
    if (made.getType() != result.getType() && saysMore(rankedType(result), rankedType(made)) &&
        made.getDefiningOp() && made.getDefiningOp()->getNumOperands() > 0)
      made.setType(result.getType());
    onnx::replaceValue(rewriter, result, made);
  }
  // Where a part tells more than the Scan did.
  auto function = cast<func::FuncOp>(scan->getParentOp());
  TypeRange returned = scan->getBlock()->getTerminator()->getOperandTypes();
  function.setType(builder.getFunctionType(function.getArgumentTypes(), returned));
  scan->erase();
}

static void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void Distribution::run() {
  eraseDead(body.block()); // views of states that have become others
  takeInputs();
  for (ScanPart &part : findScanParts(body))
    emit(part);
  replaceResults();
}

/// Why a Scan stays as it is; empty where it does not have to.
static Refusal whyNotParted(onnx::ScanOp scan) {
  Block &block = scan.getBody().front();
  auto isRanked = [](Value value) { return bool(dyn_cast<RankedTensorType>(value.getType())); };
  if (scan.getNumScanInputs() < 1)
    return "it scans no list";
  for (ValueRange group :
       {ValueRange(scan->getOperands()), ValueRange(scan->getResults()),
        ValueRange(block.getArguments()), ValueRange(block.getTerminator()->getOperands())})
    if (!llvm::all_of(group, isRanked))
      return "it holds values whose number of axes is not known";
  for (Operation &op : block.without_terminator()) {
    if (op.getNumRegions() > 0)
      return "its body holds other graphs";
    if (!llvm::all_of(op.getResults(), isRanked))
      return "it holds values whose number of axes is not known";
  }
  return {};
}

/// Turns updates of states into retentions of one row.
static void recognizeUpdates(ScanBody &body, Refusals &missed) {
  for (unsigned i = 0; i < body.states().size(); ++i) {
    ScanState state = body.states()[i];
    if (state.isParted() || !body.next(i).getDefiningOp() || !rankedType(state.value) ||
        rankedType(state.value).getRank() < 2)
      continue;
    // What is computed without the state is a delay.
    Refusal why;
    auto isNextOnly = [&](OpOperand &use) {
      return use.getOwner() == body.block().getTerminator() && use.getOperandNumber() == state.end;
    };
    auto made = replaceUpdate(state.value, body.next(i), isNextOnly, why);
    if (failed(made)) {
      if (why.reason != noUpdate)
        missed.add(why, body.next(i).getLoc());
      continue;
    }
    // The retention's own layout becomes that of the state.
    llm::RetentionOp step = *made;
    Value view = step.getState();
    OpBuilder builder(body.scan());
    OnnxBuilder b(builder, body.scan().getLoc());
    // The view of the start, by the same operations.
    SmallVector<Operation *> chain;
    for (Value at = view; at != state.value; at = at.getDefiningOp()->getOperand(0))
      chain.push_back(at.getDefiningOp());
    IRMapping mapping;
    mapping.map(state.value, state.start);
    for (Operation *op : llvm::reverse(chain)) {
      for (Value operand : llvm::drop_begin(op->getOperands()))
        if (Operation *constant = operand.getDefiningOp();
            constant && constant->getBlock() == &body.block() && !mapping.contains(operand))
          builder.clone(*constant, mapping);
      builder.clone(*op, mapping);
    }
    unsigned part = body.addState(mapping.lookup(view), view.getType(), step.getPresentState());
    ScanState &old = body.states()[i];
    step.getStateMutable().assign(body.states()[part].value);
    old.parts = {part};
    body.block().getTerminator()->setOperand(old.end, old.value);
    SmallVector<int64_t> order; // of a transposition in front
    for (Operation *op : chain)
      if (auto transpose = dyn_cast<onnx::TransposeOp>(op))
        order.assign(transpose.getPerm()->begin(), transpose.getPerm()->end());
    SmallVector<int64_t> shape(rankedType(state.value).getShape()), moved(shape);
    for (auto [to, from] : llvm::enumerate(order))
      moved[to] = shape[from];
    llvm::replace(moved, ShapedType::kDynamic, int64_t(-1));
    SmallVector<int64_t> inverse(order.size());
    for (auto [to, from] : llvm::enumerate(order))
      inverse[from] = to;
    old.join = [moved, inverse](OnnxBuilder &b, ArrayRef<Value> values) {
      Value shaped = b.reshape(values.front(), moved);
      return inverse.empty() ? shaped : b.transpose(shaped, inverse);
    };
  }
}

namespace {
struct DistributeScanPass : retort::impl::DistributeScanPassBase<DistributeScanPass> {
  void runOnOperation() override {
    SmallVector<onnx::ScanOp> found;
    getOperation().walk([&](onnx::ScanOp scan) {
      if (isa<func::FuncOp>(scan->getParentOp()))
        found.push_back(scan);
    });
    Refusals missed;
    for (onnx::ScanOp scan : found) {
      if (Refusal why = whyNotParted(scan); !why.empty()) {
        missed.add(why, scan.getLoc());
        continue;
      }
      ScanBody body(scan);
      partStates(body);
      Refusals updates;
      recognizeUpdates(body, updates);
      Distribution distribution(body, missed);
      Block *around = scan->getBlock();
      distribution.run();
      sumWindows(*around);
      eraseDead(*around);
      ++scans;
      left += distribution.sequentialParts();
      reportMissed(updates, "recognize-retention", "recognize");
    }
    reportMissed(missed, getArgument(), "recognize");
  }
};
} // namespace
