// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an interrupted calibration leaves, for the same command to go on with.
#include "lib/Calibrate/Checkpoint.h"
#include "lib/Support/PendingFile.h"

using namespace retort;
using llvm::StringRef;

static constexpr llvm::StringLiteral magic = "RETORTP2\n";

int64_t Checkpoint::resume(llvm::function_ref<bool(StringRef)> load) const {
  if (path.empty())
    return 0;
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  StringRef content = file ? (*file)->getBuffer() : "";
  if (!content.consume_front(magic))
    return 0;
  auto [whose, rest] = content.split('\n');
  auto [number, sums] = rest.split('\n');
  int64_t done = 0;
  bool fits = whose == fingerprint && !number.getAsInteger(10, done) && done > 0 && load(sums);
  return fits ? done : 0;
}

llvm::Error Checkpoint::save(int64_t done,
                             llvm::function_ref<void(llvm::raw_ostream &)> sums) const {
  return writeFile(path, [&](llvm::raw_ostream &stream) {
    stream << magic << fingerprint << "\n" << done << "\n";
    sums(stream);
    return llvm::Error::success();
  });
}
