// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Frees every buffer after its last use.
//   %a = memref.alloc() ; "use"(%a) ; ...   ->   %a = memref.alloc() ; "use"(%a) ; memref.dealloc
//   %a ; ...
#include "lib/Codegen/EntryPoint.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace retort {
#define GEN_PASS_DEF_INSERTDEALLOCATIONSPASS
#include "lib/Codegen/InsertDeallocations.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static bool isBuffer(Value value) { return isa<MemRefType>(value.getType()); }

/// The value whose buffer this one is a view of, through views with one source.
static Value rootOf(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// Without casts: they may claim a contiguous layout that the buffer does not have.
static Value withoutCasts(Value value) {
  while (auto cast = value.getDefiningOp<memref::CastOp>())
    value = cast.getSource();
  return value;
}

/// True where a cast calls the buffer contiguous that is not known to be.
static bool hidesLayout(Value value) {
  auto claims = [](Value value) {
    return cast<MemRefType>(value.getType()).getLayout().isIdentity();
  };
  return claims(value) && !claims(withoutCasts(value));
}

/// A new buffer with the contents of `value`.
static Value copyBuffer(OpBuilder &builder, Location loc, Value value) {
  auto type = cast<MemRefType>(value.getType());
  auto plain = MemRefType::get(type.getShape(), type.getElementType());
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (type.isDynamicDim(i))
      sizes.push_back(memref::DimOp::create(builder, loc, value, i));
  Value copy = memref::AllocOp::create(builder, loc, plain, sizes, builder.getI64IntegerAttr(64));
  memref::CopyOp::create(builder, loc, withoutCasts(value), copy);
  return plain == type ? copy : memref::CastOp::create(builder, loc, type, copy).getResult();
}

namespace {
/// Works on one function, block by block, innermost blocks last: a block only looks at ops below
/// it.
class Deallocator {
public:
  explicit Deallocator(func::FuncOp func) : func(func), builder(func.getContext()) {}
  void run(Block &block);

private:
  bool isOwned(Value value, Block &block);
  Operation *lastUse(Value owner, Block &block);
  void handOn(Operation *op, MutableArrayRef<OpOperand> operands, Block &block);
  void returnState(OpOperand &operand, unsigned argument);
  void free(Value owner, Block &block);

  func::FuncOp func;
  OpBuilder builder;
  llvm::DenseSet<Value> handedOn; // owners whose buffer has passed to somebody else
};
} // namespace

/// Owners are allocations, results of operations with regions, and the arguments of the blocks of
/// loops.
bool Deallocator::isOwned(Value value, Block &block) {
  if (value.getParentBlock() != &block || !isBuffer(value))
    return false;
  if (auto result = dyn_cast<OpResult>(value))
    return isa<memref::AllocOp>(result.getOwner()) || result.getOwner()->getNumRegions() > 0;
  return block.getParentOp() != func;
}

/// Visits every operation that uses the owner or a view of it.
static void forEachUser(Value owner, function_ref<void(Operation *)> visit) {
  SmallVector<Value> views{owner};
  llvm::DenseSet<Value> seen{owner};
  while (!views.empty())
    for (Operation *user : views.pop_back_val().getUsers()) {
      visit(user);
      if (isa<ViewLikeOpInterface, arith::SelectOp>(user))
        for (Value view : user->getResults())
          if (seen.insert(view).second)
            views.push_back(view);
    }
}

/// The last operation of the block that uses the owner or a view of it; null where there is none.
Operation *Deallocator::lastUse(Value owner, Block &block) {
  Operation *last = nullptr;
  forEachUser(owner, [&](Operation *user) {
    Operation *here = block.findAncestorOpInBlock(*user);
    if (!last || last->isBeforeInBlock(here))
      last = here;
  });
  return last;
}

/// True where regions of `op` use the owner or a view of it.
static bool isUsedInside(Value owner, Operation *op) {
  bool inside = false;
  forEachUser(owner, [&](Operation *user) { inside |= op->isProperAncestor(user); });
  return inside;
}

/// `op` takes over the buffers of `operands`: each has to be owned here, used last here, and handed
/// on once.
void Deallocator::handOn(Operation *op, MutableArrayRef<OpOperand> operands, Block &block) {
  for (OpOperand &operand : operands) {
    if (!isBuffer(operand.get()))
      continue;
    Value root = rootOf(operand.get());
    if (!hidesLayout(operand.get()) && isOwned(root, block) && lastUse(root, block) == op &&
        !isUsedInside(root, op) && handedOn.insert(root).second)
      continue;
    builder.setInsertionPoint(op);
    operand.set(copyBuffer(builder, op->getLoc(), operand.get()));
    handedOn.insert(rootOf(operand.get()));
  }
}

/// The updated state is the argument's own buffer; where bufferization made another one, its
/// contents move back.
void Deallocator::returnState(OpOperand &operand, unsigned argument) {
  Value state = func.getArgument(argument);
  if (operand.get() == state)
    return;
  builder.setInsertionPoint(operand.getOwner());
  memref::CopyOp::create(builder, operand.getOwner()->getLoc(), withoutCasts(operand.get()), state);
  operand.set(state);
}

void Deallocator::free(Value owner, Block &block) {
  if (handedOn.contains(owner))
    return;
  Operation *last = lastUse(owner, block);
  if (last && last->hasTrait<OpTrait::IsTerminator>())
    builder.setInsertionPoint(last);
  else if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointAfterValue(owner);
  memref::DeallocOp::create(builder, owner.getLoc(), owner);
}

void Deallocator::run(Block &block) {
  // 1. What leaves the block, or enters a loop, changes hands.
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isa<scf::ForOp, scf::WhileOp>(op))
      handOn(&op, op.getOpOperands(), block);
    if (!op.hasTrait<OpTrait::IsTerminator>())
      continue;
    if (isa<func::ReturnOp>(op)) {
      for (OpOperand &operand : op.getOpOperands())
        if (auto state = stateOfResult(func, operand.getOperandNumber()))
          returnState(operand, *state);
        else
          handOn(&op, operand, block);
    } else if (isa<scf::YieldOp, scf::ConditionOp>(op)) {
      handOn(&op, op.getOpOperands(), block);
    }
  }
  // 2. What stays is freed.
  SmallVector<Value> owners;
  for (Value argument : block.getArguments())
    if (isOwned(argument, block))
      owners.push_back(argument);
  for (Operation &op : block)
    for (Value result : op.getResults())
      if (isOwned(result, block))
        owners.push_back(result);
  for (Value owner : owners)
    free(owner, block);
  // 3. Blocks below; bodies of linalg operations hold no buffers.
  for (Operation &op : block)
    if (isa<scf::SCFDialect>(op.getDialect()))
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          run(inner);
}

namespace {
struct InsertDeallocationsPass
    : retort::impl::InsertDeallocationsPassBase<InsertDeallocationsPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      for (Block &block : func.getBody())
        Deallocator(func).run(block);
  }
};
} // namespace
