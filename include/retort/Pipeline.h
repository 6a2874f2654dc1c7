// The phases of the compiler as pass pipelines, for tools and for compilers that embed Retort.
#ifndef RETORT_PIPELINE_H
#define RETORT_PIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace retort {

/// onnx.node -> typed operations at the canonical opset, shapes inferred, constants folded.
/// Registered as `retort-raise`.
void buildRaisePipeline(mlir::OpPassManager &pm);

/// Attention, rotary embedding, norms and caches -> the llm dialect. Registered as
/// `retort-recognize`.
void buildRecognizePipeline(mlir::OpPassManager &pm);

/// onnx, llm and compress -> linalg on tensors; large constants become function arguments.
/// Registered as `retort-lower`.
void buildLowerPipeline(mlir::OpPassManager &pm);

struct CodegenOptions : mlir::PassPipelineOptions<CodegenOptions> {
  Option<std::string> targetCpu{
      *this, "target-cpu",
      llvm::cl::desc("The CPU to generate code for: 'native' or a name that LLVM knows"),
      llvm::cl::init("native")};
};

/// linalg on tensors -> the LLVM dialect, with one C entry point for each public function.
/// Registered as `retort-codegen`.
void buildCodegenPipeline(mlir::OpPassManager &pm, const CodegenOptions &options = {});

} // namespace retort

#endif
