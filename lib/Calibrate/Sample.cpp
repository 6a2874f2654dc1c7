// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model is run on, call by call.
#include "lib/Calibrate/Sample.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace retort;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

std::string CalibrationSample::name(size_t call) const {
  return windows.empty() ? "'" + folders[call] + "'" : "window " + std::to_string(call + 1);
}

static std::string hexOf(llvm::XXH128_hash_t hash) {
  return llvm::utohexstr(hash.high64, /*LowerCase=*/true, 16) +
         llvm::utohexstr(hash.low64, /*LowerCase=*/true, 16);
}

static std::string hashOf(StringRef bytes) {
  return hexOf(llvm::xxh3_128bits(llvm::arrayRefFromStringRef(bytes)));
}

/// Sorted, so that the same folder gives the same list.
static std::vector<std::string> entriesOf(StringRef folder, bool areFolders) {
  std::vector<std::string> found;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code))
    if (fs::is_directory(entry->path()) == areFolders)
      found.push_back(entry->path());
  llvm::sort(found);
  return found;
}

std::string CalibrationSample::hash() const {
  std::string all;
  for (const text::TokenIds &window : windows) {
    all.append(reinterpret_cast<const char *>(window.data()), window.size() * sizeof(window[0]));
    all += '\n';
  }
  for (const std::string &folder : folders)
    for (const std::string &path : entriesOf(folder, /*areFolders=*/false))
      if (auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                                  /*RequiresNullTerminator=*/false))
        all += llvm::sys::path::filename(path).str() + hashOf((*file)->getBuffer()) + "\n";
  return hashOf(all);
}

bool CountedRows::applyTo(const runtime::Shape &activation) const {
  if (shape.empty() || !llvm::is_contained(counts, 0) || activation.size() < 2)
    return false;
  auto leading = llvm::ArrayRef(activation).drop_back();
  bool isFlat = leading.size() == 1 && leading.front() == int64_t(counts.size());
  return isFlat || leading == llvm::ArrayRef(shape);
}

/// Whether it has something that could be an input.
static bool holdsTensors(StringRef folder) {
  return llvm::any_of(entriesOf(folder, /*areFolders=*/false), [](StringRef path) {
    return path.ends_with(".pb") || path.ends_with(".npy");
  });
}

llvm::Expected<std::vector<std::string>> retort::foldersOfSample(StringRef folder, int64_t most) {
  if (!fs::is_directory(folder))
    return llvm::createStringError("'" + folder.str() + "': no such folder");
  std::vector<std::string> found = entriesOf(folder, /*areFolders=*/true);
  llvm::erase_if(found, [](StringRef path) { return !holdsTensors(path); });
  llvm::sort(found, [](StringRef a, StringRef b) {
    int order = a.compare_numeric(b);
    return order < 0 || (order == 0 && a < b);
  });
  if (found.empty() && holdsTensors(folder))
    found.push_back(folder.str());
  if (found.empty())
    return llvm::createStringError(
        "'" + folder.str() +
        "': expects files of inputs (input_0.pb, NAME.npy), or folders of such, found none");
  if (most > 0 && int64_t(found.size()) > most)
    found.resize(size_t(most));
  return found;
}
