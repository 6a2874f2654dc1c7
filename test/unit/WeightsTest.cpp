// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The weight helper: every encoding reads back as it was written, and wrong data read as none.
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
class Weights : public testing::Test {
protected:
  MLIRContext context;
  Builder builder{&context};

  RankedTensorType tensor(ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  }
};
} // namespace

TEST_F(Weights, ReadSplatsAsAllTheirElements) {
  auto splat = DenseElementsAttr::get(tensor({2, 3}, builder.getF32Type()), 2.5f);
  auto view = onnx::ConstantView::of(splat);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->isSplat());
  EXPECT_EQ(view->bytes().size(), 24u);
  EXPECT_EQ(view->floatAt(5), 2.5);
  EXPECT_EQ(view->floats(1, 3), (std::vector<float>{2.5, 2.5, 2.5}));
}

TEST_F(Weights, ReadNumbersThatLiePackedInBytes) {
  Type byte = builder.getIntegerType(8, false);
  auto bytes = onnx::makeConstant(tensor({3}, byte), std::vector<char>{0x21, 0x43, 0x65}, "w");
  auto equal = onnx::makeConstant(tensor({3}, byte), std::vector<char>{0x1b, 0x1b, 0x1b}, "w");
  auto view = onnx::ConstantView::of(bytes), splat = onnx::ConstantView::of(equal);
  ASSERT_TRUE(view && splat && splat->isSplat());
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(view->packedAt(4, i), unsigned(i + 1));
  for (unsigned width = 1; width <= 8; ++width)
    for (int i = 0; i < int(24 / width); ++i)
      EXPECT_EQ(splat->packedAt(width, i), onnx::loadBits("\x1b\x1b\x1b", width, i));
}

TEST_F(Weights, LendBytesAsLongAsACopyLives) {
  std::optional<onnx::ConstantView> copy;
  ArrayRef<char> bytes;
  {
    auto view =
        onnx::ConstantView::of(DenseElementsAttr::get(tensor({600}, builder.getF32Type()), 1.0f));
    copy = view;
    bytes = view->bytes();
  }
  EXPECT_EQ(copy->bytes().data(), bytes.data());
  EXPECT_EQ(bytes.size(), 2400u);
  EXPECT_EQ(bytes[2399], 0x3f);
}

TEST_F(Weights, AreLargeFromTheSizeOfTheirEncodingOn) {
  EXPECT_FALSE(onnx::isLarge(tensor({256}, builder.getF32Type())));
  EXPECT_TRUE(onnx::isLarge(tensor({257}, builder.getF32Type())));
  EXPECT_FALSE(onnx::isLarge(tensor({2048}, builder.getIntegerType(4))));
  EXPECT_TRUE(onnx::isLarge(tensor({2049}, builder.getIntegerType(4))));
  EXPECT_TRUE(onnx::isLarge(tensor({1025}, builder.getI1Type())));
  EXPECT_FALSE(onnx::isLarge(tensor({ShapedType::kDynamic, 4096}, builder.getF32Type())));
}

TEST_F(Weights, KeepTheBytesOfEveryWidth) {
  struct Case {
    Type element;
    std::vector<char> bytes;
    std::vector<int64_t> values;
  };
  Case cases[] = {
      {builder.getI1Type(), {1, 0, 1}, {1, 0, 1}},
      {builder.getI8Type(), {-1, 2, 3}, {-1, 2, 3}},
      {builder.getIntegerType(8, false), {-1, 2, 3}, {255, 2, 3}},
      {builder.getIntegerType(4), {0x2f, 0x08}, {-1, 2, -8}},
      {builder.getIntegerType(4, false), {0x2f, 0x08}, {15, 2, 8}},
      {builder.getIntegerType(2, false), {0x39}, {1, 2, 3}},
      {builder.getType<Float4E2M1FNType>(), {0x42, 0x06}, {1, 2, 4}},
      {builder.getType<Float6E2M3FNType>(), {0x08, 0x00, 0x01}, {1, 0, 2}},
      {builder.getType<Float6E3M2FNType>(), {0x0c, 0x04, 0x01}, {1, 2, 2}},
      {builder.getIntegerType(3), {0x31, 0x01}, {1, -2, -4}},
      {builder.getIntegerType(5, false), {0x1f, 0x44}, {31, 0, 17}},
      {builder.getF16Type(), {0, 0x3c, 0, char(0xc0), 0, 0}, {1, -2, 0}},
      {builder.getBF16Type(), {char(0x80), 0x3f, 0, char(0xc0), 0, 0}, {1, -2, 0}},
  };
  for (const Case &each : cases) {
    auto value = onnx::makeConstant(tensor({3}, each.element), each.bytes, "w");
    auto view = onnx::ConstantView::of(value);
    ASSERT_TRUE(view);
    EXPECT_TRUE(isa<DenseElementsAttr>(value));
    EXPECT_EQ(view->bytes().vec(), each.bytes);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(view->intAt(i), each.values[i]);
  }
}

TEST_F(Weights, WidenEveryHalf) {
  std::vector<char> bytes(2 << 16);
  for (unsigned i = 0; i < 1 << 16; ++i)
    bytes[2 * i] = char(i), bytes[2 * i + 1] = char(i >> 8);
  auto view = onnx::ConstantView::of(
      onnx::makeConstant(tensor({1 << 16}, builder.getF16Type()), bytes, "w"));
  ASSERT_TRUE(view);
  for (unsigned i = 0; i < 1 << 16; ++i) {
    APFloat expected(APFloat::IEEEhalf(), APInt(16, i));
    bool inexact;
    expected.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
    double found = view->floatAt(i);
    ASSERT_TRUE(expected.isNaN() ? std::isnan(found) : found == expected.convertToDouble()) << i;
  }
}

TEST_F(Weights, PackElementsAcrossBytes) {
  std::vector<char> bytes(6 * 2000 / 8);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = char(i * 37);
  auto type = builder.getType<Float6E2M3FNType>();
  auto large = onnx::ConstantView::of(onnx::makeConstant(tensor({2000}, type), bytes, "w"));
  auto small = onnx::ConstantView::of(
      onnx::makeConstant(tensor({40}, type), ArrayRef(bytes).take_front(30), "w"));
  ASSERT_TRUE(large && small);
  EXPECT_EQ(small->bytes().vec(), std::vector<char>(bytes.begin(), bytes.begin() + 30));
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(large->floatAt(i), small->floatAt(i));
  auto splat = DenseElementsAttr::get(tensor({3}, type), APFloat(type.getFloatSemantics(), "2.0"));
  EXPECT_EQ(onnx::ConstantView::of(splat)->bytes().vec(), (std::vector<char>{0x10, 0x04, 0x01}));
}

TEST_F(Weights, LieOutsideTheIrWhereTheyAreLarge) {
  for (int64_t count : {257, 300000}) { // heap, spill file
    auto value = onnx::makeConstant(tensor({count}, builder.getF32Type()), "w",
                                    [&](MutableArrayRef<char> bytes) {
                                      auto *floats = reinterpret_cast<float *>(bytes.data());
                                      for (int64_t i = 0; i < count; ++i)
                                        floats[i] = i;
                                    });
    EXPECT_TRUE(isa<DenseResourceElementsAttr>(value));
    EXPECT_EQ(onnx::ConstantView::of(value)->floatAt(count - 1), count - 1);
  }
}

TEST_F(Weights, BearMisalignedData) {
  std::vector<char> bytes(9);
  float number = 1.5f;
  std::memcpy(bytes.data() + 1, &number, 4);
  auto value = DenseResourceElementsAttr::get(
      tensor({2}, builder.getF32Type()), "w",
      UnmanagedAsmResourceBlob::allocateWithAlign(ArrayRef<char>(bytes).drop_front(), 1));
  EXPECT_EQ(onnx::ConstantView::of(value)->floatAt(0), 1.5);
}

TEST_F(Weights, AreNoneWhereTheDataContradictTheType) {
  char bytes[4] = {};
  auto value =
      DenseResourceElementsAttr::get(tensor({15}, builder.getF32Type()), "short",
                                     UnmanagedAsmResourceBlob::allocateWithAlign(bytes, 1));
  EXPECT_FALSE(onnx::ConstantView::of(value));
  EXPECT_FALSE(onnx::ConstantView::of(builder.getI64IntegerAttr(1)));
  EXPECT_FALSE(onnx::ConstantView::of(Attribute()));
}

TEST_F(Weights, AreFreedWhenNoAttributeNamesThem) {
  auto type = tensor({1000}, builder.getF32Type());
  auto make = [&] { return onnx::makeConstant(type, "w", [](MutableArrayRef<char>) {}); };
  auto kept = cast<DenseResourceElementsAttr>(make());
  auto dropped = cast<DenseResourceElementsAttr>(make());
  EXPECT_NE(kept.getRawHandle().getKey(), dropped.getRawHandle().getKey());
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  (*module)->setAttr("retort.kept", builder.getArrayAttr({kept}));
  onnx::releaseUnusedBlobs(*module);
  EXPECT_TRUE(onnx::ConstantView::of(kept));
  EXPECT_FALSE(onnx::ConstantView::of(dropped));
}

/// Kilobytes of this process that no file backs.
static int64_t anonymousKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (StringRef(line).consume_front("RssAnon:")) {
      int64_t number = 0;
      StringRef(line).drop_front(8).trim().consumeInteger(10, number);
      return number;
    }
  return -1;
}

TEST_F(Weights, TakeNoMemoryOnceTheyAreReplaced) {
  int64_t before = anonymousKilobytes();
  if (before < 0)
    GTEST_SKIP() << "the system does not tell the memory of a process";
  auto type = tensor({8 << 20}, builder.getF32Type()); // 32 MiB
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  for (int i = 1; i <= 10; ++i) {
    auto value = onnx::makeConstant(type, "w", [&](MutableArrayRef<char> bytes) {
      std::memset(bytes.data(), i, bytes.size());
    });
    (*module)->setAttr("retort.weight", value);
    onnx::releaseUnusedBlobs(*module);
    EXPECT_EQ(onnx::ConstantView::of(value)->bytes().back(), i);
  }
  EXPECT_LT(anonymousKilobytes() - before, 16 << 10);
}
