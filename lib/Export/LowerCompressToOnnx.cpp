// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes compressed weights in ONNX's own forms.
//
//   %w = compress.dequantize(%codes, %scales) {axis = 1 : i64} : (tensor<64x172xi3>,
//   tensor<172xf32>) -> tensor<64x172xf32>
//   ==> lower-compress-to-onnx
//   %w = onnx.DequantizeLinear(%codes, %scales) {axis = 1 : i64} : (tensor<64x172xi4>,
//   tensor<172xf32>) -> tensor<64x172xf32>
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Export/FakeQuantizeToOnnx.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_LOWERCOMPRESSTOONNXPASS
#include "lib/Export/LowerCompressToOnnx.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct LowerCompressToOnnxPass
    : retort::impl::LowerCompressToOnnxPassBase<LowerCompressToOnnxPass> {
  using Base::Base;

  /// What one form writes, such as the codes of a sparse weight, may be an expression of another.
  bool writeForms() {
    bool changed = false;
    for (auto &form : compress::formsOf(&getContext())) {
      SmallVector<Operation *> parts;
      getOperation().walk([&](Operation *op) {
        if (op->getNumOperands() > 0 && form->keeps(op))
          parts.push_back(op);
      });
      for (Operation *part : parts)
        changed |= form->writeOnnx(part, weights);
    }
    return changed;
  }

  void runOnOperation() override {
    if (weights != "standard" && weights != "contrib") {
      getOperation().emitError() << "expects 'weights' to be standard or contrib, found '"
                                 << weights << "'";
      return signalPassFailure();
    }
    SmallVector<compress::FakeQuantizeOp> fakes;
    getOperation().walk([&](compress::FakeQuantizeOp op) { fakes.push_back(op); });
    for (compress::FakeQuantizeOp op : fakes) {
      if (op.getLadder()) {
        op.emitOpError(
            "expects codes that are integers where it is written in ONNX, found a 'ladder'");
        return signalPassFailure();
      }
      writeFakeQuantize(op);
    }
    while (writeForms()) {
    }
  }
};
} // namespace
