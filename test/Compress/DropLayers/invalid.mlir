// RUN: not retort-opt %s --compress-drop-layers 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-drop-layers="count=1 ratio=0.5" 2>&1 | FileCheck %s --check-prefix=SEVERAL
// RUN: not retort-opt %s --compress-drop-layers=count=-1 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not retort-opt %s --compress-drop-layers=ratio=1.5 2>&1 | FileCheck %s --check-prefix=RATIO
// RUN: not retort-opt %s --compress-drop-layers="count=1 what=norm" 2>&1 | FileCheck %s --check-prefix=WHAT
// RUN: not retort-opt %s --compress-drop-layers=count=1 2>&1 | FileCheck %s --check-prefix=STATISTICS
// RUN: not retort-opt %s --compress-drop-layers=layers=7 2>&1 | FileCheck %s --check-prefix=LAYERS
// RUN: not retort-opt %s --compress-drop-layers=layers=1 2>&1 | FileCheck %s --check-prefix=READ
// RUN: not retort-opt %s --compress-drop-layers="what=attention layers=0" 2>&1 | FileCheck %s --check-prefix=FOUND
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics a=3
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-drop-layers=count=1 2>&1 | FileCheck %s --check-prefix=OLD
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.some --segments=0:1:0.9,1:1:0.5,2:1:0.8 a=3
// RUN: not retort-opt %s --identify-model=statistics=%t.some --compress-drop-layers=count=3 --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not retort-opt %s --identify-model=statistics=%t.some --compress-drop-layers=count=1 --compress-quantize-gptq 2>&1 | FileCheck %s --check-prefix=STALE

// NONE: error: expects one of 'count', 'ratio' and 'layers', found none
// SEVERAL: error: expects one of 'count', 'ratio' and 'layers', found several
// COUNT: error: expects 'count' of 1 or more, found -1
// RATIO: error: expects 'ratio' in (0, 1), found 1.5
// WHAT: error: expects 'what' to be block, attention or mlp, found 'norm'
// STATISTICS: error: 'compress-drop-layers' expects statistics of a sample
// LAYERS: error: expects 'layers' from 0 to 2, found 7
// READ: error: layer 1 cannot go: what it computes is read by 'onnx.Tanh' elsewhere
// FOUND: error: 'compress-drop-layers' finds no layers (attention): no sum of a value and of what weights make of it
// OLD: error: 'compress-drop-layers' expects statistics of the residual stream, found none of layer 0: `retort calibrate` measures them anew
// MANY-DAG: remark: [Missed] compress-drop-layers {{.*}}what it computes is read by 'onnx.Tanh' elsewhere{{.*}}weight="layer 1"
// MANY-DAG: error: 'compress-drop-layers' expects to remove 1 to 2 of 3 layers, found 3
// STALE: error: 'compress-quantize-gptq' expects statistics of the model as it is, found those from before 'compress-drop-layers'
func.func @main(%x: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %a = onnx.initializer "a" dense<1.0> : tensor<3x3xf32>
  %b = onnx.initializer "b" dense<2.0> : tensor<3x3xf32>
  %c = onnx.initializer "c" dense<3.0> : tensor<3x3xf32>
  %0 = onnx.MatMul(%x, %a) : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %1 = onnx.Relu(%0) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %2 = onnx.Add(%x, %1) : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %3 = onnx.MatMul(%2, %b) : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %4 = onnx.Relu(%3) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %5 = onnx.Add(%4, %2) : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %6 = onnx.MatMul(%5, %c) : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  %7 = onnx.Relu(%6) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %8 = onnx.Add(%5, %7) : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %9 = onnx.Tanh(%3) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %10 = onnx.Softmax(%8) {axis = -1 : i64} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %10, %9 : tensor<?x3xf32>, tensor<?x3xf32>
}
