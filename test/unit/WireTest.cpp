// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The wire format: what is read is written the same, and what is malformed is refused.
#include "dialects/Onnx/Wire/Fields.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort::onnx;

namespace {
class Wire : public testing::Test {
protected:
  Wire() { context.loadDialect<OnnxDialect>(); }

  static std::string field(uint32_t number, StringRef bytes) {
    std::string out;
    writeBytes(out, number, bytes);
    return out;
  }

  MLIRContext context;
};
} // namespace

TEST_F(Wire, ReadsVarintsOfEveryLength) {
  for (uint64_t value :
       {uint64_t(0), uint64_t(127), uint64_t(128), uint64_t(1) << 35, UINT64_MAX}) {
    std::string out;
    writeVarint(out, value);
    WireReader reader(out);
    uint64_t read;
    ASSERT_TRUE(reader.readVarint(read));
    EXPECT_EQ(read, value);
    EXPECT_TRUE(reader.atEnd());
    WireReader cut(StringRef(out).drop_back());
    EXPECT_FALSE(cut.readVarint(read));
  }
}

TEST_F(Wire, RefusesWhatIsMalformed) {
  WireField read;
  const std::string malformed[] = {
      std::string("\x00\x01", 2), // field 0
      "\x0b",                     // a group
      "\x0a\x05"
      "abc", // reaches beyond the end
      "\x0d"
      "abc", // four bytes, three there
      "\x09"
      "abcdefg",                                      // eight bytes, seven there
      "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", // 2^64 - 1 bytes
      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", // eleven bytes of one number
  };
  for (const std::string &bytes : malformed)
    EXPECT_FALSE(WireReader(bytes).read(read)) << bytes;
}

TEST_F(Wire, ReadsRepeatedNumbersPackedAndOneByOne) {
  std::string packed;
  writeVarint(packed, 300);
  writeVarint(packed, UINT64_MAX);
  std::string bytes = field(8, packed);
  writeInt(bytes, 8, 7);
  SmallVector<uint64_t> numbers;
  WireReader reader(bytes);
  WireField read;
  while (!reader.atEnd()) {
    ASSERT_TRUE(reader.read(read));
    ASSERT_TRUE(readNumbers(read, WireType::Varint, numbers));
  }
  EXPECT_EQ(numbers, (SmallVector<uint64_t>{300, UINT64_MAX, 7}));
  EXPECT_FALSE(readNumbers(read, WireType::Fixed32, numbers));
}

TEST_F(Wire, KeepsUnknownFieldsAndTheirOrder) {
  std::string bytes = field(9999, "later") + field(1, "x");
  writeTag(bytes, 77, WireType::Fixed32);
  bytes += "abcd";
  writeTag(bytes, 78, WireType::Fixed64);
  bytes += "abcdefgh";
  writeInt(bytes, 79, UINT64_MAX);
  MessageAttr message = decodeMessage(&context, MessageKind::ValueInfoProto, bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message.getString("name"), "x");
  EXPECT_EQ(message.getString("9999"), "later");
  EXPECT_EQ(encodeMessage(MessageKind::ValueInfoProto, message), bytes);
}

TEST_F(Wire, RefusesMessagesThatNestWithoutEnd) {
  auto nested = [&](unsigned depth) {
    std::string type = field(1, StringRef("\x08\x01", 2));
    for (unsigned i = 0; i < depth; ++i)
      type = field(4, field(1, type)); // a sequence of it
    return decodeMessage(&context, MessageKind::TypeProto, type);
  };
  EXPECT_TRUE(nested(20));
  EXPECT_FALSE(nested(5000));
}
