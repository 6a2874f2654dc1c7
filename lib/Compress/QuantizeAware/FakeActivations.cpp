// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations, keys and values that are rounded while a model trains:
//
//   %y = onnx.MatMul(%x, %w)   ->   %s = max |%x| along its last axis / (2^(bits-1) - 1/2)
//                                   %q = compress.fake_quantize(%x, %s)
//                                   %y = onnx.MatMul(%q, %w)
#include "lib/Compress/QuantizeAware/FakeActivations.h"
#include "lib/Analysis/WeightUses.h"
#include "lib/Compress/QuantizeAware/ScalesInGraph.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace retort;

static Value roundedRows(Value numbers, int64_t bits) {
  OpBuilder builder(numbers.getContext());
  builder.setInsertionPointAfterValue(numbers);
  OnnxBuilder build(builder, numbers.getLoc());
  Value scale = scalesOfRows(build, numbers, bits);
  return compress::FakeQuantizeOp::create(builder, numbers.getLoc(), numbers.getType(), numbers,
                                          scale, Value(), bits, /*is_signed=*/true, /*axis=*/0,
                                          /*block_size=*/0, TypeAttr(), DenseI32ArrayAttr(),
                                          /*learned=*/false);
}

int64_t retort::roundActivations(ArrayRef<Operation *> weights, int64_t bits) {
  llvm::MapVector<Value, SmallVector<Operation *>> readers;
  for (Operation *weight : weights)
    for (const WeightUse &use : usesOfWeight(weight->getResult(0))) {
      auto type = use.kind == WeightUse::Kind::Product
                      ? dyn_cast<RankedTensorType>(use.activation().getType())
                      : RankedTensorType();
      if (type && use.activationAxis == type.getRank() - 1)
        readers[use.activation()].push_back(use.op());
    }
  for (auto &[activation, products] : readers) {
    Value rounded = roundedRows(activation, bits);
    for (Operation *product : products)
      product->replaceUsesOfWith(activation, rounded);
  }
  return int64_t(readers.size());
}

int64_t retort::roundKeysAndValues(ModuleOp student, int64_t bits) {
  int64_t count = 0;
  llvm::DenseMap<Value, Value> known; // a value may be the key as well
  auto rounded = [&](Value numbers) {
    Value &result = known[numbers];
    return result = result ? result : roundedRows(numbers, bits);
  };
  student.walk([&](llm::AttentionOp attention) {
    attention.getKeyMutable().assign(rounded(attention.getKey()));
    attention.getValueMutable().assign(rounded(attention.getValue()));
    ++count;
  });
  return count;
}
