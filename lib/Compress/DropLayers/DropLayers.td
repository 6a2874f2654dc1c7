// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass compress-drop-layers.
#ifndef RETORT_COMPRESS_DROPLAYERS
#define RETORT_COMPRESS_DROPLAYERS

include "mlir/Pass/PassBase.td"

def DropLayersPass : Pass<"compress-drop-layers", "::mlir::ModuleOp"> {
  let summary = "Remove the layers that change the residual stream least";
  let description = [{
    A layer reads the residual stream and adds to it: without it, what it read stands where its sum stood. Weights, caches,
    and the inputs and outputs that hold these, go with it. Layers are found by the flow of values: sums one of whose terms
    all others are computed of. Where the stream itself is normalized behind each sum, as in BERT, that norm goes as well.

    `what=block` takes attention and what follows it until the next attention; `attention` and `mlp` take either alone.

    Which ones: those that `layers` lists, by their numbers from 0 on, or the `count`, or a share `ratio` of all, with the
    least block influence (ShortGPT, arXiv:2403.03853), 1 - mean cos(x, y) of the stream x before and y behind, over the
    rows of a sample (`retort calibrate`). Each weight that goes says the number and the influence of its layer.

    What later layers read is another stream then: statistics do not hold any more behind this pass.

    {{example test/Compress/DropLayers/drop-layers.mlir}}
  }];
  let options = [
    Option<"count", "count", "int64_t", "0", "How many layers go">,
    Option<"ratio", "ratio", "double", "0", "Share of the layers that goes">,
    ListOption<"layers", "layers", "int64_t", "Indices of the layers that go, from 0 on">,
    Option<"what", "what", "std::string", "\"block\"", "block, attention or mlp">
  ];
  let dependentDialects = ["::retort::onnx::OnnxDialect"];
}

#endif
