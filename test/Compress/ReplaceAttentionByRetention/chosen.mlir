// A layer gets what serves the model most of what keeps so many bytes; two rounds of states take 160, five tokens of keys and values as well.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics --text=16:12:48 wo0=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=retention" --remarks-filter=compress --remark-format=emitRemark -o %t.out.mlir 2>%t.remarks
// RUN: FileCheck %s --check-prefix=RETENTION <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=window" | FileCheck %s --check-prefix=WINDOW
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=sinks-window" | FileCheck %s --check-prefix=SINKS
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=hybrid" | FileCheck %s --check-prefix=HYBRID
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=window-average" | FileCheck %s --check-prefix=AVERAGE
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=affine" | FileCheck %s --check-prefix=AFFINE
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=delete" | FileCheck %s --check-prefix=DELETE
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="max-state-bytes=480" --remarks-filter=compress --remark-format=emitRemark -o %t.out.mlir 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="max-kl=1e-12 candidates=delete" --remarks-filter=compress --remark-format=emitRemark -o %t.out.mlir 2>&1 | FileCheck %s --check-prefix=NOTHING
// Projections may be written as Gemm, whose rows are those of all texts.
// RUN: %{python} %S/Inputs/as_gemm.py <%s >%t.gemm.mlir
// RUN: retort-opt %t.gemm.mlir --identify-model -o %t.identified.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.identified.mlir %t.gemm --text=16:12:48 wo0=8
// RUN: retort-opt %t.gemm.mlir --identify-model=statistics=%t.gemm --compress-replace-attention-by-retention="layers=1 candidates=retention" | FileCheck %s --check-prefix=GEMM
// RUN: retort-opt %t.gemm.mlir --identify-model=statistics=%t.gemm --compress-replace-attention-by-retention="layers=1 candidates=delete" | FileCheck %s --check-prefix=DELETE
// GEMM: llm.attention(
// GEMM: llm.retention gated(
// GEMM: onnx.initializer "attention_1_projection" {{.*}} : tensor<24x8xf32>
// GEMM: %[[B:.*]] = onnx.Add(%{{.*}}, %{{.*}}) : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
// GEMM: onnx.Add(%[[B]], %{{.*}}) : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
// GEMM: onnx.Reshape(%{{.*}} -> tensor<?x8xf32>
// GEMM-NOT: llm.attention
// RUN: sed -e '/%%t1 =/s/2, 1, 3>}/2, 3, 1>}/' -e '/%%t1/s/x2x4xf32> *$/x4x2xf32>/' -e '/%%m1 =/s/x2x4xf32>/x4x2xf32>/' %s >%t.mixed.mlir
// RUN: retort-opt %t.mixed.mlir --identify-model -o %t.identified.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.identified.mlir %t.mixed --text=16:12:48 wo0=8
// RUN: not retort-opt %t.mixed.mlir --identify-model=statistics=%t.mixed --compress-replace-attention-by-retention="layers=1 candidates=window" 2>&1 | FileCheck %s --check-prefix=MIXED
// MIXED: error: layer 1 expects heads that lie beside each other, and the softmax of queries and keys alone

// The query heads of the group and one that asks for the average, in two rounds; what they give is multiplied with one matrix.
// RETENTION: retort.stale_statistics = "compress-replace-attention-by-retention"
// RETENTION: llm.attention(
// RETENTION: onnx.Reshape({{.*}} -> tensor<?x3x?x5xf32>
// RETENTION: llm.retention gated({{.*}} : (tensor<?x6x?x5xf32>, tensor<?x2x?x5xf32>, tensor<?x2x?x4xf32>, tensor<1x2x1x1xf32>)
// RETENTION: onnx.initializer "attention_1_projection" {{.*}} : tensor<24x8xf32>
// RETENTION: onnx.MatMul
// RETENTION: onnx.initializer "attention_1_bias" {{.*}} : tensor<8xf32>
// RETENTION: onnx.Add
// RETENTION-NOT: llm.attention
// RETENTION-NOT: "wo1"
// REMARK: remark: [Passed] compress-replace-attention-by-retention {{.*}}error_retention={{.*}}half_lives={{.*}}kl_retention={{.*}}kl_so_far={{.*}}layer=1{{.*}}state_bytes=160{{.*}}state_bytes_before=384, substitute=retention, text_length=12, weight="attention 1"
// REMARK: remark: [Analysis] compress-replace-attention-by-retention {{.*}}replaced=1{{.*}}state_bytes=544{{.*}}state_bytes_before=768

// WINDOW: llm.attention({{.*}} mask {{.*}} {causal, llm.sink_tokens = 0 : i64, llm.sink_window = 5 : i64
// SINKS: llm.attention({{.*}} mask {{.*}} {causal, llm.sink_tokens = 1 : i64, llm.sink_window = 4 : i64

// A round of states, and a window of what is left.
// HYBRID: llm.retention gated({{.*}} : (tensor<?x3x?x5xf32>, tensor<?x1x?x5xf32>, tensor<?x1x?x4xf32>, tensor<1x1x1x1xf32>)
// HYBRID: onnx.Concat({{.*}} -> tensor<?x?x20xf32>
// HYBRID: onnx.initializer "attention_1_projection" {{.*}} : tensor<20x8xf32>

// Two states of one row, that no query asks for, take as many bytes as one token of the window.
// AVERAGE: llm.attention(
// AVERAGE: llm.attention({{.*}} llm.sink_window = 4 : i64
// AVERAGE: llm.retention gated({{.*}} : (tensor<?x2x?x1xf32>, tensor<?x2x?x1xf32>, tensor<?x2x?x4xf32>, tensor<1x2x1x1xf32>)
// AVERAGE: onnx.initializer "attention_1_projection" {{.*}} : tensor<16x8xf32>

// AFFINE: llm.attention
// AFFINE: %[[X:.*]] = onnx.Add(
// AFFINE: onnx.initializer "attention_1_projection" {{.*}} : tensor<8x8xf32>
// AFFINE: onnx.MatMul(%[[X]],
// AFFINE-NOT: llm.attention

// DELETE: llm.attention(
// DELETE-NOT: llm.attention(

// Keys and values of twelve tokens take 384 bytes a layer.
// BYTES: remark: [Passed] compress-replace-attention-by-retention
// BYTES: remark: [Analysis] {{.*}}replaced=2
// NOTHING: remark: [Missed] {{.*}}no layer can be replaced within the limits
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids", onnx.dims = ["b", "t"], retort.role = "tokens"})
    -> (tensor<?x?x48xf32> {onnx.name = "logits", onnx.dims = ["b", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.2, 0.5, 0.6, 0.9, 0.5, 0.8, -0.9, -0.1], [0.9, 0.3, 0.8, -0.8, -0.1, -0.5, 0.1, 0.1], [-1.0, -0.6, -0.4, 0.8, 0.5, -0.7, 0.6, -0.7], [0.2, -0.7, -1.0, 0.7, -0.6, -0.6, 1.0, 0.7], [-0.4, 0.9, 0.1, 0.4, -0.6, 0.9, 0.4, 0.9], [0.8, -0.4, -0.3, -0.7, -0.7, -0.9, -0.4, 0.2], [-1.0, 0.4, -0.3, -0.4, 0.6, -0.0, -0.4, -0.0], [0.4, -0.9, 1.0, -1.0, 0.5, 0.7, -1.0, 0.6], [-0.3, 0.2, -1.0, -0.9, -0.6, 0.9, -0.6, 0.5], [0.9, 0.9, -0.3, -0.3, 0.0, 0.6, -0.8, 0.5], [0.6, 0.7, -0.9, 0.9, -0.8, -0.3, 0.2, 0.8], [-0.3, 0.8, 0.1, -0.4, -0.4, -0.6, -0.8, -0.7], [0.4, 1.0, -0.7, -0.9, 1.0, 0.1, -0.2, -0.5], [0.2, 0.7, -0.1, -0.2, -0.9, 0.8, -0.9, -0.0], [0.7, -0.7, 0.5, 0.9, 0.3, 0.6, -0.8, -0.1], [-0.7, 0.7, -0.4, -0.1, 1.0, 0.7, 1.0, -0.1], [-0.0, 0.5, -0.0, -0.4, -0.2, -0.7, -0.2, 1.0], [0.9, 0.3, -0.0, -0.3, -0.8, -0.5, 0.6, 0.7], [-0.3, 0.6, 0.5, 0.4, 0.3, 0.5, -0.3, 0.4], [-0.4, -0.0, 0.5, 0.4, -0.4, 0.9, 0.3, 0.2], [-1.0, 0.1, -0.5, 0.3, -0.1, 0.6, 0.3, 0.6], [-0.3, 0.3, 0.5, 0.7, -0.3, 0.7, 0.7, 0.4], [1.0, 0.9, 0.0, 0.1, -0.7, 0.7, 0.9, -0.0], [0.4, 0.4, 0.5, -0.7, 0.6, 0.2, 0.3, -0.2], [0.2, 0.5, 0.3, 0.4, -0.9, -0.7, -0.1, 0.3], [-0.6, 0.4, 0.3, -0.9, -0.1, -0.5, -0.9, -0.7], [-0.4, -0.6, -0.6, -0.9, -0.1, -0.2, 0.2, 0.2], [-0.5, 0.8, -1.0, -0.2, -0.4, -0.2, -0.8, 0.7], [-0.3, -0.9, 0.2, -0.8, 0.1, -0.3, 0.2, 0.9], [0.6, -0.2, 0.6, 0.3, -0.3, -0.7, 0.2, 0.1], [0.9, 0.9, 0.2, -0.3, 0.8, -1.0, -0.8, 0.1], [0.2, -0.7, 0.3, 0.8, -0.2, -0.1, -0.5, -0.4], [0.9, -0.2, 0.9, 0.8, 0.2, -0.5, 1.0, -0.0], [-0.2, -0.4, 1.0, -0.0, -0.4, -0.0, -0.8, 0.2], [-0.1, -0.4, 0.6, 0.7, -1.0, 0.1, -0.5, 0.9], [0.6, -0.5, -0.5, -0.7, 1.0, -0.4, 0.2, -0.1], [0.3, 0.2, 0.5, -0.8, 0.5, -0.4, 0.1, -0.3], [-0.4, 0.1, -0.1, -0.3, 0.5, 0.2, -0.9, -0.5], [-0.1, 0.8, 0.8, 0.1, -1.0, 0.6, -0.1, 0.2], [0.4, 0.3, -0.0, 0.8, -0.2, -0.2, 0.7, -0.6], [-0.4, 0.7, -0.9, 0.7, 0.4, -0.1, -0.4, 0.6], [0.8, -0.7, -0.0, 0.1, -0.0, -0.3, -0.7, 0.2], [0.6, -0.9, -0.5, 0.6, 0.6, 0.3, -0.9, 0.4], [1.0, 1.0, 0.4, -0.9, 0.7, -0.6, 0.3, 0.9], [0.4, -0.7, -0.4, 0.8, -0.7, 0.2, -0.2, -0.7], [0.2, -0.9, -0.8, -0.2, -0.9, -0.9, 0.2, 0.5], [0.8, -0.7, -0.1, -0.4, 0.2, -0.0, 0.9, -0.3], [-0.9, 0.4, -0.7, 0.3, 0.0, 0.8, 0.1, 0.2]]> : tensor<48x8xf32>
  %head = onnx.initializer "head" dense<[[-0.5, 0.1, -0.5, 0.5, 0.0, -0.7, -0.5, -0.3, 0.5, -0.6, 0.4, 0.3, -0.8, 0.3, -0.8, -0.8, 0.2, -0.5, 0.8, -0.0, -0.4, 0.6, -0.9, 0.5, -0.9, -0.7, 0.9, 0.4, -0.6, -0.8, 0.9, 0.3, 0.6, -0.7, 0.2, -0.3, -0.5, -0.3, 0.2, -0.3, -0.2, -0.7, 0.7, 0.3, 0.6, -0.1, 0.7, 0.0], [0.2, 0.1, 0.5, -0.2, -0.8, -0.9, -0.6, -0.9, 0.8, -0.0, 0.5, -1.0, -0.1, 0.8, 0.2, -0.1, -0.1, -0.8, -0.7, -0.7, -0.3, -0.2, 0.8, -0.7, -0.5, -0.4, -0.7, -0.4, -0.5, -0.0, -0.9, 0.8, -0.3, 0.9, 0.4, 0.3, -0.1, 0.9, -0.8, 0.3, -0.4, 0.3, 0.5, -0.7, -0.6, -1.0, -0.5, -0.8], [-0.2, 0.9, -0.3, -0.4, -0.1, -0.4, 0.5, 0.4, -0.7, -0.5, 0.3, 0.9, 0.3, -0.1, 1.0, -1.0, -0.9, 0.6, -0.2, -0.9, 0.1, 1.0, 0.0, -0.3, -0.8, -0.9, 0.8, -0.0, 0.9, -0.9, -0.5, -0.9, -0.2, -0.9, -0.5, -0.2, -0.4, -0.9, -0.9, 0.9, -0.6, 0.0, -0.2, 0.1, -0.8, -0.4, -0.8, 0.1], [0.8, 0.2, 0.7, -0.6, -1.0, 0.1, -0.0, 0.1, -0.2, 0.3, 0.5, 0.8, -0.4, -0.1, 0.7, -0.6, -0.8, -0.4, -0.8, 0.5, 0.6, -0.4, -0.7, -0.8, -0.5, -0.8, -0.1, 0.2, -0.5, -0.9, 0.4, -0.9, -0.6, -0.4, -0.3, -0.8, -0.2, -0.4, 0.5, 0.1, 0.8, 0.3, 0.5, 0.1, -0.1, 0.6, 0.3, 0.9], [0.5, 0.4, -0.5, 0.6, -0.2, -0.7, -0.9, -0.7, -0.5, 0.4, -0.4, -0.9, 0.5, 0.1, -0.9, -0.9, -0.7, -0.3, 0.7, 0.9, 0.2, -0.5, -0.1, -0.3, -0.3, -1.0, 0.2, 0.7, 0.5, -0.8, 0.1, -0.7, 0.4, -0.1, 0.9, 0.6, -0.8, -0.4, 0.8, -0.1, -0.1, -0.1, 0.5, 0.9, 0.1, 0.9, 0.2, -0.8], [0.6, -0.2, -0.9, 1.0, -0.9, 0.2, -0.0, 0.8, -0.2, -0.6, -0.4, -0.6, 0.1, -0.3, 0.5, -0.5, -0.3, -0.5, 1.0, 0.7, 0.7, 0.2, -0.2, -0.7, 0.7, -0.0, -0.9, -0.7, -0.8, 0.4, 0.8, -0.6, 0.6, -0.4, 0.4, 0.7, 0.2, 0.6, -0.2, -1.0, 0.0, 0.2, -0.6, -0.2, -0.4, -0.9, -0.4, -0.2], [-0.0, 0.4, -0.2, 1.0, 0.6, 0.8, 0.4, 0.3, 0.1, 0.6, -0.3, 0.2, 0.4, 0.0, -0.4, -0.8, -0.8, -0.3, 0.2, 0.5, 0.4, -0.4, 0.9, -0.5, 0.4, -0.9, 0.5, 0.3, 0.9, 0.8, 0.4, 0.7, 0.5, 0.2, -0.6, 0.0, 0.8, -0.5, 0.9, 0.1, -0.2, -1.0, -0.2, -0.6, 0.3, 0.8, 0.8, 0.2], [-0.2, -0.8, 0.4, 0.1, 0.4, -0.3, 0.8, -0.6, -0.4, -0.5, 0.2, 0.8, -0.7, 0.3, 0.5, -0.6, -0.9, 0.1, 0.7, 0.8, 0.5, -0.2, -0.1, 0.1, 0.8, -0.4, -0.4, 0.2, 0.9, -0.6, -0.9, -0.8, 0.1, 0.2, -0.6, -0.6, 0.2, 0.3, 0.4, 0.5, -0.9, -0.0, 0.7, 0.9, -0.4, 0.7, 0.3, 0.9]]> : tensor<8x48xf32>
  %heads = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %group = onnx.Constant() {value = dense<[0, 0, 1, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %merged = onnx.Constant() {value = dense<[0, 0, 8]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x0 = onnx.Gather(%table, %ids) : (tensor<48x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  %wq0 = onnx.initializer "wq0" dense<[[0.29, 0.40, 0.20, 0.02, -0.25, -0.19, -0.33, -0.52], [0.11, -0.26, 0.37, -0.55, 0.48, 0.23, 0.51, 0.48], [0.48, 0.09, -0.58, 0.29, -0.39, -0.24, 0.20, 0.03], [-0.10, 0.53, 0.13, -0.19, -0.30, 0.43, -0.03, 0.34], [-0.18, -0.36, 0.04, 0.38, -0.39, 0.35, 0.51, 0.37], [0.39, -0.59, 0.15, 0.44, -0.54, -0.27, -0.28, 0.03], [-0.09, -0.03, 0.33, -0.60, -0.53, -0.45, -0.45, -0.52], [0.57, 0.43, -0.50, 0.00, -0.22, -0.22, -0.18, 0.18]]> : tensor<8x8xf32>
  %wk0 = onnx.initializer "wk0" dense<[[0.10, -0.17, -0.37, -0.21], [-0.45, 0.07, 0.26, -0.14], [-0.50, -0.39, -0.15, 0.13], [0.34, -0.14, 0.36, 0.15], [-0.08, -0.15, -0.00, 0.24], [-0.10, 0.23, -0.05, -0.31], [0.04, 0.23, -0.51, -0.09], [-0.09, 0.46, 0.52, -0.15]]> : tensor<8x4xf32>
  %wv0 = onnx.initializer "wv0" dense<[[0.48, 0.35, -0.29, -0.04], [-0.45, 0.38, 0.19, 0.46], [0.35, 0.20, 0.28, 0.08], [-0.48, 0.11, -0.59, -0.43], [0.33, -0.55, -0.49, -0.48], [0.46, -0.39, -0.57, 0.41], [-0.45, 0.41, 0.21, 0.40], [0.54, 0.09, 0.36, -0.56]]> : tensor<8x4xf32>
  %wo0 = onnx.initializer "wo0" dense<[[0.32, 0.01, 0.26, -0.47, 0.30, 0.52, -0.53, -0.21], [0.08, 0.39, -0.31, -0.38, -0.30, 0.14, 0.30, -0.13], [-0.16, -0.12, -0.18, -0.10, -0.50, 0.00, 0.57, -0.10], [0.30, -0.41, 0.23, 0.31, 0.21, 0.02, -0.02, 0.17], [0.48, -0.42, -0.48, 0.30, 0.50, 0.02, -0.07, 0.26], [-0.38, -0.28, -0.36, 0.10, -0.22, -0.32, 0.23, 0.54], [-0.24, 0.25, -0.10, 0.42, 0.10, -0.28, -0.34, -0.57], [-0.02, -0.14, -0.39, -0.17, -0.21, 0.33, -0.43, 0.59]]> : tensor<8x8xf32>
  %qa0 = onnx.MatMul(%x0, %wq0) : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %qb0 = onnx.Reshape(%qa0, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  %q0 = onnx.Transpose(%qb0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x4xf32>) -> tensor<?x2x?x4xf32>
  %ka0 = onnx.MatMul(%x0, %wk0) : (tensor<?x?x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
  %kb0 = onnx.Reshape(%ka0, %group) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x1x4xf32>
  %k0 = onnx.Transpose(%kb0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x1x4xf32>) -> tensor<?x1x?x4xf32>
  %va0 = onnx.MatMul(%x0, %wv0) : (tensor<?x?x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
  %vb0 = onnx.Reshape(%va0, %group) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x1x4xf32>
  %v0 = onnx.Transpose(%vb0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x1x4xf32>) -> tensor<?x1x?x4xf32>
  %a0, %pk0, %pv0 = llm.attention(%q0, %k0, %v0) {causal, scale = 0.5 : f32}
      : (tensor<?x2x?x4xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>) -> (tensor<?x2x?x4xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>)
  %t0 = onnx.Transpose(%a0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x4xf32>) -> tensor<?x?x2x4xf32>
  %m0 = onnx.Reshape(%t0, %merged) : (tensor<?x?x2x4xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %y0 = onnx.MatMul(%m0, %wo0) : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %x1 = onnx.Add(%x0, %y0) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %wq1 = onnx.initializer "wq1" dense<[[-0.02, 0.12, -0.04, 0.40, 0.39, 0.07, -0.02, 0.26], [0.43, -0.12, 0.28, 0.55, -0.04, -0.32, -0.32, 0.26], [0.21, 0.55, 0.42, -0.31, -0.37, -0.29, -0.38, 0.25], [0.43, 0.48, -0.29, 0.44, -0.22, -0.09, 0.27, -0.50], [-0.49, 0.40, -0.25, -0.17, 0.10, 0.21, -0.59, -0.20], [-0.08, -0.02, -0.35, 0.10, 0.55, -0.13, 0.05, -0.46], [-0.27, 0.20, -0.46, 0.46, 0.49, -0.48, 0.53, -0.15], [0.33, 0.31, -0.25, 0.21, 0.18, 0.37, -0.28, 0.31]]> : tensor<8x8xf32>
  %wk1 = onnx.initializer "wk1" dense<[[0.55, 0.21, 0.04, -0.46], [-0.01, -0.18, 0.26, 0.21], [0.08, -0.38, 0.17, 0.16], [-0.39, 0.47, 0.19, -0.45], [0.52, -0.43, -0.20, 0.26], [0.12, 0.07, 0.18, -0.05], [-0.23, -0.39, -0.52, 0.26], [0.31, 0.05, 0.29, -0.17]]> : tensor<8x4xf32>
  %wv1 = onnx.initializer "wv1" dense<[[-0.28, -0.14, 0.45, -0.55], [0.01, -0.30, 0.32, -0.18], [-0.20, -0.12, 0.05, 0.33], [-0.18, 0.42, -0.47, -0.28], [-0.48, -0.46, 0.33, 0.27], [-0.38, -0.37, -0.10, 0.29], [0.38, 0.30, 0.11, -0.42], [-0.12, -0.37, 0.03, 0.08]]> : tensor<8x4xf32>
  %wo1 = onnx.initializer "wo1" dense<[[-0.36, -0.30, 0.34, -0.56, 0.36, 0.47, 0.54, -0.14], [0.06, 0.10, 0.16, 0.57, 0.22, -0.24, 0.43, -0.02], [0.12, 0.27, -0.60, 0.32, 0.19, -0.01, 0.03, -0.05], [-0.37, 0.04, -0.56, 0.00, 0.18, -0.07, 0.08, 0.55], [0.47, -0.44, 0.35, 0.15, -0.54, -0.17, -0.32, -0.51], [0.05, 0.52, -0.21, 0.44, 0.23, -0.44, 0.43, 0.12], [0.51, 0.26, 0.29, -0.19, 0.37, 0.52, 0.43, -0.08], [0.31, -0.02, -0.47, -0.55, -0.51, -0.36, -0.41, -0.00]]> : tensor<8x8xf32>
  %qa1 = onnx.MatMul(%x1, %wq1) : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %qb1 = onnx.Reshape(%qa1, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  %q1 = onnx.Transpose(%qb1) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x4xf32>) -> tensor<?x2x?x4xf32>
  %ka1 = onnx.MatMul(%x1, %wk1) : (tensor<?x?x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
  %kb1 = onnx.Reshape(%ka1, %group) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x1x4xf32>
  %k1 = onnx.Transpose(%kb1) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x1x4xf32>) -> tensor<?x1x?x4xf32>
  %va1 = onnx.MatMul(%x1, %wv1) : (tensor<?x?x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
  %vb1 = onnx.Reshape(%va1, %group) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x1x4xf32>
  %v1 = onnx.Transpose(%vb1) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x1x4xf32>) -> tensor<?x1x?x4xf32>
  %a1, %pk1, %pv1 = llm.attention(%q1, %k1, %v1) {causal, scale = 0.5 : f32}
      : (tensor<?x2x?x4xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>) -> (tensor<?x2x?x4xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>)
  %t1 = onnx.Transpose(%a1) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x4xf32>) -> tensor<?x?x2x4xf32>
  %m1 = onnx.Reshape(%t1, %merged) : (tensor<?x?x2x4xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %y1 = onnx.MatMul(%m1, %wo1) : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %x2 = onnx.Add(%x1, %y1) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %logits = onnx.MatMul(%x2, %head) : (tensor<?x?x8xf32>, tensor<8x48xf32>) -> tensor<?x?x48xf32>
  return %logits : tensor<?x?x48xf32>
}
