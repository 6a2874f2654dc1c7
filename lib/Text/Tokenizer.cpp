// Opens a tokenizer by its content.
#include "lib/Text/Tokenizer.h"
#include "lib/Text/TokenizerFormats.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

using namespace retort::text;
using namespace retort::runtime;

Result<TokenIds> Tokenizer::encode(std::string_view text) const {
  return catching<TokenIds>([&] { return encodeText(text); });
}

static std::string readFile(const std::string &path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0)
    throw Failure("cannot open tokenizer '" + path + "': " + std::strerror(errno));
  std::ifstream stream(path, std::ios::binary);
  if (S_ISDIR(facts.st_mode) || !stream)
    throw Failure("cannot read tokenizer '" + path + "'");
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

static std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

static std::unique_ptr<Tokenizer> open(const std::string &path) {
  std::string content = readFile(path);
  size_t first = content.find_first_not_of(" \t\r\n");
  try {
    if (first == std::string::npos || content[first] != '{')
      return openSentencePiece(content);
    std::ifstream config(folderOf(path) + "tokenizer_config.json", std::ios::binary);
    return openTokenizerJson(content, std::string(std::istreambuf_iterator<char>(config), {}));
  } catch (const std::exception &problem) {
    throw Failure("tokenizer '" + path + "': " + problem.what());
  }
}

Result<std::unique_ptr<Tokenizer>> Tokenizer::load(const std::string &path) {
  return catching<std::unique_ptr<Tokenizer>>([&] { return open(path); });
}
