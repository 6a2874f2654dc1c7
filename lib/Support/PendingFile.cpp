// Files that appear when they are complete.
#include "lib/Support/PendingFile.h"

using namespace llvm;
using namespace retort;

Expected<PendingFile> PendingFile::create(StringRef path) {
  PendingFile result(path);
  sys::fs::file_status status;
  bool inPlace = path == "-" || (!sys::fs::status(path, status) && sys::fs::exists(status) &&
                                 !sys::fs::is_regular_file(status));
  if (inPlace)
    return std::move(result);
  Expected<sys::fs::TempFile> file = sys::fs::TempFile::create(path + ".tmp%%%%%%%%");
  if (!file)
    return file.takeError();
  result.file.emplace(std::move(*file));
  return std::move(result);
}

PendingFile::~PendingFile() {
  if (file)
    consumeError(file->discard());
}

Error PendingFile::write(function_ref<void(raw_ostream &)> fill) {
  std::error_code code;
  std::optional<raw_fd_ostream> stream;
  if (file)
    stream.emplace(file->FD, /*shouldClose=*/false);
  else
    stream.emplace(path, code);
  if (!code) {
    fill(*stream);
    stream->flush();
    code = stream->error();
    stream->clear_error();
  }
  return errorCodeToError(code);
}

Error PendingFile::keep() {
  if (!file)
    return Error::success();
  Error error = file->keep(path);
  file.reset();
  return error;
}
