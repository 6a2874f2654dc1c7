// Files that appear together, when all of them are complete.
#include "lib/Pipeline/OutputFiles.h"
#include "lib/Pipeline/Diagnostics.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"

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

OutputFiles::~OutputFiles() {
  for (const File &file : files) {
    (void)sys::fs::remove(file.temporary);
    sys::DontRemoveFileOnSignal(file.temporary);
  }
}

Expected<std::string> OutputFiles::stage(StringRef path) {
  sys::fs::file_status status;
  // A device or a folder of this name must not be replaced.
  if (!sys::fs::status(path, status) && !sys::fs::is_regular_file(status))
    return makeError("cannot write '" + path + "': not a regular file");
  SmallString<256> temporary;
  sys::fs::createUniquePath(path + ".%%%%%%", temporary, /*MakeAbsolute=*/false);
  int descriptor;
  if (std::error_code code =
          sys::fs::openFileForWrite(temporary, descriptor, sys::fs::CD_CreateNew))
    return makeError("cannot write '" + path + "': " + code.message());
  sys::Process::SafelyCloseFileDescriptor(descriptor);
  sys::RemoveFileOnSignal(temporary);
  files.push_back({std::string(temporary), path.str()});
  return std::string(temporary);
}

Error OutputFiles::commit() {
  SignalsWait wait;
  for (const File &file : files)
    if (std::error_code code = sys::fs::rename(file.temporary, file.path))
      return makeError("cannot write '" + file.path + "': " + code.message());
  for (const File &file : files)
    sys::DontRemoveFileOnSignal(file.temporary);
  files.clear();
  return Error::success();
}
