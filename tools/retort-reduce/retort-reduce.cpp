// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort-reduce: shrinks a .mlir file while a script still finds it interesting. It is mlir-reduce
// with Retort's dialects and passes:
//   retort-reduce input.mlir --reduction-tree='traversal-mode=0 test=interesting.sh'
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Support/RegisterPass.h"
#include "tools/Version.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  retort::setVersion("retort-reduce");
  mlir::registerAllPasses();
  retort::registerPasses();
  mlir::DialectRegistry registry;
  retort::registerDialects(registry);
  mlir::MLIRContext context(registry);
  return failed(mlir::mlirReduceMain(argc, argv, context));
}
