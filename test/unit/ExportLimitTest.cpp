// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a protobuf cannot hold: weights go beside the model, and a graph that is too large by itself
// is refused.
#include "lib/Export/Export.h"
#include "lib/Plugin/RegisterDialects.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
class ExportLimit : public testing::Test {
protected:
  ExportLimit() : context(dialects()) {
    context.loadAllAvailableDialects();
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("export", folder));
    model = (folder + "/m.onnx").str();
    module = parseSourceString<ModuleOp>(R"(
      module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 21 : i64>>} {
        func.func @main(%x: tensor<2x300xf32> {onnx.name = "x"}) -> tensor<2x300xf32> {
          %w = onnx.initializer "w" dense<1.5> : tensor<2x300xf32>
          %y = onnx.node "Add"(%x, %w) to ["y"] : (tensor<2x300xf32>, tensor<2x300xf32>) -> tensor<2x300xf32>
          return %y : tensor<2x300xf32>
        }
      })",
                                         &context);
  }
  ~ExportLimit() override { (void)llvm::sys::fs::remove_directories(folder); }

  static DialectRegistry dialects() {
    DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }
  static uint64_t sizeOf(const std::string &path) {
    uint64_t size = 0;
    return llvm::sys::fs::file_size(path, size) ? 0 : size;
  }

  MLIRContext context;
  SmallString<128> folder;
  std::string model;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(ExportLimit, PutsWeightsBesideTheModel) {
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(exportOnnx(*module, model)));
  EXPECT_GT(sizeOf(model), 2400u);
  EXPECT_EQ(sizeOf(model + ".data"), 0u);
  ASSERT_TRUE(succeeded(exportOnnx(*module, model, /*largest=*/1000)));
  EXPECT_LT(sizeOf(model), 1000u);
  EXPECT_EQ(sizeOf(model + ".data"), 2400u);
}

TEST_F(ExportLimit, RefusesAGraphThatIsTooLarge) {
  ASSERT_TRUE(module);
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += diagnostic.str();
    return success();
  });
  EXPECT_TRUE(failed(exportOnnx(*module, model, /*largest=*/10)));
  EXPECT_NE(said.find("cannot be written as ONNX: "), std::string::npos) << said;
  EXPECT_NE(said.find(" bytes beside its weights, at most 10"), std::string::npos) << said;
  EXPECT_FALSE(llvm::sys::fs::exists(model));
}
