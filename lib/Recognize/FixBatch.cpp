// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fixes the batch of a model at 1 where it can be no other.
//   func.func @main(%tokens: tensor<?x?xi64>)  // ... onnx.Reshape(%x, [1, -1, 64])
//   ==>
//   func.func @main(%tokens: tensor<1x?xi64>)
#include "lib/Analysis/InputSizes.h"
#include "lib/Analysis/Samples.h"
#include "lib/Simplify/Passes.h"

#include "mlir/Pass/PassManager.h"

namespace retort {
#define GEN_PASS_DECL_FIXBATCHPASS
#define GEN_PASS_DEF_FIXBATCHPASS
#include "lib/Recognize/FixBatch.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Whether the graph runs for so many texts of some length.
static bool runsFor(Samples &samples, int64_t batch, int64_t tokens) {
  return samples.isValid({batch, tokens, 0}) || samples.isValid({batch, tokens, 2});
}

static bool needsOneText(Samples &samples) {
  bool readsText = llvm::any_of(samples.hot().roles(), [](InputRole role) {
    return role == InputRole::Tokens || role == InputRole::Embeddings;
  });
  // Nearly every model runs for two: that is asked first, as each question infers all shapes.
  return readsText && !runsFor(samples, 2, 3) && !runsFor(samples, 2, 5) &&
         !runsFor(samples, 3, 4) && runsFor(samples, 1, 3) && runsFor(samples, 1, 5);
}

/// Gives sizes that grow with the number of texts the value 1.
static void fixBatch(func::FuncOp function, ArrayRef<InputRole> roles) {
  auto one = chooseInputSizes(function, roles, 1, 3, 2),
       two = chooseInputSizes(function, roles, 2, 3, 2);
  Builder builder(function.getContext());
  SmallVector<Type> types(function.getArgumentTypes());
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      continue;
    SmallVector<int64_t> shape(tensor.getShape());
    SmallVector<Attribute> names;
    if (auto given = function.getArgAttrOfType<ArrayAttr>(i, "onnx.dims"))
      names.assign(given.begin(), given.end());
    for (auto [axis, size] : llvm::enumerate(shape))
      if (ShapedType::isDynamic(size) && one[i][axis] == 1 && two[i][axis] == 2) {
        size = 1;
        if (axis < names.size())
          names[axis] = builder.getStringAttr("");
      }
    type = RankedTensorType::get(shape, tensor.getElementType());
    function.getArgument(i).setType(type);
    if (!names.empty())
      function.setArgAttr(i, "onnx.dims", builder.getArrayAttr(names));
  }
  function.setType(builder.getFunctionType(types, function.getResultTypes()));
}

namespace {
struct FixBatchPass : retort::impl::FixBatchPassBase<FixBatchPass> {
  void runOnOperation() override {
    bool changed = false;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        changed |= fix(function);
    if (!changed)
      return;
    OpPassManager again(ModuleOp::getOperationName());
    again.addPass(createSimplifyPass());
    if (failed(runPipeline(again, getOperation())))
      signalPassFailure();
  }

  bool fix(func::FuncOp function) {
    Samples samples(function);
    if (!needsOneText(samples))
      return false;
    fixBatch(function, samples.hot().roles());
    emitWarning(function.getLoc()) << "runs for one text at a time alone: its batch is fixed at 1";
    return true;
  }
};
} // namespace
