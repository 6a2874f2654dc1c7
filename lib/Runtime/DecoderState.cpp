// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes and reads what a text has left in a model.
#include "lib/Runtime/DecoderState.h"
#include "lib/Runtime/ReadFile.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

using namespace retort::runtime;

static constexpr char magic[8] = {'R', 'S', 'T', 'A', 'T', 'E', 0, 0};
static constexpr int64_t version = 1, pageBytes = 4096;
static constexpr uint64_t mostBytes = uint64_t(1) << 40;

static bool isZero(const char *bytes, int64_t count) {
  return count == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, size_t(count) - 1) == 0);
}

/// Calls `visit` with the number and the bytes of each page of a tensor that is not zero.
template <typename Visit> static void visitWritten(const Tensor &tensor, Visit visit) {
  const char *data = tensor.as<char>();
  for (int64_t page = 0, begin = 0; begin < tensor.bytes(); ++page, begin += pageBytes) {
    int64_t count = std::min(pageBytes, tensor.bytes() - begin);
    if (!isZero(data + begin, count))
      visit(page, data + begin, count);
  }
}

void retort::runtime::copyWritten(const Tensor &from, const Tensor &into) {
  visitWritten(from, [&](int64_t page, const char *bytes, int64_t count) {
    std::memcpy(into.as<char>() + page * pageBytes, bytes, size_t(count));
  });
}

namespace {
/// FNV-1a, of 64 bits.
class Hash {
public:
  void add(const char *bytes, size_t count) {
    for (size_t i = 0; i < count; ++i)
      value = (value ^ uint8_t(bytes[i])) * 0x100000001b3;
  }
  int64_t get() const { return int64_t(value); }

private:
  uint64_t value = 0xcbf29ce484222325;
};

/// A file beside the one that it becomes. Throws where a part cannot be written.
class StateWriter {
public:
  explicit StateWriter(const std::string &path) : path(path), pending(path + ".XXXXXX") {
    int descriptor = mkstemp(pending.data());
    file = descriptor < 0 ? nullptr : fdopen(descriptor, "wb");
    if (!file)
      fail();
  }
  ~StateWriter() {
    if (file)
      std::fclose(file);
    if (!isDone)
      unlink(pending.c_str());
  }

  void bytes(const char *data, size_t count) {
    hash.add(data, count);
    if (std::fwrite(data, 1, count, file) != count)
      fail();
  }
  void number(int64_t value) {
    char data[8];
    std::memcpy(data, &value, sizeof data);
    bytes(data, sizeof data);
  }
  void finish() {
    number(hash.get());
    FILE *closing = file;
    file = nullptr;
    if (std::fclose(closing) != 0 || std::rename(pending.c_str(), path.c_str()) != 0)
      fail();
    isDone = true;
  }

private:
  [[noreturn]] void fail() { throw Failure("cannot write '" + path + "': " + strerror(errno)); }

  const std::string &path;
  std::string pending;
  FILE *file = nullptr;
  Hash hash;
  bool isDone = false;
};

/// The content of a file. Throws where it ends too early.
class StateReader {
public:
  explicit StateReader(const std::string &content) : content(content) {}

  const char *bytes(int64_t count) {
    if (count < 0 || uint64_t(count) > content.size() - place)
      throw Failure("is cut off");
    place += size_t(count);
    return content.data() + place - count;
  }
  int64_t number() {
    int64_t value;
    std::memcpy(&value, bytes(sizeof value), sizeof value);
    return value;
  }
  /// Of things that take so many bytes each.
  int64_t count(int64_t each) {
    int64_t value = number();
    if (value < 0 || uint64_t(value) > (content.size() - place) / uint64_t(each))
      throw Failure("is cut off");
    return value;
  }
  size_t position() const { return place; }

private:
  const std::string &content;
  size_t place = 0;
};
} // namespace

static void writeTensor(StateWriter &file, const Tensor &tensor) {
  file.number(info(tensor.type()).onnx);
  file.number(tensor.rank());
  for (int64_t size : tensor.shape())
    file.number(size);
  int64_t pages = 0;
  visitWritten(tensor, [&](int64_t, const char *, int64_t) { ++pages; });
  file.number(pages);
  visitWritten(tensor, [&](int64_t page, const char *bytes, int64_t count) {
    file.number(page);
    file.bytes(bytes, size_t(count));
  });
}

static Tensor readTensor(StateReader &file) {
  int64_t number = file.number();
  std::optional<ElementType> type = elementTypeOfOnnx(int(number));
  if (!type)
    throw Failure("has a tensor of a type that is not known (" + std::to_string(number) + ")");
  Shape shape(size_t(file.count(8)));
  for (int64_t &size : shape)
    size = file.number();
  if (std::any_of(shape.begin(), shape.end(), [](int64_t size) { return size < 0; }))
    throw Failure("has a tensor of a negative size");
  Tensor tensor = Tensor::allocate(*type, shape);
  for (int64_t i = 0, pages = file.count(8); i < pages; ++i) {
    int64_t page = file.number(), last = (tensor.bytes() - 1) / pageBytes;
    if (page < 0 || page > last)
      throw Failure("has a page behind the end of its tensor");
    int64_t count = std::min(pageBytes, tensor.bytes() - page * pageBytes);
    std::memcpy(tensor.as<char>() + page * pageBytes, file.bytes(count), size_t(count));
  }
  return tensor;
}

Status retort::runtime::writeState(const std::string &path, const DecoderState &state) {
  return catching<Done>([&] {
    StateWriter file(path);
    file.bytes(magic, sizeof magic);
    file.number(version);
    file.number(int64_t(state.model.size()));
    file.bytes(state.model.data(), state.model.size());
    file.number(int64_t(state.tokens.size()));
    for (int64_t token : state.tokens)
      file.number(token);
    file.number(int64_t(state.states.size()));
    for (const Tensor &tensor : state.states)
      writeTensor(file, tensor);
    file.finish();
    return Done();
  });
}

static DecoderState parse(const std::string &content) {
  StateReader file(content);
  if (content.size() < 16 || std::memcmp(file.bytes(8), magic, 8) != 0)
    throw Failure("is no state of a model");
  if (int64_t found = file.number(); found != version)
    throw Failure("expects version " + std::to_string(version) + " of states, found " +
                  std::to_string(found));
  DecoderState state;
  int64_t length = file.count(1);
  state.model.assign(file.bytes(length), size_t(length));
  state.tokens.resize(size_t(file.count(8)));
  for (int64_t &token : state.tokens)
    token = file.number();
  for (int64_t i = 0, count = file.count(24); i < count; ++i)
    state.states.push_back(readTensor(file));
  Hash hash;
  hash.add(content.data(), file.position());
  if (file.number() != hash.get() || file.position() != content.size())
    throw Failure("is damaged");
  return state;
}

Result<DecoderState> retort::runtime::readState(const std::string &path) {
  auto content = readFile(path, mostBytes);
  if (!content)
    return Error{"cannot read '" + path + "': " + content.error()};
  auto state = catching<DecoderState>([&] { return parse(*content); });
  return state ? std::move(state) : Error{"'" + path + "' " + state.error()};
}

Status retort::runtime::expectStateOf(const DecoderState &state, const std::string &model,
                                      const std::vector<Tensor> &states) {
  if (!model.empty() && !state.model.empty() && model != state.model)
    return Error{"the state is of another model"};
  bool fits = state.states.size() == states.size();
  for (size_t i = 0; fits && i < states.size(); ++i)
    fits =
        state.states[i].type() == states[i].type() && state.states[i].shape() == states[i].shape();
  if (!fits)
    return Error{"the state is of a model with other states, or compiled for another context"};
  return Done();
}
