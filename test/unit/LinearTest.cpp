// Products with constant weights, in every format and for every CPU that this one can be: against
// sums in f64 of what the weight's expression means.
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Emit/Emit.h"
#include "lib/Emit/WeightLayout.h"
#include "lib/Runtime/ThreadPool.h"
#include "lib/Support/RegisterDialects.h"
#include "retort/Pipeline.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"

#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace retort;

namespace {
struct Matrix {
  float *allocated = nullptr, *aligned = nullptr;
  int64_t offset = 0, sizes[2], strides[2];
};

/// Constants of a function, by the place of its onnx.Constant.
using Constants = std::vector<ElementsAttr>;

class LinearTest : public testing::TestWithParam<const char *> {
protected:
  LinearTest() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.disableMultithreading();
    context.loadAllAvailableDialects();
    runtime::ThreadPool::setSharedThreads(2);
  }

  void SetUp() override {
    auto host = llvm::sys::getHostCPUFeatures();
    StringRef cpu = GetParam();
    if ((cpu == "x86-64-v3" && !(host.lookup("avx2") && host.lookup("fma"))) ||
        (cpu == "x86-64-v4" && !host.lookup("avx512vl")))
      GTEST_SKIP() << "this CPU is no " << GetParam();
  }

  ElementsAttr floats(ArrayRef<int64_t> shape, Type element, std::vector<double> &values) {
    auto type = RankedTensorType::get(shape, element);
    return onnx::makeConstant(type, "floats", [&](MutableArrayRef<char> bytes) {
      for (double &value : values) {
        APFloat number(value);
        bool inexact;
        number.convert(cast<FloatType>(element).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                       &inexact);
        uint64_t bits = number.bitcastToAPInt().getZExtValue();
        size_t width = element.getIntOrFloatBitWidth() / 8, i = &value - values.data();
        std::memcpy(bytes.data() + i * width, &bits, width);
        number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
        value = number.convertToDouble();
      }
    });
  }

  /// Codes packed as in ONNX.
  ElementsAttr integers(ArrayRef<int64_t> shape, IntegerType element,
                        const std::vector<double> &values) {
    auto type = RankedTensorType::get(shape, element);
    return onnx::makeConstant(type, "codes", [&](MutableArrayRef<char> bytes) {
      unsigned bits = element.getWidth();
      llvm::fill(bytes, 0);
      for (size_t i = 0; i < values.size(); ++i)
        bytes[i * bits / 8] |= char((int64_t(values[i]) & ((1 << bits) - 1)) << (i * bits % 8));
    });
  }

  std::vector<double> random(int64_t count, double low, double high, bool whole = false) {
    std::uniform_real_distribution<double> draw(low, high);
    std::vector<double> values(count);
    for (double &value : values)
      value = whole ? std::floor(draw(generator)) : draw(generator);
    return values;
  }

  /// Compiles a function of rows MxK; its constants are replaced by those given.
  void compile(const std::string &text, const Constants &constants) {
    // Masks agree with their values once these are there.
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context, /*verifyAfterParse=*/false));
    ASSERT_TRUE(module);
    auto next = constants.begin();
    module->walk([&](onnx::ConstantOp op) { op->setAttr("value", *next++); });
    PassManager lower(&context), codegen(&context);
    buildLowerPipeline(lower);
    ASSERT_TRUE(succeeded(lower.run(*module)));
    for (WeightPlace place : layOutWeights(*module))
      weights.push_back(*onnx::ConstantView::of(Attribute(place.value)));
    CodegenOptions options;
    options.targetCpu = GetParam();
    buildCodegenPipeline(codegen, options);
    ASSERT_TRUE(succeeded(codegen.run(*module)));
    auto compiled = jitCompile(*module, EmitOptions{GetParam(), 2});
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    model = std::move(*compiled);
    main = reinterpret_cast<void (*)(void **)>(cantFail(model->lookup("retort_main")));
  }

  /// Calls the function on random rows and compares with sums in f64.
  void check(int64_t depth, int64_t columns, const std::vector<double> &weight,
             std::initializer_list<int64_t> counts = {1, 3, 4, 17, 64}) {
    for (int64_t rows : counts) {
      std::vector<double> exact = random(rows * depth, -1, 1);
      std::vector<float> x(exact.begin(), exact.end());
      Matrix left{x.data(), x.data(), 0, {rows, depth}, {depth, 1}}, result;
      std::vector<std::array<int64_t, 9>> descriptors(weights.size());
      std::vector<void *> args{&left};
      for (auto &&[weight, place] : llvm::zip(weights, descriptors)) {
        RankedTensorType type = weight.type();
        auto data = int64_t(weight.bytes().data());
        place[0] = place[1] = data;
        place[2] = 0;
        int64_t rank = type.getRank(), stride = 1;
        for (int64_t axis = rank; axis-- > 0; stride *= type.getDimSize(axis)) {
          place[3 + axis] = type.getDimSize(axis);
          place[3 + rank + axis] = stride;
        }
        args.push_back(place.data());
      }
      args.push_back(&result);
      main(args.data());
      ASSERT_EQ(result.sizes[0], rows);
      ASSERT_EQ(result.sizes[1], columns);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j) {
          double sum = 0, size = 0;
          for (int64_t k = 0; k < depth; ++k) {
            sum += double(x[i * depth + k]) * weight[k * columns + j];
            size += std::abs(double(x[i * depth + k]) * weight[k * columns + j]);
          }
          ASSERT_NEAR(result.aligned[i * columns + j], sum, 2e-6 * size + 1e-30)
              << "row " << i << " of " << rows << ", column " << j << " of " << columns;
        }
      free(result.allocated);
    }
  }

  /// A function of one product: `made` defines %w of type KxN.
  static std::string product(int64_t depth, int64_t columns, const std::string &made) {
    return llvm::formatv("func.func @main(%x: tensor<?x{0}xf32>) -> tensor<?x{1}xf32> {{\n{2}\n"
                         "  %y = onnx.MatMul(%x, %w) : (tensor<?x{0}xf32>, tensor<{0}x{1}xf32>) -> "
                         "tensor<?x{1}xf32>\n  return %y : tensor<?x{1}xf32>\n}",
                         depth, columns, made);
  }

  MLIRContext context;
  std::mt19937 generator{1};
  OwningOpRef<ModuleOp> module;
  std::vector<onnx::ConstantView> weights;
  std::unique_ptr<JitModel> model;
  void (*main)(void **) = nullptr;
};

std::string constant(const std::string &name, const std::string &type) {
  bool isFloat = StringRef(type).ends_with("f32") || StringRef(type).ends_with("f16");
  return "  %" + name + " = onnx.Constant() {value = dense<" + (isFloat ? "0.0" : "0") +
         "> : tensor<" + type + ">} : () -> tensor<" + type + ">\n";
}

std::string dims(std::initializer_list<int64_t> sizes) {
  std::string text;
  for (int64_t size : sizes)
    text += std::to_string(size) + "x";
  return text;
}
} // namespace

INSTANTIATE_TEST_SUITE_P(Cpus, LinearTest,
                         testing::Values("x86-64-v2", "x86-64-v3", "x86-64-v4", "native"),
                         [](auto &info) {
                           std::string name = info.param;
                           llvm::replace(name, '-', '_');
                           return name;
                         });

TEST_P(LinearTest, Dense) {
  for (auto [depth, columns] : {std::pair(64, 96), std::pair(33, 77), std::pair(300, 5)}) {
    std::vector<double> values = random(depth * columns, -1, 1);
    weights.clear();
    compile(product(depth, columns, constant("w", dims({depth, columns}) + "f32")),
            {floats({depth, columns}, Float32Type::get(&context), values)});
    check(depth, columns, values);
  }
}

TEST_P(LinearTest, DenseOfColumns) {
  std::vector<double> stored = random(40 * 70, -1, 1), values(70 * 40);
  for (int64_t n = 0; n < 40; ++n)
    for (int64_t k = 0; k < 70; ++k)
      values[k * 40 + n] = stored[n * 70 + k];
  compile(product(70, 40,
                  constant("s", "40x70xf32") +
                      "  %w = onnx.Transpose(%s) {perm = array<i64: 1, 0>} : "
                      "(tensor<40x70xf32>) -> tensor<70x40xf32>\n"),
          {floats({40, 70}, Float32Type::get(&context), stored)});
  check(70, 40, values);
}

TEST_P(LinearTest, HalfPrecision) {
  if (StringRef(GetParam()) == "x86-64-v2")
    GTEST_SKIP() << "conversions from f16 call a library there";
  std::vector<double> values = random(70 * 40, -1, 1);
  compile("func.func @main(%x: tensor<?x70xf32>) -> tensor<?x40xf32> {\n" +
              constant("w", "70x40xf16") + R"(
  %h = onnx.Cast(%w) {to = 1 : i64} : (tensor<70x40xf16>) -> tensor<70x40xf32>
  %y = onnx.MatMul(%x, %h) : (tensor<?x70xf32>, tensor<70x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
})",
          {floats({70, 40}, Float16Type::get(&context), values)});
  check(70, 40, values);
}

namespace {
/// One way of quantizing a matrix KxN.
struct Quantized {
  int64_t depth, columns, bits;
  bool isSigned;
  int64_t block; // 0: by column
  bool hasZeros, isSwapped;
};

void PrintTo(const Quantized &q, std::ostream *os) {
  *os << q.depth << "x" << q.columns << " of " << q.bits << " bits, block " << q.block;
}
} // namespace

TEST_P(LinearTest, Groups) {
  for (Quantized q : {Quantized{64, 96, 8, true, 0, false, false},
                      {45, 70, 8, true, 0, true, true},
                      {70, 50, 8, false, 16, true, false},
                      {96, 64, 4, true, 32, false, false},
                      {172, 40, 4, true, 32, false, true},
                      {172, 40, 4, false, 32, true, false},
                      {100, 33, 4, false, 16, false, false},
                      {90, 33, 4, true, 20, true, true},
                      {128, 64, 2, true, 32, false, false},
                      {128, 64, 4, true, 128, false, false}}) {
    SCOPED_TRACE(testing::PrintToString(q));
    auto element = IntegerType::get(&context, q.bits,
                                    q.isSigned ? IntegerType::Signless : IntegerType::Unsigned);
    double low = q.isSigned ? -double(1 << (q.bits - 1)) : 0, high = low + (1 << q.bits);
    int64_t groups = q.block ? (q.depth + q.block - 1) / q.block : 1;
    auto codes = random(q.depth * q.columns, low, high, true);
    auto scales = random(groups * q.columns, 0.01, 0.1);
    auto zeros = random(groups * q.columns, low, high, true);
    Constants constants;
    // Swapped: stored NxK, scales Nxgroups.
    auto place = [&](int64_t k, int64_t n, int64_t rows) {
      return q.isSwapped ? n * rows + k : k * q.columns + n;
    };
    SmallVector<int64_t> shape{q.depth, q.columns}, table{groups, q.columns};
    if (q.isSwapped)
      shape = {q.columns, q.depth}, table = {q.columns, groups};
    if (!q.block)
      table = {q.columns};
    constants.push_back(integers(shape, element, codes));
    constants.push_back(floats(table, Float32Type::get(&context), scales));
    if (q.hasZeros)
      constants.push_back(integers(table, element, zeros));
    std::vector<double> values(q.depth * q.columns);
    for (int64_t k = 0; k < q.depth; ++k)
      for (int64_t n = 0; n < q.columns; ++n) {
        int64_t group = q.block ? place(k / q.block, n, groups) : n;
        values[k * q.columns + n] =
            (codes[place(k, n, q.depth)] - (q.hasZeros ? zeros[group] : 0)) * float(scales[group]);
      }
    std::string codeType =
                    dims({shape[0], shape[1]}) + (q.isSigned ? "i" : "ui") + std::to_string(q.bits),
                tableDims = q.block ? dims({table[0], table[1]}) : dims({table[0]}),
                zeroType = tableDims + (q.isSigned ? "i" : "ui") + std::to_string(q.bits),
                floatType = dims({shape[0], shape[1]}) + "f32";
    std::string made = constant("c", codeType) + constant("s", tableDims + "f32") +
                       (q.hasZeros ? constant("z", zeroType) : "");
    int64_t axis = q.block ? (q.isSwapped ? 1 : 0) : (q.isSwapped ? 0 : 1);
    made += "  %" + std::string(q.isSwapped ? "d" : "w") + " = onnx.DequantizeLinear(%c, %s" +
            (q.hasZeros ? ", %z" : "") + ") {axis = " + std::to_string(axis) +
            " : i64, block_size = " + std::to_string(q.block) + " : i64} : (tensor<" + codeType +
            ">, tensor<" + tableDims + "f32>" + (q.hasZeros ? ", tensor<" + zeroType + ">" : "") +
            ") -> tensor<" + floatType + ">\n";
    if (q.isSwapped)
      made += "  %w = onnx.Transpose(%d) {perm = array<i64: 1, 0>} : (tensor<" + floatType +
              ">) -> tensor<" + dims({q.depth, q.columns}) + "f32>\n";
    weights.clear();
    compile(product(q.depth, q.columns, made), constants);
    if (HasFatalFailure())
      return;
    check(q.depth, q.columns, values);
  }
}

/// n of each m rows, plain or quantized, along either stored axis, and without a pattern.
TEST_P(LinearTest, Sparse) {
  struct Pattern {
    int64_t depth, columns, n, m; // m 0: no pattern
    bool isSwapped, isQuantized;
  };
  for (Pattern p : {Pattern{64, 40, 2, 4, false, false},
                    {70, 33, 1, 4, false, false},
                    {64, 40, 4, 8, true, false},
                    {80, 40, 4, 16, false, false},
                    {64, 40, 3, 4, false, false},
                    {64, 40, 2, 4, false, true},
                    {64, 40, 0, 0, false, false}}) {
    SCOPED_TRACE(std::to_string(p.n) + " of " + std::to_string(p.m));
    int64_t rows = p.isSwapped ? p.columns : p.depth, width = p.isSwapped ? p.depth : p.columns;
    // 1. What is kept, by position in the stored matrix.
    std::vector<char> kept(rows * width);
    int64_t lines = p.isSwapped ? rows : width;
    for (int64_t line = 0; line < lines; ++line)
      for (int64_t k = 0; k < p.depth; ++k) {
        int64_t block = p.m ? k % p.m : k;
        bool keep = p.m ? (block + line) % p.m < p.n : (k * 7 + line * 3) % 5 < 2;
        if (p.m && p.depth - (k - block) < p.m)
          keep = block < p.n; // the last block is shorter
        kept[p.isSwapped ? line * width + k : k * width + line] = keep;
      }
    std::vector<double> mask((rows * width + 7) / 8);
    for (size_t i = 0; i < kept.size(); ++i)
      mask[i / 8] += kept[i] ? 1 << (i % 8) : 0;
    // 2. The kept ones in the order of the format.
    int64_t length =
        p.m ? p.depth / p.m * p.n + std::min(p.n, p.depth % p.m) : llvm::count(kept, 1);
    SmallVector<int64_t> shape =
        p.m ? SmallVector<int64_t>{length, width} : SmallVector<int64_t>{length};
    if (p.isSwapped)
      shape = {rows, length};
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    auto stored = p.isQuantized ? random(count, -8, 8, true) : random(count, -1, 1);
    for (double &number : stored)
      number = float(number);
    auto scales = random(p.columns, 0.1, 0.2);
    std::vector<double> values(p.depth * p.columns);
    std::vector<int64_t> next(lines);
    int64_t nextOfAll = 0;
    for (int64_t i = 0; i < rows * width; ++i) {
      int64_t line = p.isSwapped ? i / width : i % width, k = p.isSwapped ? i % width : i / width;
      if (!kept[i])
        continue;
      int64_t at = p.m ? next[line]++ : nextOfAll++;
      int64_t place = !p.m ? at : p.isSwapped ? line * length + at : at * width + line;
      values[k * p.columns + line] =
          stored[place] * (p.isQuantized ? double(float(scales[line])) : 1);
    }
    // 3. The expression.
    std::string shapeText = shape.size() == 1 ? dims({shape[0]}) : dims({shape[0], shape[1]});
    Constants constants{integers({int64_t(mask.size())},
                                 IntegerType::get(&context, 8, IntegerType::Unsigned), mask)};
    std::string made = constant("m", dims({int64_t(mask.size())}) + "ui8");
    auto f32 = Float32Type::get(&context);
    if (p.isQuantized) {
      constants.push_back(integers(shape, IntegerType::get(&context, 4), stored));
      constants.push_back(floats({p.columns}, f32, scales));
      made += constant("c", shapeText + "i4") + constant("s", dims({p.columns}) + "f32") +
              "  %v = onnx.DequantizeLinear(%c, %s) {axis = 1 : i64} : (tensor<" + shapeText +
              "i4>, tensor<" + dims({p.columns}) + "f32>) -> tensor<" + shapeText + "f32>\n";
    } else {
      constants.push_back(floats(shape, f32, stored));
      made += constant("v", shapeText + "f32");
    }
    std::string type = dims({rows, width}) + "f32", name = p.isSwapped ? "d" : "w";
    made +=
        "  %" + name + " = compress.decode_sparse(%m, %v)" +
        (p.m ? " {axis = " + std::to_string(p.isSwapped) + " : i64, n = " + std::to_string(p.n) +
                   " : i64, m = " + std::to_string(p.m) + " : i64}"
             : std::string()) +
        " : (tensor<" + dims({int64_t(mask.size())}) + "ui8>, tensor<" + shapeText +
        "f32>) -> tensor<" + type + ">\n";
    if (p.isSwapped)
      made += "  %w = onnx.Transpose(%d) {perm = array<i64: 1, 0>} : (tensor<" + type +
              ">) -> tensor<" + dims({p.depth, p.columns}) + "f32>\n";
    weights.clear();
    compile(product(p.depth, p.columns, made), constants);
    if (HasFatalFailure())
      return;
    check(p.depth, p.columns, values);
  }
}

/// x (A B): two narrow products, and A B is never computed.
TEST_P(LinearTest, LowRank) {
  std::vector<double> left = random(64 * 8, -1, 1), right = random(8 * 80, -1, 1), values(64 * 80);
  auto f32 = Float32Type::get(&context);
  compile(product(64, 80,
                  constant("a", "64x8xf32") + constant("b", "8x80xf32") +
                      "  %w = onnx.MatMul(%a, %b) : (tensor<64x8xf32>, tensor<8x80xf32>) -> "
                      "tensor<64x80xf32>\n"),
          {floats({64, 8}, f32, left), floats({8, 80}, f32, right)});
  EXPECT_EQ(weights.size(), 2u);
  for (int64_t k = 0; k < 64; ++k)
    for (int64_t n = 0; n < 80; ++n)
      for (int64_t r = 0; r < 8; ++r)
        values[k * 80 + n] += left[k * 8 + r] * right[r * 80 + n];
  check(64, 80, values);
}

/// Large enough for the threads to share.
TEST_P(LinearTest, SharedByThreads) {
  std::vector<double> values = random(1100 * 1000, -1, 1);
  compile(product(1100, 1000, constant("w", "1100x1000xf32")),
          {floats({1100, 1000}, Float32Type::get(&context), values)});
  check(1100, 1000, values, {1, 7});
}
