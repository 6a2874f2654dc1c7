// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one way to open a model.
#include "lib/Import/LoadModule.h"
#include "lib/Import/Import.h"
#include "lib/Import/ReferredWeights.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace retort;

OwningOpRef<ModuleOp> retort::parseModule(StringRef path, MLIRContext *context) {
  bool bytecode = path.ends_with(".mlirbc");
  // Without a terminating null the file is mapped whatever its size; MLIR's own way copies some.
  auto buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/!bytecode,
                                  /*IsVolatile=*/false, llvm::Align(64));
  if (!buffer) {
    emitError(FileLineColLoc::get(context, path, 0, 0))
        << path << ": cannot be opened: " << buffer.getError().message();
    return nullptr;
  }
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  return parseSourceFile<ModuleOp>(sources, context);
}

OwningOpRef<ModuleOp> retort::loadModule(StringRef path, MLIRContext *context) {
  if (!path.ends_with(".mlirbc") && !path.ends_with(".mlir")) {
    auto module = importOnnx(path, context);
    return succeeded(module) ? std::move(*module) : nullptr;
  }
  OwningOpRef<ModuleOp> module = parseModule(path, context);
  if (module && failed(resolveWeights(*module)))
    return nullptr;
  return module;
}
