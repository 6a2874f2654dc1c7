// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives every public function the calling convention of compiled models.
//   func @main(%a: memref<?xf32>) -> memref<?xf32>   ->   func @retort_main(%args: !llvm.ptr)
#include "lib/Codegen/EntryPoint.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"

namespace retort {
#define GEN_PASS_DEF_WRAPENTRYPOINTSPASS
#include "lib/Codegen/WrapEntryPoints.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
class Wrapper {
public:
  explicit Wrapper(ModuleOp module)
      : builder(module.getContext()), types(module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}
  void wrap(func::FuncOp func);

private:
  Value descriptorPointer(Location loc, Value args, unsigned i) {
    Value slot = LLVM::GEPOp::create(builder, loc, pointer, pointer, args,
                                     ArrayRef<LLVM::GEPArg>{int32_t(i)});
    return LLVM::LoadOp::create(builder, loc, pointer, slot);
  }

  OpBuilder builder;
  LLVMTypeConverter types;
  Type pointer;
};
} // namespace

void Wrapper::wrap(func::FuncOp func) {
  Block &entry = func.getBody().front();
  unsigned count = entry.getNumArguments();
  Location loc = func.getLoc();
  // 1. Arguments are loaded from their descriptors.
  builder.setInsertionPointToStart(&entry);
  Value args = entry.addArgument(pointer, loc);
  for (unsigned i = 0; i < count; ++i) {
    Value argument = entry.getArgument(i);
    Value descriptor = LLVM::LoadOp::create(builder, loc, types.convertType(argument.getType()),
                                            descriptorPointer(loc, args, i));
    argument.replaceAllUsesWith(
        UnrealizedConversionCastOp::create(builder, loc, argument.getType(), descriptor)
            .getResult(0));
  }
  // 2. Results are stored to theirs; states are where they were.
  func.walk([&](func::ReturnOp op) {
    builder.setInsertionPoint(op);
    for (auto [i, result] : llvm::enumerate(op.getOperands())) {
      if (stateOfResult(func, i))
        continue;
      Value descriptor = UnrealizedConversionCastOp::create(
                             builder, loc, types.convertType(result.getType()), result)
                             .getResult(0);
      LLVM::StoreOp::create(builder, loc, descriptor, descriptorPointer(loc, args, count + i));
    }
    op->setOperands({});
  });
  // 3. One argument remains.
  entry.eraseArguments(0, count);
  func.setFunctionType(builder.getFunctionType(pointer, {}));
  func.removeArgAttrsAttr();
  func.removeResAttrsAttr();
  func.setName(("retort_" + func.getName()).str());
}

namespace {
struct WrapEntryPointsPass : retort::impl::WrapEntryPointsPassBase<WrapEntryPointsPass> {
  void runOnOperation() override {
    Wrapper wrapper(getOperation());
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal())
        wrapper.wrap(func);
  }
};
} // namespace
