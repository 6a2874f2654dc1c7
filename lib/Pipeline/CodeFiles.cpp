// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files of a compiled model, replaced so that whoever loads them at any moment finds code and
// weights that belong together.
#include "lib/Pipeline/CodeFiles.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Support/PendingFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace mlir;
using namespace retort;

CodeNames::CodeNames(StringRef code) : code(code) {
  auto beside = [&](StringRef extension) {
    SmallString<256> path(code);
    llvm::sys::path::replace_extension(path, extension);
    return std::string(path);
  };
  weights = beside("weights");
  header = beside("h");
}

namespace {
/// Two runs that replace the same model do so one after the other.
class FolderLock {
public:
  explicit FolderLock(StringRef folder)
      : descriptor(open(folder.str().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor >= 0)
      (void)flock(descriptor, LOCK_EX);
  }
  FolderLock(const FolderLock &) = delete;
  ~FolderLock() {
    if (descriptor >= 0)
      close(descriptor);
  }

private:
  int descriptor;
};

struct Files {
  std::optional<PendingFile> code, weights, header;
};
} // namespace

/// Files that lie beside others are no devices and no streams.
static llvm::Error begin(std::optional<PendingFile> &file, StringRef path) {
  auto created = PendingFile::create(path);
  if (!created)
    return cannotWrite(path, created.takeError());
  if (created->isInPlace())
    return cannotWrite(path, makeError("not a regular file"));
  file.emplace(std::move(*created));
  return llvm::Error::success();
}

/// Ids are 32 digits.
static void removeOtherWeights(const CodeNames &names) {
  StringRef parent = llvm::sys::path::parent_path(names.weights);
  std::string start = (llvm::sys::path::filename(names.weights) + ".").str();
  std::vector<std::string> old;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(parent.empty() ? "." : parent, code), end;
       it != end && !code; it.increment(code)) {
    StringRef id = llvm::sys::path::filename(it->path());
    if (id.consume_front(start) && id.size() == 32 && llvm::all_of(id, llvm::isHexDigit))
      old.push_back(it->path());
  }
  for (const std::string &file : old)
    (void)llvm::sys::fs::remove(file);
}

static llvm::Error replace(Files &files, const CodeNames &names, StringRef id) {
  StringRef parent = llvm::sys::path::parent_path(names.code);
  SignalsWait wait;
  FolderLock lock(parent.empty() ? "." : parent);
  std::string interim = names.weights + "." + id.str();
  if (llvm::Error error = files.weights->keepAs(interim))
    return cannotWrite(interim, std::move(error));
  if (llvm::Error error = files.code->keep()) {
    (void)llvm::sys::fs::remove(interim);
    return cannotWrite(names.code, std::move(error));
  }
  if (std::error_code code = llvm::sys::fs::rename(interim, names.weights))
    return cannotWrite(names.weights, llvm::errorCodeToError(code));
  if (llvm::Error error = files.header->keep())
    return cannotWrite(names.header, std::move(error));
  removeOtherWeights(names);
  return llvm::Error::success();
}

llvm::Error retort::writeCode(CodeKind kind, ModuleOp module, StringRef manifest, StringRef output,
                              const EmitOptions &options) {
  CodeNames names(output);
  Files files;
  for (auto [file, path] : {std::pair(&files.weights, &names.weights),
                            std::pair(&files.header, &names.header),
                            std::pair(&files.code, &names.code)})
    if (llvm::Error error = begin(*file, *path))
      return error;
  std::string id = contentId(module, manifest), identified = withId(manifest, id);
  if (llvm::Error error = files.weights->write(
          [&](llvm::raw_ostream &stream) { return emitWeights(module, id, stream); }))
    return cannotWrite(names.weights, std::move(error));
  if (llvm::Error error = files.header->write([&](llvm::raw_ostream &stream) {
        return emitHeader(identified, llvm::sys::path::stem(output), stream);
      }))
    return cannotWrite(names.header, std::move(error));
  llvm::Error error =
      kind == CodeKind::SharedLibrary
          ? emitSharedLibrary(module, identified, options, files.code->writeByName())
          : files.code->write([&](llvm::raw_pwrite_stream &stream) {
              return emitObject(module, identified, options, stream);
            });
  if (error)
    return cannotWrite(names.code, std::move(error));
  return replace(files, names, id);
}
