// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The channels that a weight reads, as units that can go.
#include "lib/Compress/PruneStructured/NeuronGroups.h"
#include "lib/Compress/PruneStructured/UnitSearch.h"

using namespace mlir;
using namespace retort;

/// Of a weight that is read by one product.
static bool hasOneProduct(const LinearWeight &weight, ArrayRef<WeightUse> uses) {
  return uses.size() == 1 && uses.front().activationAxis >= 0 &&
         uses.front().operand->get() == weight.op->getResult(0) &&
         isa<onnx::MatMulOp, onnx::GemmOp, onnx::MicrosoftFusedMatMulOp,
             onnx::MicrosoftFusedGemmOp>(uses.front().op());
}

llvm::Expected<ChannelGroup> retort::findNeurons(const LinearWeight &weight) {
  if (!weight.values.isPlain())
    return llvm::createStringError(
        weight.values.isQuantized()
            ? "quantized already"
            : "is written as an expression: this method takes plain weights");
  SmallVector<WeightUse> uses = weight.uses();
  if (!hasOneProduct(weight, uses))
    return llvm::createStringError("is not read by one product");
  const WeightUse &use = uses.front();
  OpOperand &activation = use.op()->getOpOperand(use.operand->getOperandNumber() == 0 ? 1 : 0);
  auto type = dyn_cast<RankedTensorType>(activation.get().getType());
  int64_t size = type && use.activationAxis < type.getRank() ? type.getDimSize(use.activationAxis)
                                                             : ShapedType::kDynamic;
  if (size < 2)
    return llvm::createStringError("its inputs are not known to be several");
  UnitSearch search(use.op()->getParentOfType<func::FuncOp>(), size);
  search.expectProduct(activation, use.operand->get(), use.inputAxis);
  search.join(activation.get(), {use.activationAxis, runsOfUnits(size, 1)});
  return search.run();
}
