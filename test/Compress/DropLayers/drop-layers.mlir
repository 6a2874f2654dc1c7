// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics --segments=0:2:0.9,2:2:0.5,0:1:0.8,1:1:0.95,2:1:0.7,3:1:0.6 q0=2
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-drop-layers=count=1 -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: FileCheck %s < %t.out.mlir
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-drop-layers=ratio=0.5 | FileCheck %s
// RUN: retort-opt %s --compress-drop-layers=layers=0 | FileCheck %s
// RUN: retort-opt %s --compress-drop-layers=layers=1 | FileCheck %s --check-prefix=SECOND
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-drop-layers="what=mlp count=1" | FileCheck %s --check-prefix=MLP
// RUN: retort-opt %s --compress-drop-layers="what=attention layers=0" | FileCheck %s --check-prefix=ATTENTION
// RUN: not retort-opt %s --compress-drop-layers=layers=0,1 2>&1 | FileCheck %s --check-prefix=ALL

// Of two layers the one goes behind which the stream is most like it was before.
// REMARK-DAG: remark: [Passed] compress-drop-layers {{.*}}influence=1.{{0+}}e-01{{.*}}layer=0{{.*}}weight=q0
// REMARK-DAG: remark: [Passed] compress-drop-layers {{.*}}weight=o0
// REMARK-DAG: remark: [Passed] compress-drop-layers {{.*}}weight=down0
// REMARK-DAG: remark: inputs and outputs go with their layers: past.k0, past.v0, present.k0, present.v0
// CHECK: retort.stale_statistics = "compress-drop-layers"
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%arg0: tensor<?x?x2xf32>, %arg1: tensor<?x1x?x2xf32> {onnx.dims = ["b", "", "p", ""], onnx.name = "past.k1", retort.role = "past:2"}, %arg2: tensor<?x1x?x2xf32> {onnx.dims = ["b", "", "p", ""], onnx.name = "past.v1", retort.role = "past:3"})
// CHECK-SAME: -> (tensor<?x?x2xf32>, tensor<?x1x?x2xf32> {onnx.name = "present.k1", retort.role = "present:2"}, tensor<?x1x?x2xf32> {onnx.name = "present.v1", retort.role = "present:3"}, tensor<4xi64>)
// CHECK-NOT: onnx.initializer "q0"
// CHECK-DAG: onnx.initializer "q1"
// CHECK: llm.rms_norm(%arg0,
// CHECK: llm.attention(
// CHECK-NOT: llm.attention(
// CHECK: return

// SECOND-LABEL: func.func @main
// SECOND-SAME: %arg2: tensor<?x1x?x2xf32> {onnx.dims = ["b", "", "p", ""], onnx.name = "past.v0", retort.role = "past:1"}) -> (
// SECOND: %[[LAST:.*]] = onnx.Add({{.*}}onnx.outputs = ["b0"]
// SECOND: %[[NORM:.*]] = llm.rms_norm(%[[LAST]],
// SECOND: return %[[NORM]],

// MLP-LABEL: func.func @main
// MLP-SAME: past:3
// MLP: llm.attention
// MLP: %[[FIRST:.*]] = onnx.Add({{.*}}onnx.outputs = ["a0"]
// MLP: llm.rms_norm(%[[FIRST]],
// MLP: llm.attention
// MLP: onnx.Add({{.*}}onnx.outputs = ["b1"]

// ATTENTION-LABEL: func.func @main
// ATTENTION-NOT: onnx.initializer "q0"
// ATTENTION: onnx.initializer "up0"
// ATTENTION: onnx.initializer "q1"
// ATTENTION: llm.attention
// ATTENTION-NOT: llm.attention
// ATTENTION: return
// ALL: error: 'compress-drop-layers' expects to leave some of 2 layers
func.func @main(%x0: tensor<?x?x2xf32>, %k0: tensor<?x1x?x2xf32> {onnx.dims = ["b", "", "p", ""], onnx.name = "past.k0", retort.role = "past:0"}, %v0: tensor<?x1x?x2xf32> {onnx.dims = ["b", "", "p", ""], onnx.name = "past.v0", retort.role = "past:1"}, %k1: tensor<?x1x?x2xf32> {onnx.dims = ["b", "", "p", ""], onnx.name = "past.k1", retort.role = "past:2"}, %v1: tensor<?x1x?x2xf32> {onnx.dims = ["b", "", "p", ""], onnx.name = "past.v1", retort.role = "past:3"}) -> (tensor<?x?x2xf32>, tensor<?x1x?x2xf32> {onnx.name = "present.k0", retort.role = "present:0"}, tensor<?x1x?x2xf32> {onnx.name = "present.v0", retort.role = "present:1"}, tensor<?x1x?x2xf32> {onnx.name = "present.k1", retort.role = "present:2"}, tensor<?x1x?x2xf32> {onnx.name = "present.v1", retort.role = "present:3"}, tensor<4xi64>) {
  %one = onnx.initializer "one" dense<1.0> : tensor<2xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %past = onnx.Shape(%k0) : (tensor<?x1x?x2xf32>) -> tensor<4xi64>

  %qw0 = onnx.initializer "q0" dense<1.0> : tensor<2x2xf32>
  %ow0 = onnx.initializer "o0" dense<1.0> : tensor<2x2xf32>
  %up0 = onnx.initializer "up0" dense<1.0> : tensor<2x3xf32>
  %down0 = onnx.initializer "down0" dense<1.0> : tensor<3x2xf32>
  %n0 = llm.rms_norm(%x0, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x?x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %q0 = onnx.MatMul(%n0, %qw0) : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %h0 = onnx.Unsqueeze(%q0, %axis) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x1x?x2xf32>
  %r0, %pk0, %pv0 = llm.attention(%h0, %h0, %h0 past %k0, %v0) {causal, scale = 0.5 : f32} : (tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>) -> (tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>)
  %f0 = onnx.Squeeze(%r0, %axis) : (tensor<?x1x?x2xf32>, tensor<1xi64>) -> tensor<?x?x2xf32>
  %p0 = onnx.MatMul(%f0, %ow0) : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %a0 = onnx.Add(%x0, %p0) {onnx.outputs = ["a0"]} : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %m0 = llm.rms_norm(%a0, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x?x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %u0 = onnx.MatMul(%m0, %up0) : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> tensor<?x?x3xf32>
  %s0 = onnx.Relu(%u0) : (tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %d0 = onnx.MatMul(%s0, %down0) : (tensor<?x?x3xf32>, tensor<3x2xf32>) -> tensor<?x?x2xf32>
  %x1 = onnx.Add(%a0, %d0) {onnx.outputs = ["b0"]} : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>

  %qw1 = onnx.initializer "q1" dense<1.0> : tensor<2x2xf32>
  %ow1 = onnx.initializer "o1" dense<1.0> : tensor<2x2xf32>
  %up1 = onnx.initializer "up1" dense<1.0> : tensor<2x3xf32>
  %down1 = onnx.initializer "down1" dense<1.0> : tensor<3x2xf32>
  %n1 = llm.rms_norm(%x1, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x?x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %q1 = onnx.MatMul(%n1, %qw1) : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %h1 = onnx.Unsqueeze(%q1, %axis) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x1x?x2xf32>
  %r1, %pk1, %pv1 = llm.attention(%h1, %h1, %h1 past %k1, %v1) {causal, scale = 0.5 : f32} : (tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>) -> (tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>)
  %f1 = onnx.Squeeze(%r1, %axis) : (tensor<?x1x?x2xf32>, tensor<1xi64>) -> tensor<?x?x2xf32>
  %p1 = onnx.MatMul(%f1, %ow1) : (tensor<?x?x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>
  %a1 = onnx.Add(%x1, %p1) {onnx.outputs = ["a1"]} : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %m1 = llm.rms_norm(%a1, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x?x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %u1 = onnx.MatMul(%m1, %up1) : (tensor<?x?x2xf32>, tensor<2x3xf32>) -> tensor<?x?x3xf32>
  %s1 = onnx.Relu(%u1) : (tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %d1 = onnx.MatMul(%s1, %down1) : (tensor<?x?x3xf32>, tensor<3x2xf32>) -> tensor<?x?x2xf32>
  %x2 = onnx.Add(%a1, %d1) {onnx.outputs = ["b1"]} : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>

  %y = llm.rms_norm(%x2, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x?x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  return %y, %pk0, %pv0, %pk1, %pv1, %past : tensor<?x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>, tensor<4xi64>
}
