// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that appear when they are complete.
#include "lib/Support/PendingFile.h"

#include "llvm/Support/FileSystem.h"

using namespace llvm;
using namespace retort;

SignalsWait::SignalsWait() {
  sigset_t ending;
  sigemptyset(&ending);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    sigaddset(&ending, signal);
  pthread_sigmask(SIG_BLOCK, &ending, &before);
}

SignalsWait::~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }

Expected<PendingFile> PendingFile::create(StringRef path) {
  PendingFile result(path);
  sys::fs::file_status status;
  bool inPlace = path == "-" || (!sys::fs::status(path, status) && sys::fs::exists(status) &&
                                 !sys::fs::is_regular_file(status));
  if (inPlace)
    return std::move(result);
  TemporaryFile::removeLeftovers(path);
  Expected<TemporaryFile> file = TemporaryFile::create(path);
  if (!file)
    return file.takeError();
  result.file.emplace(std::move(*file));
  return std::move(result);
}

Error PendingFile::write(FillStream fill) {
  std::error_code code;
  std::optional<raw_fd_ostream> stream;
  if (file)
    stream.emplace(file->descriptor(), /*shouldClose=*/false);
  else
    stream.emplace(path, code);
  if (code)
    return errorCodeToError(code);
  Error error = fill(*stream);
  stream->flush();
  code = stream->error();
  stream->clear_error();
  return error ? std::move(error) : errorCodeToError(code);
}

std::string PendingFile::writeByName() { return file->writeByName(); }

Error PendingFile::keepAs(StringRef name) {
  return file ? errorCodeToError(file->rename(name)) : Error::success();
}

Error retort::cannotWrite(StringRef path, Error why) {
  return createStringError("cannot write '" + path + "': " + toString(std::move(why)));
}

Error PendingFiles::add(StringRef path, FillStream fill) {
  Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return cannotWrite(path, file.takeError());
  if (Error error = file->write(fill))
    return cannotWrite(path, std::move(error));
  files.push_back(std::move(*file));
  return Error::success();
}

Error PendingFiles::keep() {
  SignalsWait wait;
  for (PendingFile &file : files)
    if (Error error = file.keep())
      return cannotWrite(file.finalPath(), std::move(error));
  return Error::success();
}

Error retort::writeFile(StringRef path, FillStream fill) {
  PendingFiles files;
  if (Error error = files.add(path, fill))
    return error;
  return files.keep();
}
