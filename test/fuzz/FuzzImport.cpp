// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A fuzz target: no bytes make the import crash, and what it accepts is written, read again, and
// written the same.
#include "lib/Export/Exporter.h"
#include "lib/Import/Import.h"

#include "mlir/IR/Verifier.h"

#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace retort;

/// A file in memory; the import wants a path.
static int openInMemory(StringRef bytes) {
  int file = memfd_create("model", MFD_CLOEXEC);
  if (file < 0 || write(file, bytes.data(), bytes.size()) != ssize_t(bytes.size()))
    abort();
  return file;
}

/// The bytes that come out; nullopt where the model is refused.
static std::optional<std::string> importAndExport(StringRef bytes, MLIRContext &context) {
  int file = openInMemory(bytes);
  auto module = importOnnx("/proc/self/fd/" + std::to_string(file), &context);
  close(file);
  if (failed(module))
    return std::nullopt;
  if (failed(verify(**module)))
    abort();
  std::string out;
  auto exported = Exporter(Placement()).exportModel(**module);
  if (failed(exported))
    abort();
  llvm::raw_string_ostream stream(out);
  exported->write(stream);
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // Attributes live as long as their context.
  static std::unique_ptr<MLIRContext> context;
  static unsigned runs = 0;
  if (runs++ % 500 == 0)
    context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  bool reported = false;
  ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &) {
    reported = true;
    return success();
  });
  StringRef bytes(reinterpret_cast<const char *>(data), size);
  auto once = importAndExport(bytes, *context);
  if (bool(once) == reported)
    abort(); // a refusal without a reason, or a reason without a refusal
  if (!once)
    return 0;
  auto twice = importAndExport(*once, *context);
  if (twice != once)
    abort();
  return 0;
}
