// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shares the work of large kernels among the threads of the runtime.
//   func @kernel(args) { loops }
// ->
//   func @kernel_part(args, ranges) { loops over the ranges }
//   func @kernel_body(context, part, parts) { kernel_part(args, ranges of the part) }
//   func @kernel(args) { if much to do: retort_parallel(kernel_body, args)
//                        else: kernel_part(args, all) }
#include "lib/Codegen/PartRanges.h"

#include "dialects/Retort/Names.h"

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
/// Ranges of an innermost loop over elements are multiples of this, so that they vectorize and
/// share no line of the cache.
static constexpr int64_t grain = 16;
namespace {
/// A kernel as a nest of loops, and those that may be shared.
struct Nest {
  func::FuncOp kernel;
  SmallVector<scf::ForOp> loops;
  SmallVector<SharedLoop> shared;
  int64_t cost = 0; // operations in the innermost body
  Value work;       // the same, where the caller of the kernel knows it
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
            : isa<memref::MemRefDialect>(op.getDialect())
                ? 2
                : isa<arith::ArithDialect>(op.getDialect());
  }
  return cost;
}

/// The loops of a kernel from outermost to innermost; nothing where there is not enough to share
/// for certain.
static std::optional<Nest> findNest(func::FuncOp kernel) {
  auto kinds = kernel->getAttrOfType<StringAttr>(names::kernel);
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
    if (kernel.getArgAttr(argument.getArgNumber(), names::work))
      nest.work = argument;
  int64_t known = nest.work ? 0 : nest.cost;
  for (auto [i, kind] : llvm::enumerate(kinds.getValue())) {
    auto size = getConstantIntValue(nest.loops[i].getUpperBound());
    known = size && known ? known * *size : 0;
    bool isElement = kind == 'p' && i + 1 == kinds.size();
    if (kind != 'r' && size != 1)
      nest.shared.push_back({unsigned(i), kind, isElement ? grain : 1});
  }
  if (nest.shared.empty() || (known > 0 && known < enough))
    return std::nullopt;
  return nest;
}

/// The kernel with the ranges of its shared loops as arguments.
func::FuncOp Parallelizer::makePart(Nest &nest) {
  auto part = nest.kernel.clone();
  part.setName((nest.kernel.getName() + "_part").str());
  auto copy = findNest(part);
  Type index = IndexType::get(part.getContext());
  auto addArgument = [&] {
    unsigned count = part.getNumArguments();
    (void)part.insertArgument(count, index, {}, part.getLoc());
    return part.getArgument(count);
  };
  for (const SharedLoop &loop : nest.shared) {
    copy->loops[loop.place].setLowerBound(addArgument());
    copy->loops[loop.place].setUpperBound(addArgument());
  }
  module.push_back(part);
  return part;
}

/// What a thread has to know: the kernel's arguments, and the sizes of the shared loops.
LLVM::LLVMStructType Parallelizer::contextType(Nest &nest) {
  SmallVector<Type> members;
  for (Type type : nest.kernel.getArgumentTypes())
    members.push_back(types.convertType(type));
  members.append(nest.shared.size(), IntegerType::get(module.getContext(), 64));
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

func::FuncOp Parallelizer::makeBody(Nest &nest, func::FuncOp part, LLVM::LLVMStructType context) {
  Location loc = nest.kernel.getLoc();
  ImplicitLocOpBuilder b(loc, module.getContext());
  auto body =
      func::FuncOp::create(loc, (nest.kernel.getName() + "_body").str(),
                           b.getFunctionType({pointer, b.getI64Type(), b.getI64Type()}, {}));
  body.setPrivate();
  body->setAttr(names::kernel, b.getStringAttr(""));
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
  SmallVector<Value> sizes;
  for (unsigned i = 0; i < nest.shared.size(); ++i)
    sizes.push_back(asIndex(member(count + i)));
  Value number = asIndex(body.getArgument(1)), parts = asIndex(body.getArgument(2));
  arguments.append(rangesOfPart(b, nest.shared, sizes, number, parts));
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
  auto sizes = llvm::map_to_vector(nest.shared, [&](const SharedLoop &shared) -> Value {
    return nest.loops[shared.place].getUpperBound();
  });
  Value one = LLVM::ConstantOp::create(b, b.getI64Type(), 1);
  Value memory = LLVM::AllocaOp::create(b, pointer, context, one);
  auto choice = scf::IfOp::create(b, isEnough, /*withElseRegion=*/true);
  // 2. Then the threads get the arguments.
  b.setInsertionPointToStart(choice.thenBlock());
  SmallVector<Value> values(nest.kernel.getArguments().begin(), nest.kernel.getArguments().end());
  values.append(sizes);
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
  for (Value size : sizes)
    arguments.append({zero, size});
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
