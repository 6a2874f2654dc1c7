// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opens a tokenizer by its content.
#include "lib/Text/Tokenizer.h"
#include "lib/Runtime/ReadFile.h"
#include "lib/Text/TokenizerFormats.h"

#include <sys/stat.h>

using namespace retort::text;
using namespace retort::runtime;

Result<TokenIds> Tokenizer::encode(std::string_view text) const {
  return catching<TokenIds>([&] { return encodeText(text); });
}

// The largest that are known take 40 MB.
static constexpr uint64_t mostBytes = uint64_t(1) << 28;

static std::string contentOf(const std::string &path) {
  auto bytes = readFile(path, mostBytes);
  if (!bytes)
    throw Failure("cannot read tokenizer '" + path + "': " + bytes.error());
  return std::move(*bytes);
}

static std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

/// "" where there is none. Nothing lies beside standard input.
static std::string configurationBeside(const std::string &path) {
  std::string name = folderOf(path) + "tokenizer_config.json";
  struct stat facts;
  return path != "-" && stat(name.c_str(), &facts) == 0 ? contentOf(name) : "";
}

static std::unique_ptr<Tokenizer> open(const std::string &path) {
  std::string content = contentOf(path);
  size_t first = content.find_first_not_of(" \t\r\n");
  try {
    if (first == std::string::npos || content[first] != '{')
      return openSentencePiece(content);
    return openTokenizerJson(content, configurationBeside(path));
  } catch (const std::exception &problem) {
    throw Failure("tokenizer '" + path + "': " + problem.what());
  }
}

Result<std::unique_ptr<Tokenizer>> Tokenizer::load(const std::string &path) {
  return catching<std::unique_ptr<Tokenizer>>([&] { return open(path); });
}
