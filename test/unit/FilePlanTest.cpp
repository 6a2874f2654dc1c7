// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files are told apart by what they are, before any of them is written.
#include "lib/Support/FilePlan.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace retort;

namespace {
class FilePlanTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("plan", folder));
    std::error_code code;
    raw_fd_ostream(at("model"), code) << "a model";
    plan.read(at("model"), "the model");
  }
  void TearDown() override { (void)sys::fs::remove_directories(folder); }

  std::string at(StringRef name) { return (folder + "/" + name).str(); }
  std::string checked() { return toString(plan.check()); }

  SmallString<128> folder;
  FilePlan plan;
};
} // namespace

TEST_F(FilePlanTest, TakesOtherNames) {
  plan.write(at("other"), "-o");
  plan.write("-", "--ledger");
  plan.write("/dev/null", "--ledger");
  EXPECT_EQ(checked(), "");
}

TEST_F(FilePlanTest, KnowsAFileByEveryName) {
  ASSERT_FALSE(sys::fs::create_hard_link(at("model"), at("hard")));
  ASSERT_FALSE(sys::fs::create_link("model", at("soft")));
  for (StringRef name : {"model", "./model", "hard", "soft"}) {
    FilePlan each = plan;
    each.write(at(name), "-o");
    EXPECT_EQ(toString(each.check()), "cannot write '" + at(name) + "': it is the model (-o)");
  }
}

TEST_F(FilePlanTest, OneOutputMayReplaceOneInput) {
  plan.write(at("model"), "-o");
  plan.mayReplace(at("model"), at("model"));
  EXPECT_EQ(checked(), "");
  plan.write(at("./model"), "--ledger");
  EXPECT_EQ(checked(), "cannot write '" + at("./model") + "': --ledger writes it (-o)");
}

TEST_F(FilePlanTest, OutputsThatAreNotThereYet) {
  plan.write(at("new"), "-o");
  plan.write(at("./new"), "--ledger");
  EXPECT_EQ(checked(), "cannot write '" + at("./new") + "': --ledger writes it (-o)");
}

TEST_F(FilePlanTest, FilesOfAFolder) {
  plan.writeInto(folder, "out_", ".pb", "--outputs");
  EXPECT_EQ(checked(), "");
  ASSERT_FALSE(sys::fs::create_hard_link(at("model"), at("out_0.pb")));
  EXPECT_EQ(checked(), "cannot write '" + at("model") + "': it is the model (--outputs)");
}

TEST_F(FilePlanTest, FoldersThatTakeNoFile) {
  plan.write(at("none/a"), "-o");
  EXPECT_EQ(checked(),
            "cannot write '" + at("none/a") + "': its folder: No such file or directory (-o)");
  FilePlan folders;
  folders.writeInto(at("none/deep"), "", "", "--outputs");
  EXPECT_EQ(toString(folders.check()), "");
  folders.write(at("model/a"), "--ledger");
  EXPECT_EQ(toString(folders.check()),
            "cannot write '" + at("model/a") + "': its folder: Not a directory (--ledger)");
}

TEST_F(FilePlanTest, DisksWithoutRoom) {
  plan.write(at("large"), "-o");
  plan.expectBytes(at("large"), uint64_t(1) << 60);
  EXPECT_NE(checked().find("it takes about 1152921504606846976 bytes, the disk has "),
            std::string::npos);
}
