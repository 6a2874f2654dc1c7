// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The flags of every command that takes a model: the file, and how to compile it.
#ifndef RETORT_TOOLS_RETORT_MODELFLAGS_H
#define RETORT_TOOLS_RETORT_MODELFLAGS_H

#include "lib/Pipeline/CompileOptions.h"
#include "tools/retort/NumberFlag.h"
#include "tools/retort/ProgressBar.h"

namespace retort {

/// Declares the flags on one command; a static object beside it.
class ModelFlags {
public:
  /// `numericsWithout`: what the command computes in where nothing is said, exact or accurate.
  explicit ModelFlags(Command &command, llvm::StringLiteral numericsWithout = "accurate");

  /// The model's path; a usage error where none was given, or a flag has a value that it does not
  /// take.
  llvm::Expected<std::string> model() const;

  CompileOptions options();
  ProgressBar &progress() { return bar; }

  /// A usage error where one of these flags is given: `why` follows "cannot apply: ".
  llvm::Error expectNone(llvm::ArrayRef<llvm::StringRef> names, const llvm::Twine &why) const;
  /// The same for what says how a model is written, where none is.
  llvm::Error expectWritesNoModel() const;

  /// Those that are given and say how methods' results are compiled, and how a model runs, for
  /// another command: not which model, recipe, passes and statistics, nor what else to write.
  std::vector<std::string> compileWords() const;
  std::vector<std::string> runWords() const;

private:
  /// The names of those that are given and say how to compile.
  std::vector<llvm::StringRef> given() const;

  llvm::cl::opt<std::string> path, recipe, compress, calibration, targetCpu, numerics;
  llvm::cl::opt<bool> portableSteps;
  NumberFlag<int64_t> optimize;
  NumberFlag<int64_t> opset;
  llvm::cl::opt<std::string> weights, onnxWeights, onnxRetention;
  llvm::cl::list<std::string> plugins;
  llvm::cl::opt<std::string> stopAfter, dumpPhases;
  llvm::cl::list<std::string> disabled;
  llvm::cl::opt<std::string> ledger;
  NumberFlag<int64_t> threads;
  ProgressBar bar;
};

} // namespace retort

#endif
