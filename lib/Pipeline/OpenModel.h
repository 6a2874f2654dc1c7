// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model ready to run, whatever file it comes from.
#ifndef RETORT_LIB_PIPELINE_OPENMODEL_H
#define RETORT_LIB_PIPELINE_OPENMODEL_H

#include "lib/Pipeline/CompileOptions.h"
#include "lib/Pipeline/ObservedWeights.h"
#include "lib/Runtime/Model.h"

#include "mlir/IR/OwningOpRef.h"

#include "llvm/Support/Error.h"

namespace retort {

/// Opens `path`: a `.so` that `compile` wrote is loaded, anything else is compiled in memory.
llvm::Expected<std::unique_ptr<runtime::Model>> openModel(llvm::StringRef path,
                                                          const CompileOptions &options);

/// Weights that are multiplied with the same activations, and where these are among the outputs of
/// `main`.
struct ExposedActivations {
  std::vector<std::string> weights;
  std::vector<int64_t> outputs;
};

/// Where the residual stream before and behind some of its segments is among the outputs.
struct ExposedSegments {
  int64_t first, count, before, behind;
};

/// A model whose graph gives what its weights are multiplied with, see expose-activations.
struct ObservedModel {
  std::unique_ptr<runtime::Model> model;
  std::vector<ExposedActivations> activations;
  std::vector<ExposedSegments> segments;
  llvm::StringMap<ObservedWeight> weights; ///< where they were asked for
  std::string content;                     ///< see contentHash
  /// The graph that the code was made of; it lies in the context of the model.
  mlir::OwningOpRef<mlir::ModuleOp> graph;
};

/// Compiles `path` in memory with `options.exposeActivations`. To find where code reads which
/// matrix takes as long as to pack all of them.
llvm::Expected<ObservedModel> openObserved(llvm::StringRef path, CompileOptions options,
                                           bool findWeights = true);

} // namespace retort

#endif
