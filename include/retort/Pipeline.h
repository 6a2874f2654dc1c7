// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

struct LowerOptions : mlir::PassPipelineOptions<LowerOptions> {
  Option<bool> upstream{
      *this, "upstream",
      llvm::cl::desc("Leave upstream dialects alone, for another compiler than retort-codegen"),
      llvm::cl::init(false)};
  Option<std::string> weights{
      *this, "weights",
      llvm::cl::desc("Upstream: weights are 'constants', or the last 'arguments' of functions"),
      llvm::cl::init("constants")};
  Option<bool> checks{*this, "checks",
                      llvm::cl::desc("Upstream: keep assertions of sizes and indices"),
                      llvm::cl::init(true)};
};

/// onnx, llm and compress -> linalg on tensors; large constants become function arguments.
/// Registered as `retort-lower`.
void buildLowerPipeline(mlir::OpPassManager &pm, const LowerOptions &options = {});

struct CodegenOptions : mlir::PassPipelineOptions<CodegenOptions> {
  Option<std::string> targetCpu{
      *this, "target-cpu",
      llvm::cl::desc("The CPU to generate code for: 'native' or a name that LLVM knows"),
      llvm::cl::init("native")};
  Option<std::string> numerics{
      *this, "numerics",
      llvm::cl::desc("How far sums may be from those of f32: 'exact', 'accurate' (some 1e-5) or "
                     "'fast' (some 2e-3)"),
      llvm::cl::init("exact")};
  Option<bool> portableSteps{
      *this, "portable-steps",
      llvm::cl::desc("Take steps in their portable form, whatever instructions the CPU has"),
      llvm::cl::init(false)};
};

/// linalg on tensors -> the LLVM dialect, with one C entry point for each public function.
/// Registered as `retort-codegen`.
void buildCodegenPipeline(mlir::OpPassManager &pm, const CodegenOptions &options = {});

} // namespace retort

#endif
