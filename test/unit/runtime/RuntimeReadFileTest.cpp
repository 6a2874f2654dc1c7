// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading files and pipes up to a bound.
#include "lib/Runtime/ReadFile.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>

using namespace retort::runtime;

namespace {
class RuntimeReadFile : public testing::Test {
protected:
  void SetUp() override {
    char name[] = "/tmp/read-file.XXXXXX";
    ASSERT_TRUE(mkdtemp(name));
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static std::string error(const std::string &path, uint64_t most = 100) {
    auto bytes = readFile(path, most);
    return bytes ? "" : bytes.error();
  }

  std::filesystem::path folder;
};
} // namespace

TEST_F(RuntimeReadFile, ReadsFilesUpToTheBound) {
  std::string path = folder / "file";
  std::string content(200000, 'a');
  std::ofstream(path) << content;
  auto bytes = readFile(path, content.size());
  ASSERT_TRUE(bytes) << bytes.error();
  EXPECT_EQ(*bytes, content);
  EXPECT_EQ(error(path, content.size() - 1), "expects at most 199999 bytes (found 200000)");
  std::filesystem::resize_file(path, uint64_t(1) << 40); // without a byte on the disk
  EXPECT_EQ(error(path), "expects at most 100 bytes (found 1099511627776)");
  std::ofstream(path, std::ios::trunc);
  EXPECT_EQ(*readFile(path, 0), "");
}

TEST_F(RuntimeReadFile, RefusesWhatHasNoEnd) {
  EXPECT_EQ(error("/dev/zero"), "expects a file or a pipe (found a device)");
  EXPECT_EQ(error(folder), "expects a file or a pipe (found a folder)");
  EXPECT_EQ(error(folder / "none"), "No such file or directory");
}

TEST_F(RuntimeReadFile, ReadsPipesUpToTheBound) {
  std::string path = folder / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(error(path), "a pipe that no process writes to");
  auto readWhat = [&](const std::string &content) {
    std::thread writer([&] { std::ofstream(path) << content; });
    auto bytes = readFile(path, 100000);
    writer.join();
    return bytes ? *bytes : bytes.error();
  };
  std::string most(100000, 'a');
  EXPECT_EQ(readWhat(most), most);
  EXPECT_EQ(readWhat("short"), "short");
}

TEST_F(RuntimeReadFile, StopsReadingAPipeAtTheBound) {
  std::string path = folder / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path) << std::string(150, 'a'); });
  EXPECT_EQ(error(path), "expects at most 100 bytes (found more)");
  writer.join();
}
