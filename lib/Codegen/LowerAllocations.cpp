// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Allocations of compiled code, and how it stops.
//   memref.alloc(%n, %m) : memref<?x?xf32>
// ->
//   %bytes = %n * %m * 4, all ones where that overflows
//   %memory = call @retort_allocate(%bytes, "node 'x' (Add): not enough memory")
#include "lib/Codegen/LowerAllocations.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;

Value retort::messageText(OpBuilder &builder, Location loc, ModuleOp module, StringRef text) {
  std::string name = "retort_message_" + llvm::utohexstr(llvm::xxh3_64bits(text));
  auto message = module.lookupSymbol<LLVM::GlobalOp>(name);
  if (!message) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    std::string bytes(text.str() + '\0');
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
    message = LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true,
                                     LLVM::Linkage::Internal, name, builder.getStringAttr(bytes));
  }
  return LLVM::AddressOfOp::create(builder, loc, message);
}

/// A function of the C library or the runtime.
static LLVM::LLVMFuncOp external(OpBuilder &builder, ModuleOp module, StringRef name, Type result,
                                 Type argument) {
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  return LLVM::LLVMFuncOp::create(builder, module.getLoc(), name,
                                  LLVM::LLVMFunctionType::get(result, argument));
}

void retort::createFailure(OpBuilder &builder, Location loc, Value message, ModuleOp module) {
  MLIRContext *context = builder.getContext();
  auto fail = external(builder, module, "retort_fail", LLVM::LLVMVoidType::get(context),
                       LLVM::LLVMPointerType::get(context));
  LLVM::CallOp::create(builder, loc, fail, message);
  LLVM::UnreachableOp::create(builder, loc);
}

/// retort_allocate(bytes, message): memory, or the model stops. A function of the module itself:
/// who links a model brings no more for it than the C library.
static LLVM::LLVMFuncOp allocateFunction(OpBuilder &builder, ModuleOp module) {
  StringRef name = "retort_allocate";
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  Location loc = module.getLoc();
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), word = builder.getI64Type();
  auto malloc = external(builder, module, "malloc", pointer, word);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name,
                                           LLVM::LLVMFunctionType::get(pointer, {word, pointer}),
                                           LLVM::Linkage::Internal);
  function.setNoInline(true);
  function.setResultAttr(0, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
  Block *entry = function.addEntryBlock(builder);
  Block *some = builder.createBlock(&function.getBody()),
        *none = builder.createBlock(&function.getBody());
  builder.setInsertionPointToStart(entry);
  Value memory = LLVM::CallOp::create(builder, loc, malloc, entry->getArgument(0)).getResult();
  Value isThere = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, memory,
                                       LLVM::ZeroOp::create(builder, loc, pointer));
  LLVM::CondBrOp::create(builder, loc, isThere, some, none);
  builder.setInsertionPointToStart(some);
  LLVM::ReturnOp::create(builder, loc, memory);
  builder.setInsertionPointToStart(none);
  createFailure(builder, loc, entry->getArgument(1), module);
  return function;
}

/// Who asks for the memory: the outermost name of the location is the message's beginning.
static std::string outOfMemory(Location loc) {
  std::string name;
  loc->walk([&](Location inner) {
    auto named = dyn_cast<NameLoc>(inner);
    name = named ? named.getName().str() + ": " : "";
    return named ? WalkResult::interrupt() : WalkResult::advance();
  });
  return name + "not enough memory";
}

namespace {
struct LowerAlloc : ConvertOpToLLVMPattern<memref::AllocOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(memref::AllocOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override;

private:
  Value countBytes(ConversionPatternRewriter &rewriter, Location loc, MemRefType type,
                   ArrayRef<Value> sizes, Value known) const;
};
} // namespace

/// All ones where the product of the sizes overflows, those of 0 aside: then the product of any of
/// them, which views may have, does not.
Value LowerAlloc::countBytes(ConversionPatternRewriter &rewriter, Location loc, MemRefType type,
                             ArrayRef<Value> sizes, Value known) const {
  if (type.hasStaticShape())
    return known;
  Type word = getIndexType();
  auto number = [&](int64_t value) { return createIndexAttrConstant(rewriter, loc, word, value); };
  auto pair = LLVM::LLVMStructType::getLiteral(rewriter.getContext(), {word, rewriter.getI1Type()});
  Value total = getSizeInBytes(loc, type.getElementType(), rewriter), wraps;
  for (Value size : sizes) {
    Value atLeastOne = LLVM::UMaxOp::create(rewriter, loc, size, number(1));
    Value product = LLVM::UMulWithOverflowOp::create(rewriter, loc, pair, total, atLeastOne);
    total = LLVM::ExtractValueOp::create(rewriter, loc, product, 0);
    Value over = LLVM::ExtractValueOp::create(rewriter, loc, product, 1);
    wraps = wraps ? LLVM::OrOp::create(rewriter, loc, wraps, over).getResult() : over;
  }
  // Beyond half of all addresses there is no memory either, and room for the alignment is left.
  Value isNegative =
      LLVM::ICmpOp::create(rewriter, loc, LLVM::ICmpPredicate::slt, total, number(0));
  wraps = LLVM::OrOp::create(rewriter, loc, wraps, isNegative);
  Value most = number(std::numeric_limits<int64_t>::max());
  return LLVM::SelectOp::create(rewriter, loc, wraps, most, known);
}

LogicalResult LowerAlloc::matchAndRewrite(memref::AllocOp op, OpAdaptor adaptor,
                                          ConversionPatternRewriter &rewriter) const {
  MemRefType type = op.getType();
  if (!isConvertibleAndHasIdentityMaps(type))
    return rewriter.notifyMatchFailure(op, "layout is not the identity");
  auto module = op->getParentOfType<ModuleOp>();
  Location loc = op.getLoc();
  SmallVector<Value> sizes, strides;
  Value known;
  getMemRefDescriptorSizes(loc, type, adaptor.getDynamicSizes(), rewriter, sizes, strides, known);
  Value bytes = countBytes(rewriter, loc, type, sizes, known);
  Value message = messageText(rewriter, loc, module, outOfMemory(loc));
  auto allocate = allocateFunction(rewriter, module);
  uint64_t alignment = op.getAlignment().value_or(1);
  Value memory, aligned;
  if (alignment > 1)
    bytes = LLVM::AddOp::create(
        rewriter, loc, bytes,
        createIndexAttrConstant(rewriter, loc, getIndexType(), int64_t(alignment)));
  memory = LLVM::CallOp::create(rewriter, loc, allocate, ValueRange{bytes, message}).getResult();
  aligned = memory;
  if (alignment > 1) {
    auto number = [&](int64_t value) {
      return createIndexAttrConstant(rewriter, loc, getIndexType(), value);
    };
    Value address = LLVM::PtrToIntOp::create(rewriter, loc, getIndexType(), memory);
    address = LLVM::AddOp::create(rewriter, loc, address, number(alignment - 1));
    address = LLVM::AndOp::create(rewriter, loc, address, number(-int64_t(alignment)));
    aligned = LLVM::IntToPtrOp::create(rewriter, loc, memory.getType(), address);
  }
  rewriter.replaceOp(
      op, Value(createMemRefDescriptor(loc, type, memory, aligned, sizes, strides, rewriter)));
  return success();
}

void retort::populateAllocationPatterns(const LLVMTypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<LowerAlloc>(converter, /*benefit=*/2);
}
