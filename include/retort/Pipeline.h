// The phases of the compiler as pass pipelines, for tools and for compilers that embed Retort.
#ifndef RETORT_PIPELINE_H
#define RETORT_PIPELINE_H

#include "mlir/Pass/PassManager.h"

#include <string>

namespace retort {

/// onnx.node -> typed operations at the canonical opset, shapes inferred, constants folded. Registered as
/// `retort-raise`.
void buildRaisePipeline(mlir::OpPassManager &pm);

/// Attention, rotary embedding, norms and caches -> the llm dialect. Registered as `retort-recognize`.
void buildRecognizePipeline(mlir::OpPassManager &pm);

/// onnx, llm and compress -> linalg on tensors; large constants become function arguments. Registered as
/// `retort-lower`.
void buildLowerPipeline(mlir::OpPassManager &pm);

struct CodegenOptions {
  /// `native`, or a name that LLVM knows: x86-64-v3, znver4, ...
  std::string targetCpu = "native";
};

/// linalg on tensors -> the LLVM dialect, with one C entry point for each public function. Registered as
/// `retort-codegen`.
void buildCodegenPipeline(mlir::OpPassManager &pm, const CodegenOptions &options);
void buildCodegenPipeline(mlir::OpPassManager &pm); // for this machine

} // namespace retort

#endif
