// Shares the work of large kernels among the threads of the runtime.
//   func @kernel(args) { loops }
// ->
//   func @kernel_part(args, ranges) { loops over the ranges }
//   func @kernel_body(context, part, parts) { kernel_part(args, ranges of the part) }
//   func @kernel(args) { if much to do: retort_parallel(kernel_body, args)
//                        else: kernel_part(args, all) }
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {
#define GEN_PASS_DEF_PARALLELIZEKERNELSPASS
#include "lib/Codegen/ParallelizeKernels.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Operations on single numbers that are worth telling another thread about: some 8 microseconds of
/// one, where a region costs one.
static constexpr int64_t enough = 1 << 18;
/// Ranges of the innermost loop are multiples of this, so that they vectorize and share no line of
/// the cache. Rounds of a loop over tiles are wide enough.
static constexpr int64_t grain = 16;

namespace {
/// A kernel as a nest of loops, and the two loops that may be shared.
struct Nest {
  func::FuncOp kernel;
  SmallVector<scf::ForOp> loops;
  unsigned outer = 0, inner = 0;
  int64_t grain = 1; // of the inner one
  int64_t cost = 0;  // operations in the innermost body
  Value work;        // the same, where the caller of the kernel knows it
};

class Parallelizer {
public:
  explicit Parallelizer(ModuleOp module)
      : module(module), types(module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}
  void run(Nest &nest);

private:
  func::FuncOp makePart(Nest &nest);
  func::FuncOp makeBody(Nest &nest, func::FuncOp part, LLVM::LLVMStructType context);
  LLVM::LLVMStructType contextType(Nest &nest);
  LLVM::LLVMFuncOp parallelFunction();

  ModuleOp module;
  LLVMTypeConverter types;
  Type pointer;
};
} // namespace

/// Operations on single numbers in a block; loops inside count some tens of rounds.
static int64_t costOf(Block &block) {
  int64_t cost = 0;
  for (Operation &op : block) {
    int64_t inside = 0;
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        inside += costOf(inner);
    bool isSlow = isa<math::MathDialect>(op.getDialect()) || isa<arith::DivFOp>(op);
    auto vector = op.getNumResults() ? dyn_cast<VectorType>(op.getResult(0).getType()) : nullptr;
    cost += isa<scf::ForOp>(op) ? 32 * inside : inside;
    cost += isSlow   ? 8
            : vector ? vector.getNumElements()
                     : isa<arith::ArithDialect, memref::MemRefDialect>(op.getDialect());
  }
  return cost;
}

/// The loops of a kernel from outermost to innermost; nothing where there is not enough to share
/// for certain.
static std::optional<Nest> findNest(func::FuncOp kernel) {
  auto kinds = kernel->getAttrOfType<StringAttr>("retort.kernel");
  if (!kinds || kinds.empty() || !kernel.getBody().hasOneBlock())
    return std::nullopt;
  Nest nest;
  nest.kernel = kernel;
  Block *block = &kernel.getBody().front();
  while (nest.loops.size() < kinds.size()) {
    auto loops = block->getOps<scf::ForOp>();
    if (loops.empty())
      return std::nullopt;
    nest.loops.push_back(*loops.begin());
    block = nest.loops.back().getBody();
  }
  nest.cost = costOf(*block);
  for (BlockArgument argument : kernel.getArguments())
    if (kernel.getArgAttr(argument.getArgNumber(), "retort.work"))
      nest.work = argument;
  std::optional<unsigned> first, last;
  int64_t known = nest.work ? 0 : nest.cost;
  for (auto [i, kind] : llvm::enumerate(kinds.getValue())) {
    auto size = getConstantIntValue(nest.loops[i].getUpperBound());
    known = size && known ? known * *size : 0;
    if (kind == 'r' || size == 1)
      continue;
    first = first.value_or(i);
    last = i;
  }
  if (!first || (known > 0 && known < enough))
    return std::nullopt;
  nest.outer = *first;
  nest.inner = *last;
  nest.grain = kinds.getValue()[*last] == 't' ? 1 : grain;
  return nest;
}

/// The kernel with the ranges of its two loops as arguments.
func::FuncOp Parallelizer::makePart(Nest &nest) {
  auto part = nest.kernel.clone();
  part.setName((nest.kernel.getName() + "_part").str());
  unsigned count = part.getNumArguments();
  Type index = IndexType::get(part.getContext());
  for (unsigned i = 0; i < 4; ++i)
    (void)part.insertArgument(count + i, index, {}, part.getLoc());
  auto copy = findNest(part);
  copy->loops[nest.outer].setLowerBound(part.getArgument(count));
  copy->loops[nest.outer].setUpperBound(part.getArgument(count + 1));
  if (nest.inner != nest.outer) {
    copy->loops[nest.inner].setLowerBound(part.getArgument(count + 2));
    copy->loops[nest.inner].setUpperBound(part.getArgument(count + 3));
  }
  module.push_back(part);
  return part;
}

/// What a thread has to know: the kernel's arguments, and the sizes of the two loops.
LLVM::LLVMStructType Parallelizer::contextType(Nest &nest) {
  SmallVector<Type> members;
  for (Type type : nest.kernel.getArgumentTypes())
    members.push_back(types.convertType(type));
  Type integer = IntegerType::get(module.getContext(), 64);
  members.append({integer, integer});
  return LLVM::LLVMStructType::getLiteral(module.getContext(), members);
}

LLVM::LLVMFuncOp Parallelizer::parallelFunction() {
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>("retort_parallel"))
    return known;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), {pointer, pointer});
  return LLVM::LLVMFuncOp::create(builder, module.getLoc(), "retort_parallel", type);
}

/// The range that is part `number` of `count` parts of `size`, in multiples of `step`.
static std::pair<Value, Value> rangeOf(ImplicitLocOpBuilder &b, Value size, Value number,
                                       Value count, int64_t step) {
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(b, value); };
  Value unit = arith::MulIOp::create(b, count, constant(step)); // rounded up, so that all is shared
  Value padded = arith::SubIOp::create(b, arith::AddIOp::create(b, size, unit), constant(1));
  Value share = arith::DivUIOp::create(b, padded, unit);
  share = arith::MulIOp::create(b, share, constant(step));
  Value low = arith::MinUIOp::create(b, arith::MulIOp::create(b, number, share), size);
  Value high = arith::MinUIOp::create(b, arith::AddIOp::create(b, low, share), size);
  return {low, high};
}

func::FuncOp Parallelizer::makeBody(Nest &nest, func::FuncOp part, LLVM::LLVMStructType context) {
  Location loc = nest.kernel.getLoc();
  ImplicitLocOpBuilder b(loc, module.getContext());
  auto body =
      func::FuncOp::create(loc, (nest.kernel.getName() + "_body").str(),
                           b.getFunctionType({pointer, b.getI64Type(), b.getI64Type()}, {}));
  body.setPrivate();
  body->setAttr("retort.kernel", b.getStringAttr(""));
  b.setInsertionPointToStart(body.addEntryBlock());
  auto member = [&](unsigned i) -> Value {
    Value place = LLVM::GEPOp::create(b, pointer, context, body.getArgument(0),
                                      ArrayRef<LLVM::GEPArg>{0, int32_t(i)});
    return LLVM::LoadOp::create(b, context.getBody()[i], place);
  };
  auto asIndex = [&](Value value) -> Value {
    return arith::IndexCastOp::create(b, b.getIndexType(), value);
  };
  SmallVector<Value> arguments;
  unsigned count = nest.kernel.getNumArguments();
  for (auto [i, type] : llvm::enumerate(nest.kernel.getArgumentTypes())) {
    Value value = member(i);
    arguments.push_back(value.getType() == type
                            ? value
                            : UnrealizedConversionCastOp::create(b, type, value).getResult(0));
  }
  Value outerSize = asIndex(member(count)), innerSize = asIndex(member(count + 1));
  Value number = asIndex(body.getArgument(1)), parts = asIndex(body.getArgument(2));
  auto [outerLow, outerHigh] =
      rangeOf(b, outerSize, number, parts, nest.inner == nest.outer ? nest.grain : 1);
  if (nest.inner == nest.outer) {
    arguments.append({outerLow, outerHigh, outerLow, outerHigh});
  } else {
    // The outer loop, unless it has rounds for few parts alone and the inner one has more.
    Value zero = arith::ConstantIndexOp::create(b, 0);
    Value twice = arith::MulIOp::create(b, outerSize, arith::ConstantIndexOp::create(b, 2));
    Value isLong = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, twice, parts);
    Value isLonger = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, outerSize, innerSize);
    Value byOuter = arith::OrIOp::create(b, isLong, isLonger);
    auto [innerLow, innerHigh] = rangeOf(b, innerSize, number, parts, nest.grain);
    auto choose = [&](Value a, Value c) -> Value {
      return arith::SelectOp::create(b, byOuter, a, c);
    };
    arguments.append({choose(outerLow, zero), choose(outerHigh, outerSize), choose(zero, innerLow),
                      choose(innerSize, innerHigh)});
  }
  func::CallOp::create(b, part, arguments);
  func::ReturnOp::create(b);
  module.push_back(body);
  return body;
}

void Parallelizer::run(Nest &nest) {
  LLVM::LLVMStructType context = contextType(nest);
  func::FuncOp part = makePart(nest), body = makeBody(nest, part, context);
  scf::ForOp loop = nest.loops.front();
  ImplicitLocOpBuilder b(nest.kernel.getLoc(), loop);
  // 1. Is there enough to do?
  Value work = nest.work ? nest.work : arith::ConstantIndexOp::create(b, nest.cost).getResult();
  for (scf::ForOp each : nest.loops)
    work = arith::MulIOp::create(b, work, each.getUpperBound());
  Value isEnough = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, work,
                                         arith::ConstantIndexOp::create(b, enough));
  Value outerSize = nest.loops[nest.outer].getUpperBound(),
        innerSize = nest.loops[nest.inner].getUpperBound();
  Value one = LLVM::ConstantOp::create(b, b.getI64Type(), 1);
  Value memory = LLVM::AllocaOp::create(b, pointer, context, one);
  auto choice = scf::IfOp::create(b, isEnough, /*withElseRegion=*/true);
  // 2. Then the threads get the arguments.
  b.setInsertionPointToStart(choice.thenBlock());
  SmallVector<Value> values(nest.kernel.getArguments().begin(), nest.kernel.getArguments().end());
  values.append({outerSize, innerSize});
  for (auto [i, value] : llvm::enumerate(values)) {
    Type type = context.getBody()[i];
    Value held = value;
    if (isa<IndexType>(value.getType()))
      held = arith::IndexCastOp::create(b, type, value);
    else if (value.getType() != type)
      held = UnrealizedConversionCastOp::create(b, type, value).getResult(0);
    LLVM::StoreOp::create(
        b, held,
        LLVM::GEPOp::create(b, pointer, context, memory, ArrayRef<LLVM::GEPArg>{0, int32_t(i)}));
  }
  Value address = func::ConstantOp::create(b, body.getFunctionType(), SymbolRefAttr::get(body));
  address = UnrealizedConversionCastOp::create(b, pointer, address).getResult(0);
  LLVM::CallOp::create(b, parallelFunction(), ValueRange{address, memory});
  // 3. Else this thread does all.
  b.setInsertionPointToStart(choice.elseBlock());
  Value zero = arith::ConstantIndexOp::create(b, 0);
  SmallVector<Value> arguments(nest.kernel.getArguments().begin(),
                               nest.kernel.getArguments().end());
  arguments.append({zero, outerSize, zero, innerSize});
  func::CallOp::create(b, part, arguments);
  loop.erase();
}

namespace {
struct ParallelizeKernelsPass : retort::impl::ParallelizeKernelsPassBase<ParallelizeKernelsPass> {
  void runOnOperation() override {
    Parallelizer parallelizer(getOperation());
    SmallVector<Nest> nests;
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (auto nest = findNest(kernel))
        nests.push_back(*nest);
    for (Nest &nest : nests)
      parallelizer.run(nest);
  }
};
} // namespace
