// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of a model of a file, and its gradient for all that it has learned, as compiled code.
#ifndef RETORT_TEST_UNIT_MODELGRADIENTFIXTURE_H
#define RETORT_TEST_UNIT_MODELGRADIENTFIXTURE_H

#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Pipeline/Compiler.h"
#include "lib/Run/InProcess.h"
#include "test/unit/QuickCode.h"

#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

#include <gtest/gtest.h>

namespace retort {

class ModelGradient {
public:
  /// Why there is none: an error of the compiler, or a refusal.
  std::string open(const std::string &path, int64_t context,
                   int64_t logitBytes = GradientSpec().logitBytes) {
    if (llvm::Error error = compiler.compile(path, Phase::Recognize))
      return llvm::toString(std::move(error));
    auto graph = compiler.module().lookupSymbol<mlir::func::FuncOp>("main");
    GradientSpec spec;
    spec.context = context;
    spec.logitBytes = logitBytes;
    spec.parameters = learnedConstants(graph);
    Refusal refusal;
    auto gradient = deriveGradient(graph, spec, refusal);
    if (failed(gradient))
      return refusal.reason;
    ids = shapeOfLogits(graph, context, refusal);
    for (mlir::Operation *op : spec.parameters)
      addParameter(op);
    auto code = compileInProcess(std::move(*gradient));
    if (!code)
      return llvm::toString(code.takeError());
    model = std::move(*code);
    tokens = runtime::Tensor::allocate(runtime::ElementType::I64, {1, context});
    weights = runtime::Tensor::allocate(runtime::ElementType::F32, {context});
    for (int64_t i = 0; i + 1 < context; ++i)
      weights.as<float>()[i] = 1.f / float(context - 1);
    return "";
  }

  /// The loss, then the gradient of each parameter.
  std::vector<runtime::Tensor> call() {
    std::vector<runtime::Tensor> inputs{tokens, weights};
    inputs.insert(inputs.end(), values.begin(), values.end());
    auto outputs = model->function("main")->call(inputs);
    EXPECT_TRUE(bool(outputs)) << outputs.error();
    return *outputs;
  }

  runtime::Tensor tokens, weights;
  std::vector<runtime::Tensor> values;
  std::vector<std::string> names;
  int64_t ids = 0;

private:
  static int64_t shapeOfLogits(mlir::func::FuncOp graph, int64_t context, Refusal &refusal) {
    auto logits = deriveLogits(graph, context, refusal);
    if (failed(logits))
      return 0;
    auto function = (*logits)->lookupSymbol<mlir::func::FuncOp>("main");
    return mlir::cast<mlir::RankedTensorType>(function.getResultTypes()[0]).getDimSize(1);
  }

  void addParameter(mlir::Operation *op) {
    auto view = onnx::ConstantView::of(op->getResult(0));
    auto type = runtime::ElementType::F32;
    auto shape = view->type().getShape();
    auto tensor = runtime::Tensor::allocate(type, {shape.begin(), shape.end()});
    std::vector<float> numbers = view->floats(0, view->size());
    for (int64_t i = 0; i < tensor.count(); ++i)
      runtime::store(type, tensor.data(), i, numbers[i]);
    values.push_back(tensor);
    names.push_back(onnx::valueName(op->getResult(0)).str());
  }

  Compiler compiler{CompileOptions()};
  std::unique_ptr<runtime::Model> model;
};

} // namespace retort

#endif
