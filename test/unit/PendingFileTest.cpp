// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files appear when they are complete, together or not at all.
#include "lib/Support/PendingFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
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
  for (StringRef name : {"a", "b"})
    EXPECT_FALSE(bool(files.add(at(name), writeLetter)));
  EXPECT_FALSE(sys::fs::exists(at("a")) || sys::fs::exists(at("b")));
  EXPECT_FALSE(bool(files.keep()));
  EXPECT_TRUE(sys::fs::exists(at("a")) && sys::fs::exists(at("b")));
  EXPECT_EQ(count(), 2u);
}

TEST_F(PendingFileTest, LeaveNothingWhereTheyAreNotKept) {
  {
    PendingFiles files;
    ASSERT_FALSE(bool(files.add(at("a"), writeLetter)));
    EXPECT_EQ(count(), 1u);
  }
  EXPECT_EQ(count(), 0u);
}

TEST_F(PendingFileTest, AreWrittenByName) {
  auto file = PendingFile::create(at("a"));
  ASSERT_TRUE(bool(file));
  std::error_code code;
  raw_fd_ostream(file->writeByName(), code) << "named";
  EXPECT_FALSE(bool(file->keep()));
  EXPECT_EQ((*MemoryBuffer::getFile(at("a")))->getBuffer(), "named");
  EXPECT_EQ(count(), 1u);
}

TEST_F(PendingFileTest, RemoveWhatAKilledRunLeft) {
  auto touch = [&](StringRef name) {
    std::error_code code;
    raw_fd_ostream(at(name), code) << "left";
  };
  for (StringRef name : {"a.retort-tmp-0123abcd", "a.retort-tmp-0123abcd.out",
                         "a.retort-tmp-0123abcd.out.o.retort-tmp-00000000",
                         "a.retort-tmp-11111111.out.tmp12345"})
    touch(name);
  for (StringRef other : {"b.retort-tmp-0123abcd", "a.retort-tmp-short", "a.retort-tmp-0123abcdef"})
    touch(other);
  auto held = PendingFile::create(at("a"));
  ASSERT_TRUE(bool(held));
  EXPECT_EQ(count(), 4u);
  auto another = PendingFile::create(at("a"));
  ASSERT_TRUE(bool(another));
  EXPECT_EQ(count(), 5u);
  EXPECT_FALSE(bool(held->keep()));
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

TEST_F(PendingFileTest, SayWhichFileFailed) {
  auto said = [&](const Twine &path, StringRef why) {
    return ("cannot write '" + path + "': " + why).str();
  };
  EXPECT_EQ(toString(writeFile("/dev/full", writeLetter)),
            said("/dev/full", "No space left on device"));
  EXPECT_EQ(toString(writeFile(folder, writeLetter)), said(folder, "Is a directory"));
  EXPECT_EQ(toString(writeFile(at("none/a"), writeLetter)),
            said(at("none/a"), "No such file or directory"));
  auto fail = [](raw_ostream &) { return createStringError("no more letters"); };
  EXPECT_EQ(toString(writeFile(at("a"), fail)), said(at("a"), "no more letters"));
  EXPECT_EQ(count(), 0u);
}
