// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowers functions on buffers to the LLVM dialect.
//   cf.assert %ok, "index out of range"   ->   cond_br %ok, ^next, ^fail ; ^fail: call
//   @retort_fail("index out of range")
#include "lib/Codegen/LowerAllocations.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"

#include "dialects/Retort/FunctionNames.h"
#include "dialects/Retort/Names.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/xxhash.h"

#include <map>

namespace retort {
#define GEN_PASS_DEF_LOWERTOLLVMPASS
#include "lib/Codegen/LowerToLlvm.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct LowerAssert : OpConversionPattern<cf::AssertOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cf::AssertOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto module = op->getParentOfType<ModuleOp>();
    Location loc = op.getLoc();
    Block *head = op->getBlock();
    Block *rest = rewriter.splitBlock(head, op->getIterator());
    Block *failure = rewriter.createBlock(head->getParent());
    createFailure(rewriter, loc, messageText(rewriter, loc, module, op.getMsg()), module);
    rewriter.setInsertionPointToEnd(head);
    LLVM::CondBrOp::create(rewriter, loc, adaptor.getArg(), rest, failure);
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

/// A memref is passed as allocated pointer, aligned pointer, offset, sizes and strides.
static unsigned countValues(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref ? 3 + 2 * memref.getRank() : 1;
}

/// The positions of noalias pointers in the lowered kernels.
static llvm::StringMap<SmallVector<unsigned>> collectNoalias(ModuleOp module) {
  llvm::StringMap<SmallVector<unsigned>> result;
  for (auto kernel : module.getOps<func::FuncOp>()) {
    unsigned position = 0;
    for (unsigned i = 0; i < kernel.getNumArguments(); ++i) {
      if (kernel.getArgAttr(i, names::noalias))
        llvm::append_values(result[kernel.getName()], position, position + 1);
      position += countValues(kernel.getArgument(i).getType());
    }
  }
  return result;
}

/// Kernels stay functions: inlined into one body of thousands of loops, each pass of LLVM would
/// take minutes. Their stack is aligned to vectors: a spilled one that straddles two lines of the
/// cache is forwarded slowly to where it is loaded again.
static void markKernels(ModuleOp module, const llvm::StringMap<SmallVector<unsigned>> &noalias) {
  for (auto func : module.getOps<LLVM::LLVMFuncOp>()) {
    // Nothing behind the LLVM dialect knows what it says.
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      func.removeArgAttr(i, names::work);
    if (!func->hasAttr(names::kernel))
      continue;
    func->removeAttr(names::operations);
    func->removeAttr(names::kernel);
    func.setLinkage(LLVM::Linkage::Internal);
    func.setNoInline(true);
    func.setPassthroughAttr(Builder(func.getContext()).getStrArrayAttr({"stackrealign"}));
    auto positions = noalias.find(func.getName());
    if (positions != noalias.end())
      for (unsigned i : positions->second)
        func.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        UnitAttr::get(func.getContext()));
  }
}

/// What tells a constant from all others; empty for what code outside may name.
static std::string contentOf(LLVM::GlobalOp global) {
  if (global.getLinkage() != LLVM::Linkage::Private &&
      global.getLinkage() != LLVM::Linkage::Internal)
    return "";
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(global.getValueOrNull());
      dense && !isa<DenseStringElementsAttr>(dense))
    stream << StringRef(dense.getRawData().data(), dense.getRawData().size()) << dense.isSplat();
  else
    stream << global.getValueOrNull();
  stream << global.getGlobalType() << global.getAlignment().value_or(0);
  return text;
}

/// Bufferization makes constants in an order that varies from run to run. Named by what they hold,
/// and sorted by that, they give the same code for the same model.
static void orderConstants(ModuleOp module) {
  llvm::MapVector<StringAttr, StringAttr> names;
  std::map<std::string, LLVM::GlobalOp> sorted;
  for (auto global : llvm::make_early_inc_range(module.getOps<LLVM::GlobalOp>())) {
    std::string content = contentOf(global);
    if (content.empty() || global.getInitializerBlock())
      continue;
    auto name = global.getSymNameAttr();
    if (!name.getValue().starts_with("retort_message_"))
      name = StringAttr::get(module.getContext(),
                             "retort_constant_" + llvm::utohexstr(llvm::xxh3_64bits(content)));
    names[global.getSymNameAttr()] = name;
    if (!sorted.try_emplace(content, global).second)
      global.erase();
    else
      global.setSymNameAttr(name);
  }
  for (auto &[content, global] : llvm::reverse(sorted))
    global->moveBefore(module.getBody(), module.getBody()->begin());
  module.walk([&](LLVM::AddressOfOp op) {
    if (StringAttr name = names.lookup(StringAttr::get(op.getContext(), op.getGlobalName())))
      op.setGlobalName(name.getValue());
  });
}

namespace {
struct LowerToLlvmPass : retort::impl::LowerToLlvmPassBase<LowerToLlvmPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto noalias = collectNoalias(module);
    LLVMTypeConverter converter(&getContext());
    RewritePatternSet patterns(&getContext());
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateMathToLibmConversionPatterns(patterns, /*benefit=*/0);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    patterns.add<LowerAssert>(converter, &getContext());
    populateAllocationPatterns(converter, patterns);
    LLVMConversionTarget target(getContext());
    target.addLegalOp<ModuleOp>();
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    markKernels(module, noalias);
    orderConstants(module);
  }
};
} // namespace
