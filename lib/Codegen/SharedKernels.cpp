// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that are built for an operation, and shared by those that need the same.
#include "lib/Codegen/SharedKernels.h"

using namespace mlir;
using namespace retort;

func::FuncOp SharedKernels::share(func::FuncOp kernel, StringRef prefix, StringRef suffix) {
  std::string text;
  llvm::raw_string_ostream(text) << *kernel;
  func::FuncOp &known = kernels[text];
  if (known) {
    kernel.erase();
    return known;
  }
  kernel.setName(
      (prefix + kernel.getName() + "_" + std::to_string(kernels.size() - 1) + suffix).str());
  module.push_back(kernel);
  return known = kernel;
}
