// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes what methods changed into a copy of the source:
//   1. The values of the source whose counterparts are computed differently are found.
//   2. Each is computed anew, from operations that are copied, and values of the source.
//   3. What was read only for their sake goes.
//
//   source                       before                  after
//   %q = Transpose(%Q)           %q = initializer        %q = DequantizeLinear(%codes, %scales)
//   %y = MatMul(%x, %q)          %y = MatMul(%x, %q)     %y = MatMul(%x, %q)
//   ==> %q = DequantizeLinear(%codes, %scales), %y = MatMul(%x, %q)
#include "lib/Export/RestoreSource.h"
#include "lib/Export/ChangedValues.h"
#include "lib/Export/FusedHeads.h"
#include "lib/Export/RemovedInterface.h"
#include "lib/Export/UncalledFunctions.h"
#include "lib/Raise/Passes.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace retort;

namespace {
class Restoration {
public:
  Restoration(func::FuncOp source, func::FuncOp before, func::FuncOp after)
      : source(source), before(before), after(after) {}

  /// Refuses where an operation needs a value that its place in the source cannot see.
  Refusal run();

private:
  void changeSiblings();
  void replaceChanged(Operation *op);
  void replaceTerminators();
  Value reference(Value value, Operation *place);
  Operation *copy(Operation *op, Operation *place);
  Operation *placeOf(Operation *op, Operation *place) const;
  void eraseUnread();
  void retype();
  void nameCopies();
  void order();

  func::FuncOp source, before, after;
  SourceMap was, is;
  llvm::DenseSet<Value> changed;
  /// What takes the place of a value of the source.
  llvm::DenseMap<Value, Value> replaced;
  llvm::DenseMap<std::pair<Operation *, Block *>, Operation *> copies;
  llvm::SmallPtrSet<Operation *, 16> made;      ///< the copies, and what is in their graphs
  llvm::SmallSetVector<Operation *, 16> unread; ///< or perhaps so
  /// The first value that has no place in the source.
  Value homeless;
  /// The places that the results of the function had before.
  SmallVector<unsigned> placesBefore;
};
} // namespace

static bool sees(Operation *place, Value value) {
  return value.getParentRegion()->isAncestor(place->getParentRegion());
}

/// The type that inference found, where the file says less.
static void refine(Value value, Type type) {
  auto declared = dyn_cast<RankedTensorType>(value.getType());
  auto inferred = dyn_cast<RankedTensorType>(type);
  if (!value.getDefiningOp() || !inferred || value.getDefiningOp<onnx::InitializerOp>())
    return;
  if (!declared || succeeded(verifyCompatibleShape(declared, inferred)))
    value.setType(type);
}

/// Operations that stand in a graph of the source go where that graph holds the place.
Operation *Restoration::placeOf(Operation *op, Operation *place) const {
  Block *block = is.blocks.lookup(op->getBlock());
  Operation *around = block ? block->findAncestorOpInBlock(*place) : nullptr;
  return around ? around : place;
}

Value Restoration::reference(Value value, Operation *place) {
  if (Value original = is.values.lookup(value)) {
    if (Value now = replaced.lookup(original); now && sees(place, now))
      return now;
    if (sees(place, original)) {
      refine(original, value.getType());
      return original;
    }
  }
  if (auto result = dyn_cast<OpResult>(value))
    return copy(result.getOwner(), place)->getResult(result.getResultNumber());
  if (!homeless)
    homeless = value;
  return value;
}

Operation *Restoration::copy(Operation *op, Operation *place) {
  place = placeOf(op, place);
  if (Operation *known = copies.lookup({op, place->getBlock()}))
    return known;
  IRMapping mapping;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!op->isAncestor(operand.getParentRegion()->getParentOp()))
        mapping.map(operand, reference(operand, place));
  });
  Operation *cloned = OpBuilder(place).clone(*op, mapping);
  copies[{op, place->getBlock()}] = cloned;
  cloned->walk([&](Operation *inner) { made.insert(inner); });
  return cloned;
}

void Restoration::replaceChanged(Operation *op) {
  for (Value result : op->getResults()) {
    Value original = is.values.lookup(result);
    if (!original || !changed.contains(original))
      continue;
    Operation *old = original.getDefiningOp();
    Value now = copy(op, old)->getResult(cast<OpResult>(result).getResultNumber());
    original.replaceAllUsesWith(now);
    replaced[original] = now;
    unread.insert(old);
  }
}

/// What graphs yield, where that is another value.
void Restoration::replaceTerminators() {
  ChangedValues compare(was, is);
  llvm::DenseMap<Block *, Block *> old;
  for (auto [block, original] : was.blocks)
    old[original] = block;
  for (auto [block, original] : is.blocks) {
    Operation *now = block->getTerminator(), *target = original->getTerminator();
    Block *earlier = old.lookup(original);
    for (auto [i, value] : llvm::enumerate(now->getOperands())) {
      size_t place = block == &after.front() ? placesBefore[i] : i;
      bool same = earlier && place < earlier->getTerminator()->getNumOperands() &&
                  compare.areSame(earlier->getTerminator()->getOperand(place), value);
      if (same || i >= target->getNumOperands())
        continue;
      if (Operation *old = target->getOperand(i).getDefiningOp())
        unread.insert(old);
      target->setOperand(i, reference(value, target));
    }
  }
}

void Restoration::eraseUnread() {
  for (auto &[place, op] : copies)
    if (op->use_empty())
      unread.insert(op);
  while (!unread.empty()) {
    Operation *op = unread.pop_back_val();
    if (!op->use_empty())
      continue;
    op->walk([&](Operation *inner) {
      unread.remove(inner);
      made.erase(inner);
      for (Value operand : inner->getOperands())
        if (Operation *source = operand.getDefiningOp(); source && !op->isAncestor(source))
          unread.insert(source);
    });
    op->erase();
  }
}

/// Of a value that is computed in several graphs, one has the name.
void Restoration::nameCopies() {
  llvm::StringSet<> names;
  source.walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (!made.contains(op))
        names.insert(onnx::valueName(result));
  });
  source.walk([&](Operation *op) {
    for (Value result : op->getResults()) {
      std::string name = onnx::valueName(result).str(), free = name;
      if (!made.contains(op) || name.empty())
        continue;
      for (int number = 1; !names.insert(free).second; ++number)
        free = name + "_" + std::to_string(number);
      onnx::setValueName(result, free);
    }
  });
}

/// Copies may read what comes later in the file.
void Restoration::order() {
  source.walk([](Block *block) {
    bool sorted = true;
    for (Operation &op : *block)
      op.walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          if (Operation *from = operand.getDefiningOp();
              from && from->getBlock() == block && from != &op && !from->isBeforeInBlock(&op))
            sorted = false;
      });
    if (!sorted)
      sortTopologically(block);
  });
}

/// Where methods made a value smaller, what the file said of its shape, and of those that follow
/// from it, does not hold any more.
void Restoration::retype() {
  llvm::DenseMap<Value, Value> old;
  for (auto [value, original] : was.values)
    old[original] = value;
  llvm::DenseSet<Value> bound;
  SmallVector<Value> pending;
  for (auto [value, original] : is.values) {
    bound.insert(original);
    Value earlier = old.lookup(original);
    if (replaced.contains(original) || !earlier || earlier.getType() == value.getType())
      continue;
    original.setType(value.getType());
    pending.push_back(original);
  }
  while (!pending.empty())
    for (Operation *user : pending.pop_back_val().getUsers())
      for (Value result : user->getResults())
        if (auto type = dyn_cast<RankedTensorType>(result.getType());
            type && !made.contains(user) && !bound.contains(result)) {
          result.setType(UnrankedTensorType::get(type.getElementType()));
          pending.push_back(result);
        }
}

/// One node of the source may compute several values, of which one follows from another in `after`:
/// a norm, and the sum that it is of.
void Restoration::changeSiblings() {
  SmallVector<Value> siblings;
  for (auto [value, original] : is.values)
    if (Operation *node = original.getDefiningOp();
        node && llvm::any_of(node->getResults(), [&](Value v) { return changed.contains(v); }))
      siblings.push_back(original);
  changed.insert(siblings.begin(), siblings.end());
}

Refusal Restoration::run() {
  if (source.getNumArguments() < after.getNumArguments())
    return otherInputs(source, after);
  if (Refusal why =
          removeResults(source, after, placesBefore, [&](Operation *op) { unread.insert(op); });
      !why.empty())
    return why;
  SourceValues values(source);
  was = values.bind(before);
  is = values.bind(after, &was);
  ChangedValues compare(was, is);
  changed = changedValues(after, was, is, compare);
  adaptFusedHeads(source, was, is, changed);
  changeSiblings();
  SmallVector<Operation *> operations;
  after.walk<WalkOrder::PreOrder>([&](Operation *op) { operations.push_back(op); });
  for (Operation *op : operations)
    replaceChanged(op);
  replaceTerminators();
  if (homeless)
    return "'" + onnx::valueName(homeless) + "' has no place in the graph that was read";
  retype();
  eraseUnread();
  if (Refusal why = removeArguments(source, after, is); !why.empty())
    return why;
  nameCopies();
  order();
  Operation *end = source.front().getTerminator();
  source.setType(FunctionType::get(source.getContext(), source.front().getArgumentTypes(),
                                   llvm::to_vector(end->getOperandTypes())));
  return {};
}

static func::FuncOp mainOf(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  return main && !main.isExternal() ? main : func::FuncOp();
}

OwningOpRef<ModuleOp> retort::restoreSource(ModuleOp source, ModuleOp before, ModuleOp after,
                                            OwnFunctions functions, Refusal &why) {
  OwningOpRef<ModuleOp> restored = source.clone();
  PassManager raise(source.getContext());
  if (functions == OwnFunctions::Inline)
    raise.addPass(createInlineFunctionsPass());
  raise.addPass(createExposeDefaultsPass());
  raise.addPass(createRaiseOnnxNodesPass());
  if (failed(raise.run(*restored))) {
    why = "it cannot be raised again";
    return nullptr;
  }
  func::FuncOp main = mainOf(*restored), was = mainOf(before), is = mainOf(after);
  llvm::MapVector<Operation *, std::pair<Location, std::string>> calls;
  for (onnx::NodeOp call : callsOfFunctions(*restored))
    calls.insert({call, {call.getLoc(), call.getOpType().str()}});
  why = main && was && is ? Restoration(main, was, is).run() : Refusal("it has no main function");
  if (!why.empty())
    return nullptr;
  for (onnx::NodeOp call : callsOfFunctions(*restored))
    calls.erase(call);
  for (auto &[call, told] : calls)
    emitRemark(told.first) << "call of '" << told.second
                           << "' becomes its body, in which a method changed a value";
  dropUncalledFunctions(*restored);
  return restored;
}
