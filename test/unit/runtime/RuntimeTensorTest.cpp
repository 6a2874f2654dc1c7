// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element types, .npy and TensorProto files.
#include "lib/Runtime/TensorFile.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace retort::runtime;

TEST(RuntimeTensor, HalfPrecisionRoundsToNearestEven) {
  EXPECT_EQ(floatToHalf(1.0f), 0x3c00);
  EXPECT_EQ(floatToHalf(-2.5f), 0xc100);
  EXPECT_EQ(floatToHalf(65504.0f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(1.0f + 1.0f / 2048), 0x3c00); // a tie goes to the even one
  EXPECT_EQ(floatToHalf(1.0f + 3.0f / 2048), 0x3c02);
  EXPECT_EQ(floatToHalf(5.9604645e-08f), 0x0001);
  EXPECT_EQ(floatToHalf(6.1e-05f), 0x03ff); // the largest subnormal is 6.0976e-05
  EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(NAN))));
  for (unsigned bits = 0; bits < 0x10000; ++bits)
    if ((bits & 0x7fff) <= 0x7c00)
      ASSERT_EQ(floatToHalf(halfToFloat(uint16_t(bits))), bits);
}

TEST(RuntimeTensor, ReadsSmallFloats) {
  const uint8_t bytes[] = {0x38, 0x7e, 0x01, 0x7f};
  EXPECT_EQ(toDouble(ElementType::F8E4M3FN, bytes, 0), 1.0);
  EXPECT_EQ(toDouble(ElementType::F8E4M3FN, bytes, 1), 448.0);
  EXPECT_EQ(toDouble(ElementType::F8E4M3FN, bytes, 2), std::ldexp(1.0, -9));
  EXPECT_TRUE(std::isnan(toDouble(ElementType::F8E4M3FN, bytes, 3)));
  const uint8_t packed[] = {0x71};
  EXPECT_EQ(toDouble(ElementType::F4E2M1FN, packed, 0), 0.5);
  EXPECT_EQ(toDouble(ElementType::F4E2M1FN, packed, 1), 6.0);
}

TEST(RuntimeTensor, ReadsPackedIntegersLowNibbleFirst) {
  const uint8_t bytes[] = {0x8f, 0x07};
  EXPECT_EQ(bytesOf(ElementType::I4, 3), 2);
  EXPECT_EQ(toInteger(ElementType::I4, bytes, 0), -1);
  EXPECT_EQ(toInteger(ElementType::I4, bytes, 1), -8);
  EXPECT_EQ(toInteger(ElementType::I4, bytes, 2), 7);
  EXPECT_EQ(toInteger(ElementType::UI4, bytes, 1), 8);
}

static Tensor counting(ElementType type, const Shape &shape) {
  Tensor tensor = Tensor::allocate(type, shape);
  for (int64_t i = 0; i < tensor.count(); ++i)
    store(type, tensor.data(), i, double(i) - 2);
  return tensor;
}

static void expectEqual(const Tensor &found, const Tensor &expected) {
  EXPECT_EQ(found.type(), expected.type());
  EXPECT_EQ(found.shape(), expected.shape());
  ASSERT_EQ(found.bytes(), expected.bytes());
  EXPECT_EQ(std::memcmp(found.data(), expected.data(), size_t(found.bytes())), 0);
}

TEST(RuntimeTensor, WritesWhatItReads) {
  for (ElementType type :
       {ElementType::F64, ElementType::F32, ElementType::F16, ElementType::BF16, ElementType::I64,
        ElementType::I32, ElementType::I16, ElementType::I8, ElementType::UI8, ElementType::Bool})
    for (const Shape &shape : {Shape{2, 3}, Shape{}, Shape{0, 5}, Shape{7}}) {
      SCOPED_TRACE(std::string(info(type).name) + " " + toString(shape));
      Tensor tensor = counting(type, shape);
      auto proto = parseTensorProto(serializeTensorProto(tensor, "name"));
      ASSERT_TRUE(proto) << proto.error();
      EXPECT_EQ(proto->name, "name");
      expectEqual(proto->tensor, tensor);
      auto npy = parseNpy(serializeNpy(tensor));
      ASSERT_TRUE(npy) << npy.error();
      if (type != ElementType::BF16) // NumPy has none: float32
        expectEqual(*npy, tensor);
      else
        EXPECT_EQ(npy->type(), ElementType::F32);
    }
}

TEST(RuntimeTensor, ReadsTypedFields) {
  // dims [2], FLOAT, float_data packed {1, 2}
  auto floats =
      parseTensorProto(std::string("\x08\x02\x10\x01\x22\x08\x00\x00\x80\x3f\x00\x00\x00\x40", 14));
  ASSERT_TRUE(floats) << floats.error();
  EXPECT_EQ(floats->tensor.at(1), 2.0);
  // dims [2], FLOAT16 in int32_data {0x3c00, 0xc000}
  auto halves =
      parseTensorProto(std::string("\x0a\x01\x02\x10\x0a\x2a\x05\x80\x78\x80\x80\x03", 12));
  ASSERT_TRUE(halves) << halves.error();
  EXPECT_EQ(halves->tensor.at(0), 1.0);
  EXPECT_EQ(halves->tensor.at(1), -2.0);
  // dims [3], INT4 in int32_data, one byte each: {0x21, 0x0f}, unpacked
  auto nibbles = parseTensorProto(std::string("\x08\x03\x10\x16\x28\x21\x28\x0f", 8));
  ASSERT_TRUE(nibbles) << nibbles.error();
  EXPECT_EQ(nibbles->tensor.at(0), 1.0);
  EXPECT_EQ(nibbles->tensor.at(2), -1.0);
}

TEST(RuntimeTensor, RefusesBrokenFiles) {
  EXPECT_EQ(parseNpy("hello").error(), "not a .npy file");
  std::string npy = serializeNpy(counting(ElementType::F32, {2, 3}));
  EXPECT_EQ(parseNpy(npy.substr(0, npy.size() - 4)).error(),
            "expects 24 bytes for shape 2x3, found 20");
  EXPECT_EQ(parseNpy(npy.substr(0, 40)).error(), "the .npy header is cut off");
  std::string proto = serializeTensorProto(counting(ElementType::F32, {2, 3}), "x");
  for (size_t length = 1; length < proto.size(); ++length)
    EXPECT_FALSE(parseTensorProto(proto.substr(0, length))) << length;
  EXPECT_EQ(parseTensorProto(std::string("\x10\x08", 2)).error(),
            "element type 8 is not a number type");
  const char negative[] = "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x01"; // -1
  EXPECT_EQ(parseTensorProto({negative, sizeof(negative) - 1}).error(),
            "shape ? has a negative size");
  EXPECT_FALSE(
      parseTensorProto(std::string("\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x08\x08\x10\x01", 13)));
  EXPECT_NE(readTensorFile("/no/such/file.npy").error().find("'/no/such/file.npy'"),
            std::string::npos);
}

TEST(RuntimeTensor, RefusesHeadersThatLie) {
  auto withHeader = [](const std::string &fields) {
    std::string header = "{" + fields + "}\n", bytes("\x93NUMPY\x01\x00", 8);
    bytes.push_back(char(header.size()));
    bytes.push_back('\0');
    return parseNpy(bytes + header).error();
  };
  EXPECT_EQ(withHeader("'descr': '<f8', 'fortran_order': True, 'shape': (2305843009213693952,)"),
            "shape 2305843009213693952 has more elements than any memory holds");
  EXPECT_EQ(withHeader("'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)"),
            "shape 4294967296x4294967296 has more elements than any memory holds");
  EXPECT_EQ(withHeader("'descr': '<f4', 'fortran_order': False, 'shape': (1000000,)"),
            "expects 4000000 bytes for shape 1000000, found 0");
  EXPECT_EQ(withHeader("'descr': '<f4', 'fortran_order': False, 'shape': (-1,)"),
            "the .npy header has no valid shape");
  EXPECT_EQ(withHeader("'descr': '<f4', 'fortran_order': False"), "the .npy header lacks 'shape'");
  EXPECT_EQ(withHeader("'descr': '>f4', 'shape': ()"),
            "expects a little-endian number type, found '>f4'");
  const char lie[] = "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x40\x10\x01\x4a\x00"; // 2^62 floats
  EXPECT_EQ(parseTensorProto({lie, sizeof(lie) - 1}).error(),
            "shape 4611686018427387904 has more elements than any memory holds");
}

TEST(RuntimeTensor, ReadsColumnMajorNpy) {
  std::string bytes = serializeNpy(Tensor::ofIntegers(ElementType::I64, {2, 2}, {1, 2, 3, 4}));
  size_t at = bytes.find("False");
  bytes.replace(at, 5, "True ");
  auto tensor = parseNpy(bytes);
  ASSERT_TRUE(tensor) << tensor.error();
  EXPECT_EQ(tensor->as<int64_t>()[1], 3);
  EXPECT_EQ(tensor->as<int64_t>()[2], 2);
}
