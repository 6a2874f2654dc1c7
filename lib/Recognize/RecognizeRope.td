// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_RECOGNIZE_RECOGNIZEROPE
#define RETORT_RECOGNIZE_RECOGNIZEROPE

include "mlir/Pass/PassBase.td"

def RecognizeRopePass : Pass<"recognize-rope", "::mlir::ModuleOp"> {
  let summary = "Find rotary position embedding";
  let description = [{
    Replaces rotary embedding by `llm.rope`, fused (RotaryEmbedding, that of com.microsoft too) or written out.

    Written out, it is a part of the graph that is linear in the data of the text, in which the way parts and comes
    together. Such a part is applied to unit vectors at sample positions. Where the maps turn pairs of coordinates, the
    values of the graph that hold the cosines and sines become the tables of `llm.rope`; what they are computed from, and
    how (scaled frequencies, an attention factor, a table that is looked up), does not matter and stays. At other sizes
    and positions random vectors must be turned alike. Layout (halves or interleaved), rotary width, the order of
    coordinates and that of axes are part of what is told; rows before heads, and reordered coordinates, leave Transpose
    and Gather around the operation.

    {{example test/Recognize/recognize-rope.mlir}}
  }];
  let dependentDialects = ["::retort::llm::LlmDialect", "::retort::onnx::OnnxDialect"];
}

#endif
