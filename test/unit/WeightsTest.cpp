// The weight helper: every encoding reads back as it was written, and wrong data read as none.
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

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
  auto value = DenseResourceElementsAttr::get(
      tensor({15}, builder.getF32Type()), "short",
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
