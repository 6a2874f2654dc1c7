// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled code called by its convention: in the process, and as a library with its weights and its
// manifest.
#include "lib/Emit/Emit.h"
#include "lib/Emit/WeightLayout.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Runtime/Fail.h"
#include "lib/Support/PendingFile.h"
#include "retort/Pipeline.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
template <int rank> struct Buffer {
  float *allocated = nullptr, *aligned = nullptr;
  int64_t offset = 0, sizes[rank], strides[rank];
};

/// A function of one matrix product: its weight is too large for the code.
constexpr const char *product = R"(
func.func @main(%x: tensor<?x16xf32> {onnx.name = "x", onnx.dims = ["rows", ""]}) -> (tensor<?x32xf32> {onnx.name = "y"}) {
  %w = onnx.Constant() {value = dense_resource<w> : tensor<16x32xf32>} : () -> tensor<16x32xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
)";

class EmitTest : public testing::Test {
protected:
  EmitTest() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.disableMultithreading();
  }

  /// Parses and lowers.
  OwningOpRef<ModuleOp> lower(StringRef text) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    PassManager pm(&context);
    buildLowerPipeline(pm);
    EXPECT_TRUE(module && succeeded(pm.run(*module)));
    return module;
  }

  void generate(ModuleOp module) {
    PassManager pm(&context);
    buildCodegenPipeline(pm);
    EXPECT_TRUE(succeeded(pm.run(module)));
  }

  /// The entry point, compiled into this process.
  void (*compile(StringRef text, StringRef symbol))(void **) {
    auto module = lower(text);
    generate(*module);
    auto compiled = jitCompile(*module, EmitOptions());
    EXPECT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    model = std::move(*compiled);
    return reinterpret_cast<void (*)(void **)>(cantFail(model->lookup(symbol)));
  }

  MLIRContext context;
  std::unique_ptr<JitModel> model;
};
} // namespace

TEST_F(EmitTest, RunsInTheProcess) {
  auto function = compile(
      "func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {\n"
      "  %0 = onnx.Exp(%x) : (tensor<?xf32>) -> tensor<?xf32>\n  return %0 : tensor<?xf32>\n}",
      "retort_main");
  float values[] = {0, 1, -1, -INFINITY, 100};
  Buffer<1> x{values, values, 0, {5}, {1}}, y;
  void *args[] = {&x, &y};
  function(args);
  ASSERT_EQ(y.sizes[0], 5);
  EXPECT_FLOAT_EQ(y.aligned[1], std::exp(1.0f));
  EXPECT_FLOAT_EQ(y.aligned[2], std::exp(-1.0f));
  EXPECT_EQ(y.aligned[3], 0);
  EXPECT_EQ(y.aligned[4], INFINITY);
  free(y.allocated);
}

/// Rows of ones times a matrix of ones, large enough for the threads to share.
TEST_F(EmitTest, SharesLargeKernels) {
  auto function =
      compile("func.func @main(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {\n"
              "  %0 = onnx.MatMul(%a, %b) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>\n"
              "  return %0 : tensor<?x?xf32>\n}",
              "retort_main");
  for (int64_t rows : {1, 3, 150}) {
    constexpr int64_t depth = 700, columns = 1001;
    std::vector<float> left(rows * depth, 1), right(depth * columns, 1);
    for (int64_t j = 0; j < columns; ++j)
      right[j] = j;
    Buffer<2> a{left.data(), left.data(), 0, {rows, depth}, {depth, 1}};
    Buffer<2> b{right.data(), right.data(), 0, {depth, columns}, {columns, 1}}, c;
    void *args[] = {&a, &b, &c};
    function(args);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        ASSERT_EQ(c.aligned[i * columns + j], depth - 1 + j);
    free(c.allocated);
  }
}

TEST_F(EmitTest, WritesStatesInPlace) {
  auto function = compile(R"(
func.func @step(%x: tensor<1x?xf32>, %past: tensor<i64>, %state: tensor<1x8xf32> {retort.state = 0 : i64})
    -> (tensor<1x?xf32>, tensor<1x8xf32>) {
  %c1 = arith.constant 1 : index
  %0 = tensor.extract %past[] : tensor<i64>
  %1 = arith.index_cast %0 : i64 to index
  %2 = tensor.dim %x, %c1 : tensor<1x?xf32>
  %3 = tensor.insert_slice %x into %state[0, %1] [1, %2] [1, 1] : tensor<1x?xf32> into tensor<1x8xf32>
  return %x, %3 : tensor<1x?xf32>, tensor<1x8xf32>
})",
                          "retort_step");
  float rows[] = {7, 9}, cache[8] = {};
  int64_t past = 3;
  struct {
    int64_t *allocated, *aligned, offset;
  } position{&past, &past, 0};
  Buffer<2> x{rows, rows, 0, {1, 2}, {2, 1}}, state{cache, cache, 0, {1, 8}, {8, 1}}, y;
  void *args[] = {&x, &position, &state, &y};
  function(args);
  EXPECT_EQ(cache[2], 0);
  EXPECT_EQ(cache[3], 7);
  EXPECT_EQ(cache[4], 9);
  EXPECT_EQ(cache[5], 0);
  EXPECT_EQ(y.aligned[1], 9);
  if (y.allocated != rows)
    free(y.allocated);
}

TEST_F(EmitTest, DescribesTheModel) {
  auto module = lower((StringRef(product) + "{-# dialect_resources: { builtin: { w: \"0x10000000" +
                       std::string(16 * 32 * 8, '0') + "\" } } #-}")
                          .str());
  Builder builder(module->getContext());
  (*module)->setAttr("retort.no_decode_step", builder.getStringAttr("rows meet"));
  (*module->getOps<func::FuncOp>().begin())
      ->setAttr("retort.context", builder.getI64IntegerAttr(9));
  auto text = buildManifest(*module, EmitOptions{"x86-64-v3", 2});
  ASSERT_TRUE(bool(text));
  auto manifest = cantFail(llvm::json::parse(*text));
  const llvm::json::Object &root = *manifest.getAsObject();
  EXPECT_EQ(root.getString("no_decode_step"), "rows meet");
  EXPECT_EQ(root.getString("cpu"), "x86-64-v3");
  const llvm::json::Object &function = *(*root.getArray("functions"))[0].getAsObject();
  EXPECT_EQ(function.getString("symbol"), "retort_main");
  EXPECT_EQ(function.getInteger("context"), 9);
  const llvm::json::Object &input = *(*function.getArray("inputs"))[0].getAsObject();
  EXPECT_EQ(input.getString("name"), "x");
  EXPECT_EQ(*input.getArray("shape"), (llvm::json::Array{-1, 16}));
  EXPECT_EQ(*input.getArray("dims"), (llvm::json::Array{"rows", ""}));
  const llvm::json::Object &weight = *(*root.getArray("weights"))[0].getAsObject();
  EXPECT_EQ(weight.getInteger("offset"), 4096);
  EXPECT_EQ(weight.getInteger("bytes"), 16 * 32 * 4);
}

TEST_F(EmitTest, WritesALibrary) {
  auto module = lower((StringRef(product) + "{-# dialect_resources: { builtin: { w: \"0x10000000" +
                       std::string(16 * 32 * 8, '0') + "\" } } #-}")
                          .str());
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("emit", folder));
  std::string name = (folder + "/model").str();
  std::string plain = cantFail(buildManifest(*module, EmitOptions()));
  std::string id = contentId(*module, plain), manifest = withId(plain, id);
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, contentId(*module, plain + " "));
  std::string header;
  llvm::raw_string_ostream headerText(header);
  EXPECT_FALSE(bool(emitHeader(manifest, "model", headerText)));
  EXPECT_FALSE(bool(writeFile(name + ".weights", [&](llvm::raw_ostream &stream) {
    return emitWeights(*module, id, stream);
  })));
  generate(*module);
  EXPECT_FALSE(bool(emitSharedLibrary(*module, manifest, EmitOptions(), name + ".so")));

  auto weights = llvm::MemoryBuffer::getFile(name + ".weights");
  ASSERT_TRUE(bool(weights));
  EXPECT_TRUE((*weights)->getBuffer().starts_with("RETORTW1"));
  EXPECT_EQ((*weights)->getBuffer().substr(16, 32), id);
  EXPECT_TRUE(StringRef(header).contains(id));
  EXPECT_EQ((*weights)->getBufferSize(), 4096u + 16 * 32 * 4);
  EXPECT_TRUE(StringRef(header).contains("//   args[1]  weight 0: f32[1][16][32]\n"));
  EXPECT_TRUE(StringRef(header).contains("void retort_main(void **args);"));
  void *library = dlopen((name + ".so").c_str(), RTLD_NOW);
  ASSERT_NE(library, nullptr) << dlerror();
  EXPECT_EQ(StringRef(static_cast<const char *>(dlsym(library, "retort_manifest"))), manifest);
  EXPECT_NE(dlsym(library, "retort_main"), nullptr);
  dlclose(library);
  llvm::sys::fs::remove_directories(folder);
}

TEST_F(EmitTest, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(llvm::toString(checkTargetCpu("z80")), "unknown target CPU 'z80'");
  EXPECT_FALSE(bool(checkTargetCpu("x86-64-v3")));
  EXPECT_FALSE(bool(checkTargetCpu("native")));
}

TEST_F(EmitTest, LeavesNothingWhereWritingFails) {
  auto module = lower(
      "func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {\n  return %x : tensor<4xf32>\n}");
  generate(*module);
  EXPECT_EQ(
      llvm::toString(emitSharedLibrary(*module, "{}", EmitOptions(), "/no/such/folder/model.so")),
      "No such file or directory");
}
