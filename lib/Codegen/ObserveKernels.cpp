// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets whoever runs the model watch its kernels.
//   call @kernel_0(%a, %b)
// ->
//   %f = load @retort_observer ; if %f: call %f(0, %layer, operations, bytes)
//   call @kernel_0(%a, %b)
//   if %f: call %f(-1, %layer, 0, 0)
#include "dialects/Retort/FunctionNames.h"
#include "dialects/Retort/Names.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/Support/JSON.h"

namespace retort {
#define GEN_PASS_DEF_OBSERVEKERNELSPASS
#include "lib/Codegen/ObserveKernels.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static constexpr llvm::StringLiteral observerName = "retort_observer", tableName = "retort_calls";

namespace {
class Observation {
public:
  explicit Observation(ModuleOp module)
      : module(module), b(module.getLoc(), module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}
  void observe(func::CallOp call, func::FuncOp kernel);
  /// The pointer, and the table of calls.
  void define();

private:
  Value number(int64_t value) {
    return LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(value));
  }
  Value sizeOf(Value buffer, int64_t axis);
  Value countBytes(Value buffer);
  Value countOperations(func::CallOp call, func::FuncOp kernel);
  Value roundOf(func::CallOp call);
  void tell(Value observer, ArrayRef<Value> what);

  ModuleOp module;
  ImplicitLocOpBuilder b;
  Type pointer;
  llvm::json::Array calls;
};
} // namespace

Value Observation::sizeOf(Value buffer, int64_t axis) {
  int64_t size = cast<MemRefType>(buffer.getType()).getDimSize(axis);
  if (!ShapedType::isDynamic(size))
    return number(size);
  Value dim = memref::DimOp::create(b, buffer, axis);
  return arith::IndexCastOp::create(b, b.getI64Type(), dim);
}

Value Observation::countBytes(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  unsigned bits = type.getElementType().isIndex() ? 64 : type.getElementTypeBitWidth();
  int64_t known = llvm::divideCeil(bits, 8);
  Value bytes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!type.isDynamicDim(axis)) {
      known *= type.getDimSize(axis);
      continue;
    }
    Value size = sizeOf(buffer, axis);
    bytes = bytes ? arith::MulIOp::create(b, bytes, size).getResult() : size;
  }
  return bytes ? arith::MulIOp::create(b, bytes, number(known)).getResult() : number(known);
}

Value Observation::countOperations(func::CallOp call, func::FuncOp kernel) {
  auto sizes = kernel->getAttrOfType<DenseI64ArrayAttr>(names::operations);
  if (!sizes)
    return number(0);
  ArrayRef<int64_t> numbers = sizes.asArrayRef();
  Value count = number(numbers.front());
  for (size_t i = 2; i + 1 < numbers.size(); i += 2) {
    Value size = numbers[i] < 0 ? number(numbers[i + 1])
                                : sizeOf(call.getOperand(numbers[i]), numbers[i + 1]);
    count = arith::MulIOp::create(b, count, size);
  }
  return count;
}

/// Of the loop of the entry point that the call is in.
Value Observation::roundOf(func::CallOp call) {
  auto func = call->getParentOfType<func::FuncOp>();
  auto loop = dyn_cast_or_null<scf::ForOp>(func.getBody().front().findAncestorOpInBlock(*call));
  if (!loop)
    return number(-1);
  Value round = arith::SubIOp::create(b, loop.getInductionVar(), loop.getLowerBound());
  round = arith::DivUIOp::create(b, round, loop.getStep());
  return arith::IndexCastOp::create(b, b.getI64Type(), round);
}

void Observation::tell(Value observer, ArrayRef<Value> what) {
  Type word = b.getI64Type();
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                          {word, word, word, word});
  SmallVector<Value> arguments{observer};
  arguments.append(what.begin(), what.end());
  LLVM::CallOp::create(b, type, arguments);
}

void Observation::observe(func::CallOp call, func::FuncOp kernel) {
  b.setLoc(call.getLoc());
  b.setInsertionPoint(call);
  Value place = LLVM::AddressOfOp::create(b, pointer, observerName);
  Value observer = LLVM::LoadOp::create(b, pointer, place);
  Value isWatched =
      LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, observer, LLVM::ZeroOp::create(b, pointer));
  auto before = scf::IfOp::create(b, isWatched, /*withElseRegion=*/false);
  b.setInsertionPoint(before.thenYield());
  Value bytes = number(0);
  auto sizes = kernel->getAttrOfType<DenseI64ArrayAttr>(names::operations);
  for (Value operand : call.getOperands().take_front(sizes ? sizes[1] : 0))
    if (isa<MemRefType>(operand.getType()))
      bytes = arith::AddIOp::create(b, bytes, countBytes(operand));
  tell(observer,
       {number(int64_t(calls.size())), roundOf(call), countOperations(call, kernel), bytes});
  b.setInsertionPointAfter(call);
  auto behind = scf::IfOp::create(b, isWatched, /*withElseRegion=*/false);
  b.setInsertionPoint(behind.thenYield());
  tell(observer, {number(-1), number(-1), number(0), number(0)});
  StringRef node;
  call.getLoc()->walk([&](Location inner) {
    auto named = dyn_cast<NameLoc>(inner);
    node = named ? named.getName().getValue() : node;
    return named ? WalkResult::interrupt() : WalkResult::advance();
  });
  calls.push_back(
      llvm::json::Object{{"kernel", call.getCallee()}, {"node", llvm::json::fixUTF8(node)}});
}

void Observation::define() {
  b.setInsertionPointToStart(module.getBody());
  auto global = LLVM::GlobalOp::create(b, pointer, /*isConstant=*/false, LLVM::Linkage::External,
                                       observerName, Attribute());
  // Another model of the process has one of its own.
  global.setVisibility_(LLVM::Visibility::Protected);
  {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&global.getInitializerRegion());
    LLVM::ReturnOp::create(b, LLVM::ZeroOp::create(b, pointer).getResult());
  }
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(calls));
  text.push_back('\0');
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), text.size());
  LLVM::GlobalOp::create(b, type, /*isConstant=*/true, LLVM::Linkage::External, tableName,
                         b.getStringAttr(text));
}

namespace {
struct ObserveKernelsPass : retort::impl::ObserveKernelsPassBase<ObserveKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTableCollection symbols;
    SmallVector<std::pair<func::CallOp, func::FuncOp>> calls;
    for (auto func : module.getOps<func::FuncOp>()) {
      if (!func.isPublic())
        continue;
      func.walk([&](func::CallOp call) {
        auto kernel = symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
        if (kernel && kernel->hasAttr(names::kernel))
          calls.push_back({call, kernel});
      });
    }
    if (calls.empty())
      return;
    Observation observation(module);
    for (auto [call, kernel] : calls)
      observation.observe(call, kernel);
    observation.define();
  }
};
} // namespace
