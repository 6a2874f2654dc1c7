// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An error is one line, however long the names in it are.
#include "lib/Support/ErrorLine.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace retort;

TEST(ErrorLineTest, KeepsWhatIsShort) {
  EXPECT_EQ(errorLine("'m.onnx' is no model"), "error: 'm.onnx' is no model");
}

TEST(ErrorLineTest, ShortensTheLongestQuotedText) {
  std::string name(3000000, 'n');
  std::string line = errorLine("m.onnx: node 'short' expects '" + name + "tail' (found nothing)");
  EXPECT_LT(line.size(), 200u);
  EXPECT_GT(line.size(), 180u);
  EXPECT_TRUE(StringRef(line).starts_with("error: m.onnx: node 'short' expects 'nnn"));
  EXPECT_TRUE(StringRef(line).ends_with("nnntail' (found nothing)"));
  EXPECT_NE(line.find("..."), std::string::npos);
}

TEST(ErrorLineTest, ShortensSeveral) {
  std::string name(150, 'a'), other(160, 'b');
  std::string line = errorLine("'" + name + "' and '" + other + "' differ");
  EXPECT_LT(line.size(), 200u);
  EXPECT_TRUE(StringRef(line).ends_with("' differ"));
}

TEST(ErrorLineTest, ShortensTextWithoutQuotes) {
  EXPECT_LT(errorLine(std::string(500, 'x')).size(), 200u);
}

TEST(ErrorLineTest, IsOneLine) {
  EXPECT_EQ(errorLine("'a\nerror: b\x1b[1m' is no model"), "error: 'a error: b?[1m' is no model");
  EXPECT_EQ(errorLine("wrong\n  note: here"), "error: wrong\n  note: here");
}

TEST(ErrorLineTest, CutsNoCharacterInTwo) {
  std::string name;
  for (int i = 0; i < 200; ++i)
    name += "\xc3\xa4";
  std::string line = errorLine("'" + name + "' is no model");
  size_t gap = line.find("...");
  ASSERT_NE(gap, std::string::npos);
  EXPECT_EQ(line[gap - 1], '\xa4');
  EXPECT_EQ(line[gap + 3], '\xc3');
}
