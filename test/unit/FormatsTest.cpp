// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is packed for kernels reads as the numbers that the expression stands for, by the reference
// of the format.
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Lower/WeightMatrix.h"
#include "lib/Plugin/RegisterDialects.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace retort;

namespace {
class FormatsTest : public testing::Test {
protected:
  FormatsTest() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<onnx::OnnxDialect, compress::CompressDialect, linear::LinearDialect,
                        func::FuncDialect>();
    module = ModuleOp::create(UnknownLoc::get(&context));
    builder.setInsertionPointToStart(module->getBody());
  }

  Value constant(ArrayRef<int64_t> shape, Type element, llvm::function_ref<int64_t(int64_t)> bits) {
    auto type = RankedTensorType::get(shape, element);
    auto value = onnx::makeConstant(type, "c", [&](MutableArrayRef<char> bytes) {
      llvm::fill(bytes, 0);
      unsigned width = onnx::elementBits(element);
      for (int64_t i = 0; i < type.getNumElements(); ++i) {
        uint64_t raw = bits(i);
        if (width < 8)
          onnx::storeBits(bytes.data(), width, i, raw);
        else
          std::memcpy(bytes.data() + i * width / 8, &raw, width / 8);
      }
    });
    return onnx::InitializerOp::create(builder, module->getLoc(), type, "c", value, {});
  }
  Value integers(ArrayRef<int64_t> shape, Type element) {
    return constant(shape, element, [&](int64_t) { return int64_t(random()); });
  }
  Value floats(ArrayRef<int64_t> shape) {
    return constant(shape, builder.getF32Type(), [&](int64_t) {
      return int64_t(llvm::bit_cast<uint32_t>(float(int(random() % 200) - 100) / 64));
    });
  }

  /// Packs the value in both directions and reads it back.
  void check(Value value, StringRef format, StringRef swappedFormat) {
    auto source = compress::WeightExpression::of(value);
    ASSERT_TRUE(source);
    int64_t width = source->type().getDimSize(1);
    for (bool isSwapped : {false, true}) {
      auto weight = weightMatrixOf(value, isSwapped);
      ASSERT_TRUE(weight);
      std::string text;
      llvm::raw_string_ostream(text) << weight->format;
      EXPECT_EQ(text, isSwapped ? swappedFormat : format);
      auto parts = views(*weight);
      checkBytes(*weight, parts);
      auto known = cast<linear::LinearFormat>(weight->format);
      for (int64_t k = 0; k < weight->depth; ++k)
        for (int64_t n = 0; n < weight->columns; ++n)
          ASSERT_FLOAT_EQ(known.read(parts, k, n),
                          source->at(isSwapped ? n * width + k : k * width + n))
              << text << " at " << k << ", " << n;
    }
  }

  /// What the format says that the weight takes is what its parts take, and those that are absent.
  static void checkBytes(const WeightMatrix &weight, ArrayRef<onnx::ConstantView> parts) {
    auto known = cast<linear::LinearFormat>(weight.format);
    auto expected = known.getParts(weight.depth, weight.columns);
    int64_t bytes = 0;
    for (auto [i, part] : llvm::enumerate(expected))
      bytes += i < parts.size() ? parts[i].byteCount() : llvm::product_of(part.shape);
    EXPECT_EQ(weight.bytes(Float32Type::get(weight.format.getContext())), bytes);
  }

  /// The parts, after the format has verified them.
  std::vector<onnx::ConstantView> views(const WeightMatrix &weight) {
    std::vector<onnx::ConstantView> result;
    SmallVector<Type> types;
    for (ElementsAttr part : weight.pack()) {
      result.push_back(*onnx::ConstantView::of(Attribute(part)));
      types.push_back(part.getType());
    }
    auto emitError = [&] { return mlir::emitError(UnknownLoc::get(&context)); };
    EXPECT_TRUE(succeeded(cast<linear::LinearFormat>(weight.format)
                              .verifyParts(emitError, weight.depth, weight.columns, types)));
    return result;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  OpBuilder builder{&context};
  std::mt19937 random{7};
};
} // namespace

TEST_F(FormatsTest, PackNumbers) { check(floats({37, 41}), "#linear.dense", "#linear.dense"); }

TEST_F(FormatsTest, PackCodesOfColumnsAndBlocks) {
  Location loc = module->getLoc();
  for (auto [bits, isSigned] : {std::pair(4, true), {4, false}, {8, true}, {3, true}, {2, false}}) {
    auto code =
        IntegerType::get(&context, bits, isSigned ? IntegerType::Signless : IntegerType::Unsigned);
    std::string width = std::to_string(bits == 3 ? 4 : bits);
    Value codes = integers({45, 38}, code);
    check(compress::createDequantize(builder, loc, codes, floats({38}), integers({38}, code), 1, 0),
          "#linear.groups<bits = " + width + ", size = 45>", "#linear.dense");
    check(compress::createDequantize(builder, loc, codes, floats({3, 38}), {}, 0, 16),
          "#linear.groups<bits = " + width + ", size = 16>", "#linear.dense");
    check(compress::createDequantize(builder, loc, codes, floats({45, 2}), integers({45, 2}, code),
                                     1, 20),
          "#linear.dense", "#linear.groups<bits = " + width + ", size = 20>");
  }
}

TEST_F(FormatsTest, PackCodesWithZeroPointsBetweenThem) {
  Location loc = module->getLoc();
  for (int bits : {2, 4, 8}) {
    auto code = builder.getIntegerType(bits, /*isSigned=*/false);
    check(compress::createDequantize(builder, loc, integers({45, 38}, code), floats({3, 38}),
                                     floats({3, 38}), 0, 16),
          "#linear.groups<bits = " + std::to_string(bits) + ", size = 16, float_zeros = true>",
          "#linear.dense");
  }
}

TEST_F(FormatsTest, PackKeptNumbersAndKeptCodes) {
  Location loc = module->getLoc();
  auto type = RankedTensorType::get({40, 34}, builder.getF32Type());
  // Of each four rows the second and the last but in odd columns, where one is enough.
  std::vector<char> mask(40 * 34 / 8);
  for (int64_t k = 0; k < 40; ++k)
    for (int64_t n = 0; n < 34; ++n)
      if (k % 4 == 1 || (k % 4 == 3 && n % 2 == 0))
        onnx::storeBits(mask.data(), 1, k * 34 + n, 1);
  Value bits = constant({int64_t(mask.size())}, builder.getIntegerType(8, false),
                        [&](int64_t i) { return uint8_t(mask[i]); });
  auto two = builder.getI64IntegerAttr(2), four = builder.getI64IntegerAttr(4),
       zero = builder.getI64IntegerAttr(0);
  check(
      compress::DecodeSparseOp::create(builder, loc, type, bits, floats({20, 34}), two, four, zero),
      "#linear.sparse<n = 2, m = 4>", "#linear.dense");
  auto code = builder.getIntegerType(4);
  Value values =
      compress::createDequantize(builder, loc, integers({20, 34}, code), floats({5, 34}), {}, 0, 4);
  check(compress::DecodeSparseOp::create(builder, loc, type, bits, values, two, four, zero),
        "#linear.groups<bits = 4, size = 8>", "#linear.dense");
}

TEST_F(FormatsTest, PackKeptCodesByTheirZeros) {
  Location loc = module->getLoc();
  for (bool hasZeros : {false, true})
    for (auto form : {std::array{2, 4, 32}, {1, 2, 64}, {2, 8, 32}, {1, 4, 64}}) {
      int64_t n = form[0], m = form[1], size = form[2];
      auto code = builder.getIntegerType(4, /*isSigned=*/false);
      int64_t groups = llvm::divideCeil(77, size);
      std::vector<int64_t> zeroPoints(groups * 38);
      for (int64_t &zero : zeroPoints)
        zero = hasZeros ? random() % 16 : 0;
      // In odd columns less is kept than the pattern allows.
      Value codes = constant({77, 38}, code, [&](int64_t i) {
        int64_t k = i / 38, column = i % 38, place = (k % m + column) % m;
        bool isKept = place < n - (n > 1 && column % 2);
        return isKept ? int64_t(random() % 16) : zeroPoints[k / size * 38 + column];
      });
      Value zeros = hasZeros
                        ? constant({groups, 38}, code, [&](int64_t i) { return zeroPoints[i]; })
                        : Value();
      std::string text = "#linear.sparse_groups<n = " + std::to_string(n) +
                         ", m = " + std::to_string(m) +
                         ", bits = 4, size = " + std::to_string(size) + ">";
      check(compress::createDequantize(builder, loc, codes, floats({groups, 38}), zeros, 0, size),
            text, "#linear.dense");
    }
}

TEST_F(FormatsTest, PackKeptNumbersByTheirZeros) {
  Value numbers = constant({38, 41}, builder.getF32Type(), [&](int64_t i) {
    bool isKept = (i / 41 % 8 + i % 41) % 8 < 2;
    return isKept ? int64_t(llvm::bit_cast<uint32_t>(float(1 + random() % 100))) : 0;
  });
  // Its other axis has no pattern: of eight places in a row, which begin anywhere, two are kept
  // too.
  check(numbers, "#linear.sparse<n = 2, m = 8>", "#linear.sparse<n = 2, m = 8>");
}

TEST_F(FormatsTest, PackNumbersWhereCodesTakeAsMuch) {
  Location loc = module->getLoc();
  auto code = builder.getIntegerType(8);
  auto blocks = [&](int64_t size) {
    return compress::createDequantize(builder, loc, integers({64, 32}, code),
                                      floats({64 / size, 32}), {}, 0, size);
  };
  // A word of codes, a scale and a zero point for each group: 9 bytes for 2 numbers, or for 4.
  check(blocks(2), "#linear.dense", "#linear.dense");
  check(blocks(4), "#linear.groups<bits = 8, size = 4>", "#linear.dense");
}

TEST_F(FormatsTest, PackLevelsOfAllWidths) {
  Location loc = module->getLoc();
  auto place = builder.getIntegerType(6, /*isSigned=*/false);
  Value ladder = constant({2}, builder.getI32Type(), [](int64_t i) {
    return i == 0 ? llvm::bit_cast<int32_t>(.01f) : 300000;
  });
  for (unsigned bits = 2; bits <= 8; ++bits) {
    auto code = builder.getIntegerType(bits, /*isSigned=*/false);
    std::string text = "#linear.levels<bits = " + std::to_string(bits) + ", size = ";
    // Fewer rows than a block, blocks of each size, several blocks of a group, and one group of
    // all.
    for (auto [size, format] :
         {std::pair(8, "8>"), {16, "16>"}, {32, "32>"}, {64, "64>"}, {77, "77>"}}) {
      int64_t groups = llvm::divideCeil(77, size);
      auto type = RankedTensorType::get({77, 38}, builder.getF32Type());
      check(compress::DecodeLevelsOp::create(builder, loc, type, integers({77, 38}, code),
                                             integers({groups, 38}, place), ladder, /*axis=*/0,
                                             size),
            text + format, "#linear.dense");
    }
    auto swapped = RankedTensorType::get({38, 45}, builder.getF32Type());
    check(compress::DecodeLevelsOp::create(builder, loc, swapped, integers({38, 45}, code),
                                           integers({38, 2}, place), ladder, /*axis=*/1, 32),
          "#linear.dense", text + "32>");
    check(compress::DecodeLevelsOp::create(builder, loc, swapped, integers({38, 45}, code),
                                           integers({38, 3}, place), ladder, /*axis=*/1, 20),
          "#linear.dense", "#linear.dense");
  }
}
