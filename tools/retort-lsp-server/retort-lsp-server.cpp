// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort-lsp-server: completion, diagnostics and navigation for .mlir files with Retort's dialects,
// for any editor that speaks the language server protocol.
#include "lib/Plugin/RegisterDialects.h"
#include "tools/Version.h"

#include "mlir/IR/Dialect.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  retort::setVersion("retort-lsp-server");
  mlir::DialectRegistry registry;
  retort::registerDialects(registry);
  return failed(mlir::MlirLspServerMain(argc, argv, registry));
}
