// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of one operation, against central differences in f64.
#ifndef RETORT_TEST_UNIT_GRADIENTFIXTURE_H
#define RETORT_TEST_UNIT_GRADIENTFIXTURE_H

#include "lib/Differentiate/GradientRules.h"
#include "lib/Differentiate/Reverse.h"
#include "lib/Differentiate/TrainedWeights.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/InProcess.h"
#include "test/unit/QuickCode.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace retort {

/// An operation of named operands. `operands` are "NAME:TYPE" or "NAME:TYPE=CONSTANT", one behind
/// the other; a type without elements is of f64. What is no constant is an argument, whose gradient
/// is tested: of a magnitude from .3 to 1.3, "+" positive, "<" below .9, ">" from 1.2, "~" with
/// zeros. `results` are types, "!" in front of those that the loss does not read, "_" for one that
/// is left out.
struct GradientForm {
  const char *operation;
  const char *operands;
  const char *results = "*xf64";
};

inline std::ostream &operator<<(std::ostream &out, const GradientForm &form) {
  return out << form.operation << " of " << form.operands;
}

class GradientTest : public testing::Test {
protected:
  GradientTest() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    registerGradientRules(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  struct Argument {
    runtime::Tensor values;
    double scale; ///< root of the mean square
  };

  /// To 1e-6 of the norm, arguments of f32 to 1e-3.
  void check(const GradientForm &form) {
    parse(form);
    ASSERT_TRUE(module);
    if (HasFatalFailure())
      return;
    addLossAndGradients();
    if (HasFatalFailure())
      return;
    auto compiled = compileInProcess(std::move(module));
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    runtime::Function &function = *(*compiled)->function("main");
    std::vector<runtime::Tensor> found = call(function);
    lossFound = found[0].at(0);
    double all = 0;
    for (size_t i = 0; i < arguments.size(); ++i) {
      double difference = 0, norm = 0;
      runtime::Tensor &values = arguments[i].values;
      bool isWide = values.type() == runtime::ElementType::F64;
      double step = (isWide ? 1e-5 : 1e-2) * arguments[i].scale;
      for (int64_t k = 0; k < values.count(); ++k) {
        double kept = values.at(k), analytic = found[1 + i].at(k);
        put(values, k, kept + step);
        double upper = values.at(k), above = call(function)[0].at(0);
        put(values, k, kept - step);
        double lower = values.at(k), below = call(function)[0].at(0);
        put(values, k, kept);
        double numeric = (above - below) / (upper - lower);
        difference += (numeric - analytic) * (numeric - analytic);
        norm += numeric * numeric;
      }
      all += norm;
      EXPECT_LE(std::sqrt(difference), (isWide ? 1e-6 : 1e-3) * std::max(std::sqrt(norm), 1e-3))
          << "of argument " << i << ", whose gradient has the norm " << std::sqrt(norm);
    }
    bool isStep =
        llvm::is_contained({"onnx.Floor(%x)", "onnx.Ceil(%x)", "onnx.Round(%x)", "onnx.Sign(%x)"},
                           llvm::StringRef(form.operation));
    EXPECT_EQ(all > 0, !isStep);
  }

  /// Why it has no gradient.
  std::string refusal(const GradientForm &form) {
    parse(form);
    Refusal reason;
    mlir::Value loss = addLoss();
    auto function = module->lookupSymbol<mlir::func::FuncOp>("main");
    llvm::SmallVector<mlir::Value> values(function.getArguments());
    return succeeded(addGradients(loss, values, reason)) ? "" : reason.reason;
  }

  std::vector<runtime::Tensor> call(runtime::Function &function) {
    std::vector<runtime::Tensor> inputs;
    for (Argument &argument : arguments)
      inputs.push_back(argument.values);
    auto outputs = function.call(inputs);
    EXPECT_TRUE(bool(outputs)) << outputs.error();
    return *outputs;
  }

  static void put(runtime::Tensor &tensor, int64_t i, double value) {
    if (tensor.type() == runtime::ElementType::F64)
      tensor.as<double>()[i] = value;
    else
      tensor.as<float>()[i] = float(value);
  }

  static std::string typed(llvm::StringRef type) {
    bool isShape = type.find_first_not_of("0123456789x") == llvm::StringRef::npos;
    return ("tensor<" + type + (isShape ? type.empty() ? "f64" : "xf64" : "") + ">").str();
  }

  Argument random(std::vector<int64_t> shape, runtime::ElementType type, char kind) {
    auto tensor = runtime::Tensor::allocate(type, std::move(shape));
    std::uniform_real_distribution<double> magnitude(.3, 1.3);
    double squares = 0;
    for (int64_t i = 0; i < tensor.count(); ++i) {
      double x = magnitude(engine);
      x = kind == '>' ? x + .9 : kind == '<' ? x * .7 : x;
      bool isSigned = kind != '+' && kind != '>';
      x = kind == '~' && i % 3 == 1 ? 0 : x;
      put(tensor, i, isSigned && engine() % 2 ? -x : x);
      squares += x * x;
    }
    return {tensor, std::sqrt(squares / double(std::max<int64_t>(tensor.count(), 1)))};
  }

  void parse(const GradientForm &form) {
    std::string signature, constants, types;
    llvm::StringMap<std::string> typeOf;
    llvm::SmallVector<llvm::StringRef> parts;
    llvm::StringRef(form.operands).split(parts, ' ', -1, false);
    for (llvm::StringRef part : parts) {
      auto [name, rest] = part.split(':');
      auto [type, value] = rest.split('=');
      char kind = type.empty() ? ' ' : type.back();
      if (kind == '+' || kind == '<' || kind == '>' || kind == '~')
        type = type.drop_back();
      std::string full = typed(type);
      typeOf[name] = full;
      if (!value.empty()) {
        constants += ("  %" + name + " = onnx.Constant() {value = dense<" + value + "> : " + full +
                      "} : () -> " + full + "\n")
                         .str();
        continue;
      }
      signature += (signature.empty() ? "%" : ", %") + name.str() + ": " + full;
      if (type.contains('i'))
        continue; // of a form that is refused
      std::vector<int64_t> shape;
      bool isNarrow = type.consume_back("xf32") || type.consume_back("f32");
      llvm::SmallVector<llvm::StringRef> sizes;
      type.split(sizes, 'x', -1, false);
      for (llvm::StringRef size : sizes)
        shape.push_back(std::stoll(size.str()));
      arguments.push_back(
          random(shape, isNarrow ? runtime::ElementType::F32 : runtime::ElementType::F64, kind));
    }
    llvm::StringRef operation = form.operation;
    for (size_t at = operation.find('%'); at != llvm::StringRef::npos;
         at = operation.find('%', at + 1)) {
      llvm::StringRef name =
          operation.substr(at + 1).take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
      types += (types.empty() ? "" : ", ") + typeOf[name];
    }
    llvm::SmallVector<llvm::StringRef> results;
    llvm::StringRef(form.results).split(results, ' ', -1, false);
    std::string resultTypes;
    size_t count = 0;
    for (llvm::StringRef type : results) {
      bool isGiven = type != "_", isIgnored = type.consume_front("!");
      resultTypes += (resultTypes.empty() ? "" : ", ") + (isGiven ? typed(type) : "_");
      if (!isGiven)
        continue;
      ++count;
      isRead.push_back(!isIgnored);
    }
    std::string text = "func.func @main(" + signature + ") {\n" + constants + "  %y" +
                       (count > 1 ? ":" + std::to_string(count) : "") + " = " + form.operation +
                       " : (" + types + ") -> (" + resultTypes + ")\n  return\n}";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
  }

  /// The sum of all results, each element times a random number.
  virtual mlir::Value addLoss() {
    auto function = module->lookupSymbol<mlir::func::FuncOp>("main");
    mlir::Operation *end = function.getBody().front().getTerminator();
    writeOutTrainedWeights(function);
    mlir::Operation *op = end->getPrevNode();
    (void)onnx::inferTypes(op);
    mlir::OpBuilder builder(end);
    OnnxBuilder build(builder, op->getLoc());
    mlir::Value loss;
    for (auto [place, result] : llvm::enumerate(op->getResults())) {
      if (!isRead[place] || !mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(result)))
        continue;
      auto type = mlir::cast<mlir::RankedTensorType>(result.getType());
      std::vector<double> numbers(type.getNumElements());
      std::uniform_real_distribution<double> any(-1, 1);
      for (double &number : numbers)
        number = any(engine);
      auto wide = type.clone(builder.getF64Type());
      mlir::Value factors =
          makeConstantOp(builder, op->getLoc(),
                         mlir::cast<mlir::ElementsAttr>(
                             mlir::DenseElementsAttr::get(wide, llvm::ArrayRef(numbers))));
      mlir::Value product = build.multiply(build.cast(result, builder.getF64Type()), factors);
      mlir::Value flat = build.reshape(product, {type.getNumElements()});
      mlir::Value sum = build.reshape(build.reduceSum(flat, {0}), llvm::ArrayRef<int64_t>());
      loss = loss ? build.add(loss, sum) : sum;
    }
    return loss;
  }

  void addLossAndGradients() {
    auto function = module->lookupSymbol<mlir::func::FuncOp>("main");
    mlir::Value loss = addLoss();
    llvm::SmallVector<mlir::Value> values(function.getArguments()), results{loss};
    Refusal reason;
    auto gradients = addGradients(loss, values, reason);
    ASSERT_TRUE(mlir::succeeded(gradients)) << reason.reason;
    for (auto [value, gradient] : llvm::zip_equal(values, *gradients)) {
      ASSERT_EQ(value.getType(), gradient.getType());
      results.push_back(gradient);
    }
    mlir::Operation *end = function.getBody().front().getTerminator();
    end->setOperands(results);
    auto types = mlir::FunctionType::get(&context, function.getArgumentTypes(),
                                         mlir::ValueRange(results).getTypes());
    function.setType(types);
    auto named = [&](llvm::StringRef name, size_t number) {
      return mlir::DictionaryAttr::get(
          &context, mlir::NamedAttribute(
                        mlir::StringAttr::get(&context, "onnx.name"),
                        mlir::StringAttr::get(&context, name.str() + std::to_string(number))));
    };
    for (size_t i = 0; i < values.size(); ++i)
      function.setArgAttrs(i, named("x", i));
    for (size_t i = 0; i < results.size(); ++i)
      function.setResultAttrs(i, named("y", i));
  }

  double lossFound = 0; ///< where it was checked
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<Argument> arguments;
  std::vector<bool> isRead;
  std::mt19937 engine{1};
};

class GradientForms : public GradientTest, public testing::WithParamInterface<GradientForm> {};

} // namespace retort

#endif
