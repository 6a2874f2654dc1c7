// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All attentions of a function are found first, and replaced then: the analysis knows values by
// their address.
#include "lib/Recognize/FusedAttention.h"
#include "lib/Recognize/RowGuards.h"
#include "lib/Recognize/WrittenAttention.h"
#include "lib/Support/Refusal.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/RegionUtils.h"

namespace retort {
#define GEN_PASS_DECL_RECOGNIZEATTENTIONPASS
#define GEN_PASS_DEF_RECOGNIZEATTENTIONPASS
#include "lib/Recognize/RecognizeAttention.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static remark::RemarkOpts remarkOptions() {
  return remark::RemarkOpts::name("recognize-attention").category("recognize");
}

static void reportFound(Location loc, const MaskForm &masks) {
  auto passed = remark::passed(loc, remarkOptions());
  passed << remark::metric("causal", masks.rule.causal)
         << remark::metric("padding", bool(masks.padding))
         << remark::metric("mask_values", masks.biases.size() + masks.conditions.size());
  if (masks.rule.left)
    passed << remark::metric("left_window", *masks.rule.left);
  if (!masks.note.empty())
    passed << remark::reason("the mask stays a value: {0}", masks.note);
}

namespace {
struct RecognizeAttentionPass : retort::impl::RecognizeAttentionPassBase<RecognizeAttentionPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      if (failed(onnx::SymbolicDims().infer(function)))
        return signalPassFailure();
      moveRowGuards(rewriter, function);
      recognize(rewriter, function);
      (void)runRegionDCE(rewriter, function->getRegions());
      if (failed(onnx::SymbolicDims().infer(function)))
        return signalPassFailure();
    }
  }

  void recognize(IRRewriter &rewriter, func::FuncOp function) {
    Samples samples(function);
    MaskForms forms(samples);
    missed = Refusals();
    std::vector<WrittenAttention> written;
    std::vector<std::unique_ptr<FusedAttention>> fused;
    for (Operation &op : function.getBody().front())
      if (isa<onnx::SoftmaxOp>(op))
        findWritten(&op, samples, forms, written);
      else if (auto attention = fusedAttention(&op))
        findFused(&op, std::move(attention), samples, forms, fused);
    for (const WrittenAttention &attention : written)
      replaceAttention(attention, rewriter, samples);
    for (auto &attention : fused)
      attention->replace(rewriter, samples);
    reportMissed(missed, getArgument(), "recognize");
  }

  void findWritten(Operation *op, Samples &samples, MaskForms &forms,
                   std::vector<WrittenAttention> &found) {
    WrittenAttention attention = findAttention(op, samples, forms);
    if (!attention.isAttention)
      return;
    if (!attention.why.empty())
      return missed.add(attention.why, op->getLoc());
    reportFound(op->getLoc(), attention.masks);
    found.push_back(std::move(attention));
  }

  void findFused(Operation *op, std::unique_ptr<FusedAttention> attention, Samples &samples,
                 MaskForms &forms, std::vector<std::unique_ptr<FusedAttention>> &found) {
    if (Refusal why = attention->find(samples, forms); !why.empty())
      return missed.add(why, op->getLoc());
    reportFound(op->getLoc(), attention->masks());
    found.push_back(std::move(attention));
  }

  Refusals missed; // of one function
};
} // namespace
