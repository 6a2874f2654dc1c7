// Files appear when they are complete, together or not at all.
#include "lib/Support/PendingFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace retort;

namespace {
class PendingFileTest : public testing::Test {
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

static Error writeLetter(raw_ostream &stream) {
  stream << "a";
  return Error::success();
}

TEST_F(PendingFileTest, AppearTogether) {
  PendingFiles files;
  for (StringRef name : {"a", "b"}) {
    auto file = files.add(at(name));
    ASSERT_TRUE(bool(file));
    EXPECT_FALSE(bool(file->write(writeLetter)));
    EXPECT_TRUE(file->temporaryPath().starts_with(at(name)));
  }
  EXPECT_FALSE(sys::fs::exists(at("a")) || sys::fs::exists(at("b")));
  EXPECT_FALSE(bool(files.keep()));
  EXPECT_TRUE(sys::fs::exists(at("a")) && sys::fs::exists(at("b")));
  EXPECT_EQ(count(), 2u);
}

TEST_F(PendingFileTest, LeaveNothingWhereTheyAreNotKept) {
  {
    PendingFiles files;
    ASSERT_TRUE(bool(files.add(at("a"))));
    EXPECT_EQ(count(), 1u);
  }
  EXPECT_EQ(count(), 0u);
}

TEST_F(PendingFileTest, TakeThePlaceOfOthersThatAreRead) {
  ASSERT_FALSE(bool(writeFile(at("a"), writeLetter)));
  auto before = MemoryBuffer::getFile(at("a"));
  EXPECT_FALSE(bool(writeFile(at("a"), [&](raw_ostream &stream) {
    stream << (*before)->getBuffer() << "b";
    return Error::success();
  })));
  EXPECT_EQ((*MemoryBuffer::getFile(at("a")))->getBuffer(), "ab");
}

TEST_F(PendingFileTest, SayWhatFailed) {
  EXPECT_EQ(toString(writeFile("/dev/full", writeLetter)), "No space left on device");
  EXPECT_EQ(toString(writeFile(folder, writeLetter)), "Is a directory");
  EXPECT_EQ(toString(writeFile(at("none/a"), writeLetter)), "No such file or directory");
  auto fail = [](raw_ostream &) { return createStringError("no more letters"); };
  EXPECT_EQ(toString(writeFile(at("a"), fail)), "no more letters");
  EXPECT_EQ(count(), 0u);
}
