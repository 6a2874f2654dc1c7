// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens in a file: maps and checks it.
#include "lib/Text/TokenFile.h"
#include "lib/Text/TokenFileHeader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace retort::text;
using namespace retort::runtime;

/// Eight bytes at a time. Each step is a bijection of the state, so that texts that differ in one
/// place never agree.
uint64_t retort::text::hashOfBytes(std::string_view bytes, uint64_t start) {
  uint64_t hash = start ^ 0xcbf29ce484222325;
  auto add = [&](uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  };
  for (size_t begin = 0; begin < bytes.size(); begin += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + begin, std::min<size_t>(8, bytes.size() - begin));
    add(word);
  }
  add(bytes.size());
  return hash;
}

std::vector<float> retort::text::rowWeightsOf(const std::vector<bool> &counts) {
  std::vector<float> weights(counts.size(), 0);
  for (size_t i = 1; i < counts.size(); ++i)
    weights[i - 1] = counts[i] ? 1 : 0;
  return weights;
}

namespace {
/// The bytes of a file that are shared with the system's memory of it.
struct Mapping {
  std::shared_ptr<const void> owner;
  const unsigned char *data;
  uint64_t bytes;
};
} // namespace

static Mapping mapFile(const std::string &path) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    throw Failure(std::strerror(errno));
  std::shared_ptr<void> closes(nullptr, [file](void *) { close(file); });
  struct stat facts;
  if (fstat(file, &facts) != 0)
    throw Failure(std::strerror(errno));
  if (!S_ISREG(facts.st_mode))
    throw Failure("expects a file (found a folder, a pipe or a device)");
  auto bytes = uint64_t(facts.st_size);
  if (bytes == 0)
    return {nullptr, nullptr, 0};
  void *data = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  if (data == MAP_FAILED)
    throw Failure(std::strerror(errno));
  std::shared_ptr<const void> owner(data, [bytes](void *m) { munmap(m, bytes); });
  return {owner, static_cast<const unsigned char *>(data), bytes};
}

static std::string found(uint64_t value) { return ", found " + std::to_string(value); }

/// All but the ids. Throws what is wrong.
static TokenFileHeader readHeader(const Mapping &file) {
  TokenFileHeader header;
  bool isWhole = file.bytes >= sizeof(header);
  if (isWhole)
    std::memcpy(&header, file.data, sizeof(header));
  if (!isWhole || std::memcmp(header.magic, tokenMagic, sizeof(tokenMagic)) != 0)
    throw Failure("expects a file of `retort tokenize` or `retort generate`, found another kind");
  if (header.version != tokenVersion)
    throw Failure("expects version " + std::to_string(tokenVersion) + ", found version " +
                  std::to_string(header.version));
  if (header.width != 2 && header.width != 4)
    throw Failure("expects ids of 2 or 4 bytes" + found(header.width));
  if (header.weights > 1)
    throw Failure("expects 0 or 1 for whether there are weights" + found(header.weights));
  if (header.vocabulary < 1 || header.vocabulary > mostTokenIds)
    throw Failure("expects a vocabulary of 1 to " + std::to_string(mostTokenIds) + " ids" +
                  found(header.vocabulary));
  if (header.tokens < 1 || header.tokens > mostTokensOfFile)
    throw Failure("expects 1 to " + std::to_string(mostTokensOfFile) + " tokens" +
                  found(header.tokens));
  if (uint64_t bytes = header.fileBytes(); bytes != file.bytes)
    throw Failure("expects " + std::to_string(bytes) + " bytes" + found(file.bytes));
  if (header.window > 0 && header.tokens % header.window != 0)
    throw Failure("expects windows of " + std::to_string(header.window) + " tokens" +
                  found(header.tokens) + " tokens");
  return header;
}

Result<TokenFile> TokenFile::open(const std::string &path) {
  Mapping file{};
  auto mapped = catching<Done>([&] {
    file = mapFile(path);
    return Done();
  });
  if (!mapped)
    return Error{"cannot read '" + path + "': " + mapped.error()};
  auto result = catching<TokenFile>([&] {
    TokenFileHeader header = readHeader(file);
    TokenFile opened;
    opened.name = path;
    opened.owner = file.owner;
    opened.data = file.data + sizeof(header);
    opened.bits = header.weights ? file.data + header.weightsBegin() : nullptr;
    opened.width = header.width;
    opened.tokens = int64_t(header.tokens);
    opened.idCount = int64_t(header.vocabulary);
    opened.window = header.window;
    opened.tokenizer = header.tokenizer;
    for (int64_t i = 0; i < opened.tokens; ++i)
      if (int64_t id = opened.id(i); id >= opened.idCount)
        throw Failure("expects ids from 0 to " + std::to_string(opened.idCount - 1) +
                      found(uint64_t(id)) + " at token " + std::to_string(i));
    return opened;
  });
  return result ? result : Error{path + ": " + result.error()};
}

int64_t TokenFile::id(int64_t token) const {
  if (width == 2) {
    uint16_t id;
    std::memcpy(&id, data + 2 * token, sizeof(id));
    return id;
  }
  uint32_t id;
  std::memcpy(&id, data + 4 * token, sizeof(id));
  return id;
}

std::vector<int64_t> TokenFile::ids(int64_t begin, int64_t count) const {
  std::vector<int64_t> list;
  list.reserve(size_t(count));
  for (int64_t i = begin; i < begin + count; ++i)
    list.push_back(id(i));
  return list;
}

std::vector<float> TokenFile::rowWeights(int64_t begin, int64_t count) const {
  std::vector<bool> list;
  for (int64_t i = begin; i < begin + count; ++i)
    list.push_back(counts(i));
  return rowWeightsOf(list);
}

uint64_t TokenFile::contentHash() const {
  auto bytes = [](const unsigned char *begin, int64_t size) {
    return std::string_view(reinterpret_cast<const char *>(begin), size_t(size));
  };
  uint64_t hash = hashOfBytes(bytes(data, width * tokens), uint64_t(window));
  return bits ? hashOfBytes(bytes(bits, (tokens + 7) / 8), hash) : hash;
}

Result<int64_t> TokenFile::countWindows(int64_t length) const {
  if (length < 2)
    return Error{name + ": expects windows of at least 2 tokens, found " + std::to_string(length)};
  if (window > 0 && window % length != 0)
    return Error{name + ": has windows of " + std::to_string(window) +
                 " tokens, expects a part of that" + found(uint64_t(length))};
  if (tokens < length)
    return Error{name + ": has " + std::to_string(tokens) + " tokens, a window takes " +
                 std::to_string(length)};
  return tokens / length;
}

Status TokenFile::expectLogits(int64_t logits) const {
  if (idCount <= logits)
    return Done();
  return Error{name + ": has ids of a vocabulary of " + std::to_string(idCount) +
               ", expects at most the model's " + std::to_string(logits) + " logits"};
}

Status TokenFile::expectTokenizer(uint64_t hash) const {
  if (hash == tokenizer || hash == 0 || tokenizer == 0)
    return Done();
  return Error{name + ": expects tokens of this tokenizer, found those of another vocabulary"};
}
