// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opens a tokenizer by its content.
#include "lib/Text/Tokenizer.h"
#include "lib/Runtime/ReadFile.h"
#include "lib/Text/TokenizerFormats.h"

#include <sys/stat.h>

using namespace retort::text;
using namespace retort::runtime;

/// The first control token in the text, the longest of those that begin there; its place is npos
/// where there is none.
static std::pair<size_t, const std::pair<std::string, int64_t> *>
findControl(std::string_view text, const std::vector<std::pair<std::string, int64_t>> &controls) {
  std::pair<size_t, const std::pair<std::string, int64_t> *> first{text.npos, nullptr};
  for (const auto &control : controls) {
    size_t place = text.find(control.first);
    bool isLonger = first.second && control.first.size() > first.second->first.size();
    if (place < first.first || (place != text.npos && place == first.first && isLonger))
      first = {place, &control};
  }
  return first;
}

/// What is between control tokens is a text of its own.
TokenIds Tokenizer::encodeAround(std::string_view text) const {
  TokenIds ids;
  while (!text.empty()) {
    auto [place, control] = findControl(text, controls);
    if (std::string_view before = text.substr(0, place); !before.empty()) {
      TokenIds more = encodeText(before);
      ids.insert(ids.end(), more.begin(), more.end());
    }
    if (!control)
      break;
    ids.push_back(control->second);
    text.remove_prefix(place + control->first.size());
  }
  return ids;
}

Result<TokenIds> Tokenizer::encode(std::string_view text) const {
  return catching<TokenIds>([&] { return findsControls ? encodeAround(text) : encodeText(text); });
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
  if (path == "bytes") // a file of that name is ./bytes
    return makeBytesTokenizer();
  return catching<std::unique_ptr<Tokenizer>>([&] { return open(path); });
}
