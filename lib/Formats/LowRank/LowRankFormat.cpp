// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products and lookups that give more than they are made of: factors of a matrix, a table of few
// rows. They need no packed format: x (A B) is lowered as (x A) B.
#include "lib/Formats/RegisterFormats.h"

#include "dialects/Compress/WeightForm.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

namespace {
class LowRankForm : public compress::WeightForm {
public:
  StringRef name() const override { return "low-rank"; }

  /// The factors are weights, not what they give.
  std::shared_ptr<const compress::WeightReader> recognize(Value) const override { return nullptr; }

  bool keeps(Operation *op) const override {
    if (!isa<onnx::MatMulOp, onnx::GatherOp>(op) || !onnx::isLarge(op->getResult(0).getType()))
      return false;
    auto bytesOf = [](Value value) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      return type && type.hasStaticShape() ? onnx::encodedBytes(type) : 0;
    };
    int64_t operands = 0;
    for (Value operand : op->getOperands())
      operands += bytesOf(operand);
    return bytesOf(op->getResult(0)) > operands;
  }
};
} // namespace

void retort::registerLowRankFormat(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, onnx::OnnxDialect *) {
    compress::addForm(*context, std::make_unique<LowRankForm>());
  });
}
