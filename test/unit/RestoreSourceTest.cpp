// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a method changed has a place in the model that was read, or the way back says why not.
#include "lib/Export/RestoreSource.h"
#include "lib/Pipeline/Emission.h"
#include "lib/Plugin/RegisterDialects.h"

#include "dialects/Onnx/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
class RestoreSource : public testing::Test {
protected:
  RestoreSource() : context(dialects()) {
    context.loadDialect<func::FuncDialect, onnx::OnnxDialect>();
  }
  static DialectRegistry dialects() {
    DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }

  /// A module of opset 21 whose graph is `inputs` and `body`.
  OwningOpRef<ModuleOp> parse(std::string inputs, std::string body) {
    return parseSourceString<ModuleOp>(
        "module attributes {onnx.model = #onnx.message<\"opset_import\" = "
        "#onnx.message<\"version\" = 21 : i64>>} { func.func @main(" +
            inputs + ") -> tensor<7x3xf32> { " + body + " return %y : tensor<7x3xf32> } }",
        &context);
  }

  static std::string textOf(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module.print(stream);
    return text;
  }

  MLIRContext context;
  const std::string x = "%x: tensor<7x3xf32> {onnx.name = \"x\"}";
  const std::string one = R"(%y = onnx.Scan(%x) {
        ^bb0(%row: tensor<3xf32>):
          %t = onnx.Neg(%row) {onnx.outputs = ["t"]} : (tensor<3xf32>) -> tensor<3xf32>
          onnx.yield %t : tensor<3xf32>
        } {num_scan_inputs = 1 : i64, onnx.outputs = ["y"]} : (tensor<7x3xf32>) -> tensor<7x3xf32>)";
  const std::string node =
      R"(%y = onnx.node "Scan"(%x) to ["y"] with [#onnx.attribute<"body" = unit>, #onnx.attribute<"num_scan_inputs" = 1 : i64>] {
        ^bb0(%row: tensor<3xf32>):
          %t = onnx.node "Neg"(%row) to ["t"] : (tensor<3xf32>) -> tensor<3xf32>
          onnx.yield %t : tensor<3xf32>
        } : (tensor<7x3xf32>) -> tensor<7x3xf32>)";
};
} // namespace

/// The graph gets a second argument, on which the value that keeps its name depends.
TEST_F(RestoreSource, TakesAGraphWithOtherArgumentsAsAWhole) {
  std::string two =
      R"(%y = onnx.Scan(%x, %x) {
        ^bb0(%row: tensor<3xf32>, %again: tensor<3xf32>):
          %t = onnx.Mul(%row, %again) {onnx.outputs = ["t"]} : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
          onnx.yield %t : tensor<3xf32>
        } {num_scan_inputs = 2 : i64, onnx.outputs = ["y"]} : (tensor<7x3xf32>, tensor<7x3xf32>) -> tensor<7x3xf32>)";
  auto source = parse(x, node), before = parse(x, one), after = parse(x, two);
  ASSERT_TRUE(source && before && after);
  Refusal why;
  auto restored = restoreSource(*source, *before, *after, OwnFunctions::Keep, why);
  EXPECT_EQ(why.reason, "");
  ASSERT_TRUE(restored);
  EXPECT_TRUE(succeeded(verify(*restored)));
  std::string text = textOf(*restored);
  EXPECT_NE(text.find("onnx.Mul"), std::string::npos) << text;
  EXPECT_EQ(text.find("Neg"), std::string::npos) << text;
}

TEST_F(RestoreSource, SaysThatTheInputsAreOthers) {
  auto source = parse(x, node), before = parse(x, one),
       after = parse(x + ", %z: tensor<7x3xf32> {onnx.name = \"z\"}", one);
  ASSERT_TRUE(source && before && after);
  Refusal why;
  EXPECT_FALSE(restoreSource(*source, *before, *after, OwnFunctions::Keep, why));
  EXPECT_EQ(why.reason, "it has 2 inputs now, and had 1");
}

TEST_F(RestoreSource, TellsOfCallsThatBecomeTheirBody) {
  auto source = parseSourceString<ModuleOp>(R"(
    module attributes {onnx.model = #onnx.message<
        "opset_import" = #onnx.message<"version" = 21 : i64>,
        "opset_import" = #onnx.message<"domain" = "own", "version" = 1 : i64>,
        "functions" = #onnx.message<
          "name" = "flip", "input" = "v", "output" = "w",
          "node" = #onnx.message<"input" = "v", "output" = "w", "op_type" = "Neg">,
          "opset_import" = #onnx.message<"version" = 21 : i64>,
          "domain" = "own">>} {
      func.func @main(%x: tensor<7x3xf32> {onnx.name = "x"}) -> tensor<7x3xf32> {
        %y = onnx.node "flip" domain "own"(%x) to ["y"] : (tensor<7x3xf32>) -> tensor<7x3xf32>
        return %y : tensor<7x3xf32>
      }
    })",
                                            &context);
  auto of = [&](std::string name) {
    return parse(x, "%y = onnx." + name +
                        R"((%x) {onnx.outputs = ["y"]} : (tensor<7x3xf32>) -> tensor<7x3xf32>)");
  };
  auto before = of("Neg"), after = of("Abs");
  ASSERT_TRUE(source && before && after);
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += diagnostic.str();
    return success();
  });
  Refusal why;
  auto restored = restoreSource(*source, *before, *after, OwnFunctions::Keep, why);
  ASSERT_TRUE(restored) << why.reason;
  EXPECT_EQ(said, "call of 'flip' becomes its body, in which a method changed a value");
  EXPECT_NE(textOf(*restored).find("Abs"), std::string::npos) << textOf(*restored);
}

namespace {
struct AddInput : PassWrapper<AddInput, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(AddInput)
  StringRef getArgument() const override { return "test-add-input"; }
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    auto name = StringAttr::get(&getContext(), "z");
    NamedAttribute attribute(StringAttr::get(&getContext(), "onnx.name"), name);
    (void)main.insertArgument(1, main.getArgument(0).getType(),
                              DictionaryAttr::get(&getContext(), attribute), main.getLoc());
  }
};
} // namespace

TEST_F(RestoreSource, WarnsWhereAllOfTheModelIsWrittenAnew) {
  PassRegistration<AddInput>();
  SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("models", folder));
  std::string model = (folder + "/m.mlir").str(), output = (folder + "/m.onnx").str();
  std::error_code code;
  llvm::raw_fd_ostream(model, code) << textOf(*parse(x, node));
  CompileOptions options;
  options.compress = "test-add-input";
  testing::internal::CaptureStderr();
  llvm::Error error = compileTo(EmitKind::Onnx, model, output, options);
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_FALSE(bool(error)) << toString(std::move(error));
  EXPECT_NE(said.find("all of the model is written anew, not only what changed: it has 2 inputs "
                      "now, and had 1"),
            std::string::npos)
      << said;
  (void)llvm::sys::fs::remove_directories(folder);
}
