// Files appear together, or not at all.
#include "lib/Pipeline/OutputFiles.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace retort;

namespace {
class OutputFilesTest : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(sys::fs::createUniqueDirectory("outputs", folder)); }
  void TearDown() override { (void)sys::fs::remove_directories(folder); }

  std::string at(StringRef name) { return (folder + "/" + name).str(); }
  unsigned count() {
    std::error_code code;
    unsigned files = 0;
    for (sys::fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code))
      ++files;
    return files;
  }

  SmallString<128> folder;
};
} // namespace

TEST_F(OutputFilesTest, AppearTogether) {
  OutputFiles files;
  auto a = files.stage(at("a")), b = files.stage(at("b"));
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(sys::fs::exists(at("a")));
  EXPECT_FALSE(bool(files.commit()));
  EXPECT_TRUE(sys::fs::exists(at("a")) && sys::fs::exists(at("b")));
  EXPECT_EQ(count(), 2u);
}

TEST_F(OutputFilesTest, LeaveNothingWhereTheyAreNotCommitted) {
  {
    OutputFiles files;
    ASSERT_TRUE(bool(files.stage(at("a"))));
    EXPECT_EQ(count(), 1u);
  }
  EXPECT_EQ(count(), 0u);
}

TEST_F(OutputFilesTest, RefusePlacesThatAreNoFiles) {
  OutputFiles files;
  EXPECT_EQ(toString(files.stage("/dev/full").takeError()),
            "cannot write '/dev/full': not a regular file");
  EXPECT_EQ(toString(files.stage(folder).takeError()),
            ("cannot write '" + folder + "': not a regular file").str());
  EXPECT_EQ(toString(files.stage(at("none/a")).takeError()),
            "cannot write '" + at("none/a") + "': No such file or directory");
}
