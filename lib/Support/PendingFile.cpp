// Files that appear when they are complete.
#include "lib/Support/PendingFile.h"

#include <csignal>

using namespace llvm;
using namespace retort;

namespace {
/// Keeps the signals by which users end a process waiting.
class SignalsWait {
public:
  SignalsWait() {
    sigset_t ending;
    sigemptyset(&ending);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      sigaddset(&ending, signal);
    pthread_sigmask(SIG_BLOCK, &ending, &before);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }

private:
  sigset_t before;
};
} // namespace

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

Error PendingFile::write(FillStream fill) {
  std::error_code code;
  std::optional<raw_fd_ostream> stream;
  if (file)
    stream.emplace(file->FD, /*shouldClose=*/false);
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

Error PendingFile::keep() {
  if (!file)
    return Error::success();
  Error error = file->keep(path);
  file.reset();
  return error;
}

Expected<PendingFile &> PendingFiles::add(StringRef path) {
  Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  files.push_back(std::make_unique<PendingFile>(std::move(*file)));
  return *files.back();
}

Error PendingFiles::keep() {
  SignalsWait wait;
  for (std::unique_ptr<PendingFile> &file : files)
    if (Error error = file->keep())
      return error;
  return Error::success();
}

Error retort::writeFile(StringRef path, FillStream fill) {
  Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  if (Error error = file->write(fill))
    return error;
  return file->keep();
}
