// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A sample that is tokens already.
#include "lib/Calibrate/TokensFile.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Runtime/ReadFile.h"
#include "lib/Runtime/TensorFile.h"
#include "lib/Weights/Remark.h"

#include "llvm/ADT/StringExtras.h"

using namespace retort;
using llvm::StringRef;

static constexpr uint64_t mostBytes = uint64_t(1) << 30;
// Those of a tokenizer end at 4,194,303.
static constexpr int64_t mostIds = int64_t(1) << 22;

namespace {
struct Ids {
  std::vector<int64_t> list;
  int64_t width = 0; ///< of a row; 0: one row
};
} // namespace

static llvm::Error checkId(const std::string &path, double id, size_t place) {
  if (id >= 0 && id < double(mostIds) && id == double(int64_t(id)))
    return llvm::Error::success();
  return makeError(path + ": expects ids from 0 to " + llvm::Twine(mostIds - 1) + ", found " +
                   shortNumber(id) + " at " + llvm::Twine(place));
}

static llvm::Expected<Ids> readArray(const std::string &path) {
  auto file = runtime::readTensorFile(path);
  if (!file)
    return makeError(file.error());
  const runtime::Tensor &tensor = file->tensor;
  if (tensor.rank() != 1 && tensor.rank() != 2)
    return makeError(path + ": expects ids along one axis, or windows along two, found " +
                     llvm::Twine(tensor.rank()) + " axes");
  Ids ids;
  if (tensor.rank() == 2)
    ids.width = tensor.shape().back();
  for (int64_t i = 0; i < tensor.count(); ++i) {
    if (llvm::Error error = checkId(path, tensor.at(i), size_t(i)))
      return std::move(error);
    ids.list.push_back(int64_t(tensor.at(i)));
  }
  return ids;
}

static llvm::Expected<Ids> readNumbers(const std::string &path) {
  auto content = runtime::readFile(path, mostBytes);
  if (!content)
    return makeError("cannot read '" + path + "': " + content.error());
  Ids ids;
  for (StringRef rest = StringRef(*content).ltrim(); !rest.empty();) {
    StringRef word = rest.take_until([](char c) { return llvm::isSpace(c); });
    rest = rest.drop_front(word.size()).ltrim();
    int64_t id = 0;
    if (word.getAsInteger(10, id))
      return makeError(path + ": expects numbers between white space, found '" +
                       word.take_front(40) + "' at " + llvm::Twine(ids.list.size()));
    if (llvm::Error error = checkId(path, double(id), ids.list.size()))
      return std::move(error);
    ids.list.push_back(id);
  }
  return ids;
}

llvm::Expected<std::vector<text::TokenIds>>
retort::readTokenWindows(const std::string &path, int64_t length, int64_t asked, int64_t most) {
  auto ids = StringRef(path).ends_with(".npy") ? readArray(path) : readNumbers(path);
  if (!ids)
    return ids.takeError();
  if (ids->width > 0 && asked > 0 && asked != ids->width)
    return makeError(path + ": has windows of " + llvm::Twine(ids->width) +
                     " tokens, expects those of --context=" + llvm::Twine(asked));
  if (ids->width > 0)
    length = ids->width;
  if (length < 2)
    return makeError(path + ": expects windows of at least 2 tokens, found " + llvm::Twine(length));
  std::vector<text::TokenIds> windows;
  for (auto next = ids->list.begin(); ids->list.end() - next >= length; next += length) {
    windows.emplace_back(next, next + length);
    if (most > 0 && int64_t(windows.size()) == most)
      break;
  }
  if (windows.empty())
    return makeError(path + ": has " + llvm::Twine(ids->list.size()) + " tokens, a window takes " +
                     llvm::Twine(length));
  return windows;
}
