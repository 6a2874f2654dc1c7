// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The file that an interrupted training goes on from.
#include "lib/Trainer/Checkpoint.h"
#include "lib/Support/PendingFile.h"
#include "lib/Weights/Remark.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

using namespace retort;
using llvm::StringRef;
namespace json = llvm::json;

static constexpr StringRef magic = "RETORTT", version = "1";

static StringRef bytesOf(const std::vector<float> &numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(float)};
}

static std::string hashOf(StringRef bytes) {
  return llvm::utohexstr(llvm::xxh3_64bits(bytes), /*LowerCase=*/true, 16);
}

namespace {
/// What stands between the first line and the arrays.
struct CheckpointHead {
  json::Object fields;
  StringRef arrays; ///< the bytes behind it
};
} // namespace

/// Calls `visit` on each array of a state, in the order of the file.
template <typename State, typename Visit> static void forEachArray(State &state, Visit visit) {
  auto visitAll = [&](auto &arrays) {
    for (auto &array : arrays)
      visit(array);
  };
  visitAll(state.values);
  for (auto &arrays : state.optimizer.arrays)
    visitAll(arrays);
  visitAll(state.best);
}

static llvm::Error damaged(const std::string &path, const llvm::Twine &why) {
  return llvm::createStringError("'" + path + "' is a damaged checkpoint: " + why +
                                 "; resume=false begins anew");
}

/// An error where the file is something else; `line` is the first one.
static llvm::Error checkMagic(const std::string &path, StringRef line) {
  if (!line.consume_front(magic))
    return llvm::createStringError("'" + path + "' is no checkpoint of a training");
  StringRef found = line.take_while([](char c) { return llvm::isDigit(c); });
  if (found != version)
    return llvm::createStringError("'" + path + "' is a checkpoint of version " + found +
                                   ": expects version " + version);
  return llvm::Error::success();
}

static llvm::Expected<CheckpointHead> readHead(const std::string &path, StringRef content) {
  auto [line, rest] = content.split('\n');
  if (llvm::Error error = checkMagic(path, line))
    return std::move(error);
  auto [size, hash] = line.split(' ').second.split(' ');
  size_t bytes = 0;
  if (size.getAsInteger(10, bytes) || rest.size() < bytes || hashOf(rest.take_front(bytes)) != hash)
    return damaged(path, "its head is cut off or changed");
  llvm::Expected<json::Value> value = json::parse(rest.take_front(bytes));
  if (!value)
    return value.takeError();
  json::Object *object = value->getAsObject();
  if (!object || !object->getObject("training") || !object->getObject("state"))
    return damaged(path, "its head is another one");
  return CheckpointHead{std::move(*object), rest.drop_front(bytes)};
}

static std::string wordOf(const json::Value *value) {
  if (!value)
    return "nothing";
  if (std::optional<StringRef> text = value->getAsString())
    return text->str();
  if (std::optional<int64_t> whole = value->getAsInteger())
    return std::to_string(*whole);
  return shortNumber(value->getAsNumber().value_or(0));
}

llvm::Error TrainingCheckpoint::checkTraining(const json::Object &other) const {
  std::vector<std::string> differences;
  for (const auto &[name, value] : training) {
    const json::Value *found = other.get(name);
    if (!found || *found != value)
      differences.push_back(llvm::formatv("{0} is {1}, in the file it is {2}", StringRef(name),
                                          wordOf(&value), wordOf(found)));
  }
  if (differences.empty())
    return llvm::Error::success();
  llvm::sort(differences); // objects have no order
  constexpr size_t most = 3;
  if (size_t count = differences.size(); count > most) {
    differences.resize(most);
    differences.push_back(llvm::formatv("and {0} more", count - most));
  }
  return llvm::createStringError("'" + path + "' is the checkpoint of another training: " +
                                 llvm::join(differences, "; ") + "; resume=false begins anew");
}

/// The hash of arrays one behind the other: that of their hashes.
static std::string hashOfArrays(const TrainingState &state) {
  std::string hashes;
  forEachArray(state, [&](const std::vector<float> &array) { hashes += hashOf(bytesOf(array)); });
  return hashOf(hashes);
}

static uint64_t countOf(const TrainingState &state) {
  uint64_t count = 0;
  forEachArray(state, [&](const std::vector<float> &array) { count += array.size(); });
  return count;
}

static llvm::Error readArrays(const std::string &path, const CheckpointHead &head,
                              TrainingState &state) {
  uint64_t expected = countOf(state) * sizeof(float);
  if (head.arrays.size() != expected)
    return damaged(path, "expects " + llvm::Twine(expected) + " bytes of numbers, found " +
                             llvm::Twine(head.arrays.size()));
  StringRef rest = head.arrays;
  forEachArray(state, [&](std::vector<float> &array) {
    size_t size = array.size() * sizeof(float);
    std::copy_n(rest.data(), size, reinterpret_cast<char *>(array.data()));
    rest = rest.drop_front(size);
  });
  if (hashOfArrays(state) != wordOf(head.fields.get("hash")))
    return damaged(path, "its numbers were changed");
  return llvm::Error::success();
}

llvm::Expected<bool> TrainingCheckpoint::load(TrainingState &state) const {
  if (!isKept() || !llvm::sys::fs::exists(path))
    return false;
  if (!llvm::sys::fs::is_regular_file(path)) // a device may have no end
    return llvm::createStringError("'" + path + "' is no checkpoint of a training: expects a file");
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError("cannot read '" + path + "': " + file.getError().message());
  auto head = readHead(path, (*file)->getBuffer());
  if (!head)
    return head.takeError();
  if (llvm::Error error = checkTraining(*head->fields.getObject("training")))
    return std::move(error);
  if (!state.setNumbers(*head->fields.getObject("state")))
    return damaged(path, "its state is another one");
  state.best.clear();
  if (head->fields.getBoolean("best").value_or(false))
    state.best = state.values; // of the same sizes
  if (llvm::Error error = readArrays(path, *head, state))
    return std::move(error);
  return true;
}

/// Whoever names another file by mistake keeps it.
static llvm::Error checkReplaced(const std::string &path) {
  uint64_t size = 0;
  if (llvm::sys::fs::file_size(path, size) || size == 0)
    return llvm::Error::success();
  auto begin = llvm::MemoryBuffer::getFileSlice(path, std::min<uint64_t>(size, magic.size()), 0);
  if (!begin || (*begin)->getBuffer() == magic)
    return llvm::Error::success();
  return llvm::createStringError("'" + path +
                                 "' is no checkpoint of a training: it is not replaced");
}

llvm::Error TrainingCheckpoint::save(const TrainingState &state) const {
  if (llvm::Error error = checkReplaced(path))
    return error;
  json::Object head{{"training", json::Object(training)},
                    {"best", !state.best.empty()},
                    {"hash", hashOfArrays(state)},
                    {"state", state.numbers()}};
  std::string text = llvm::formatv("{0}", json::Value(std::move(head)));
  return writeFile(path, [&](llvm::raw_ostream &stream) {
    stream << magic << version << " " << text.size() << " " << hashOf(text) << "\n" << text;
    forEachArray(state, [&](const std::vector<float> &array) { stream << bytesOf(array); });
    return llvm::Error::success();
  });
}
