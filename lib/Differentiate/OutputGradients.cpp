// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of a loss with respect to what products of weights give.
//
//   %y = onnx.MatMul(%x, %w)   ->   the same; ...; %dy = gradient of -log p(labels); return %loss,
//   %dy
//
// Nothing is summed here: T rows of N numbers are less than a product N x N where texts are shorter
// than rows are wide.
#include "lib/Differentiate/OutputGradients.h"
#include "lib/Differentiate/Loss.h"
#include "lib/Differentiate/Reverse.h"
#include "lib/Differentiate/SingleText.h"
#include "lib/Differentiate/Term.h"
#include "lib/Weights/LinearWeights.h"

using namespace mlir;
using namespace retort;

namespace {
/// A product with a weight, and by what its result is multiplied before anything is added.
struct WeightProduct {
  Value result;
  double factor = 1;
};
} // namespace

/// nullopt where the use is no product of T rows with a plain matrix.
static std::optional<WeightProduct> productOf(const WeightUse &use, int64_t rows) {
  Operation *op = use.op();
  if (use.kind != WeightUse::Kind::Product || use.operand->getOperandNumber() != 1)
    return std::nullopt;
  double factor = 1;
  if (auto gemm = dyn_cast<onnx::GemmOp>(op))
    factor = double(gemm.getAlpha());
  else if (auto fused = dyn_cast<onnx::MicrosoftFusedMatMulOp>(op))
    factor = double(fused.getAlpha());
  else if (!isa<onnx::MatMulOp>(op))
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape() || type.getRank() < 2 || !type.getElementType().isF32() ||
      type.getNumElements() != rows * type.getShape().back())
    return std::nullopt;
  return WeightProduct{op->getResult(0), factor};
}

namespace {
/// What is asked for of each weight.
struct Asked {
  std::vector<WeightGradients> weights;
  SmallVector<WeightProduct> products; ///< of all weights, in order
};
} // namespace

static Asked findProducts(ModuleOp module, const llvm::StringSet<> &names, int64_t rows) {
  Asked asked;
  ScopedDiagnosticHandler silence(module.getContext(), [](Diagnostic &) { return success(); });
  auto weights = selectLinearWeights(module, "calibrate", ".", "");
  if (failed(weights))
    return asked;
  for (const LinearWeight &weight : *weights) {
    // What makes logits has as many outputs as there are ids.
    bool isEnd = weight.roles.output || weight.roles.embedding;
    if (isEnd || !names.contains(weight.name()) || weight.type().getRank() != 2)
      continue;
    SmallVector<WeightProduct> products;
    SmallVector<WeightUse> uses = weight.uses();
    for (const WeightUse &use : uses)
      if (auto product = productOf(use, rows))
        products.push_back(*product);
    if (products.empty() || products.size() != uses.size())
      continue;
    WeightGradients &each = asked.weights.emplace_back();
    each.weight = weight.name().str();
    each.outputs = weight.type().getDimSize(1 - weight.inputAxis());
    for (const WeightProduct &product : products) {
      each.results.push_back(int64_t(asked.products.size()) + 1);
      asked.products.push_back(product);
    }
  }
  return asked;
}

/// Behind the tokens there are labels.
static Value addLoss(func::FuncOp function) {
  Operation *end = function.getBody().front().getTerminator();
  Value logits = end->getOperand(0);
  int64_t rows = shapeOf(logits)[0];
  OpBuilder builder(end);
  OnnxBuilder build(builder, logits.getLoc());
  (void)function.insertArgument(
      1, RankedTensorType::get({1, rows}, builder.getI64Type()),
      builder.getDictionaryAttr(builder.getNamedAttr("onnx.name", builder.getStringAttr("labels"))),
      function.getLoc());
  Value labels = build.reshape(function.getArgument(1), {rows, 1});
  Value sum = build.reduceSum(crossEntropy(build, logits, labels), {0});
  return build.reshape(sum, ArrayRef<int64_t>());
}

FailureOr<OutputGradients> retort::deriveOutputGradients(func::FuncOp graph, int64_t context,
                                                         const llvm::StringSet<> &names,
                                                         Refusal &refusal) {
  auto module = readSingleText(graph, context, {}, refusal);
  if (failed(module))
    return failure();
  auto function = (*module)->lookupSymbol<func::FuncOp>("main");
  Asked asked = findProducts(**module, names, context);
  if (asked.products.empty()) {
    (void)refusal.because(graph, "has no products of all rows of a text with matrices");
    return failure();
  }
  SmallVector<Value> values;
  for (const WeightProduct &product : asked.products)
    values.push_back(product.result);
  SmallVector<Value> results{addLoss(function)};
  auto gradients = addGradients(results.front(), values, refusal);
  if (failed(gradients))
    return failure();
  Operation *end = function.getBody().front().getTerminator();
  OpBuilder builder(end);
  OnnxBuilder build(builder, function.getLoc());
  for (auto [gradient, product] : llvm::zip_equal(*gradients, asked.products)) {
    Term rows(build.reshape(gradient, {context, shapeOf(gradient).back()}), build);
    results.push_back(product.factor == 1 ? rows : rows * product.factor);
  }
  if (failed(returnResults(**module, results, refusal)))
    return failure();
  return OutputGradients{std::move(*module), std::move(asked.weights)};
}
