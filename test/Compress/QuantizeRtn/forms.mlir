// RUN: retort-opt %s --compress-quantize-rtn="bits=8 include=^a" | FileCheck %s --check-prefix=CHANNEL
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 symmetric=false group-size=2 include=^a" | FileCheck %s --check-prefix=ASYMMETRIC
// RUN: retort-opt %s --compress-quantize-rtn="bits=2 per-tensor=true include=^a" | FileCheck %s --check-prefix=TENSOR
// RUN: retort-opt %s --compress-quantize-rtn="bits=3 group-size=2 include=^a" | FileCheck %s --check-prefix=ODD
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 group-size=2 include=^b" | FileCheck %s --check-prefix=RAGGED
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 include=^c" | FileCheck %s --check-prefix=TRANSPOSED
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 include=^d" | FileCheck %s --check-prefix=CONSTANT
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 symmetric=false include=^d" | FileCheck %s --check-prefix=CONSTANT-ASYMMETRIC
// RUN: retort-opt %s --compress-quantize-rtn="bits=8 include=^e" | FileCheck %s --check-prefix=HALF

// A scale for each output, of rank one: every version of ONNX's DequantizeLinear has that.
// CHANNEL: onnx.initializer "a_quantized" {{.*}} : tensor<4x2xi8>
// CHANNEL: onnx.initializer "a_scale" {{.*}} : tensor<2xf32>
// CHANNEL: onnx.DequantizeLinear(%{{.*}}, %{{.*}}) {axis = 1 : i64, onnx.outputs = ["a"]}

// The range holds zero: -1 ... 14 in steps of 1; 0 ... 1.5 in steps of 0.1.
// ASYMMETRIC: onnx.initializer "a_quantized" dense<{{\[}}[0, 15], [15, 5], [15, 0], [0, 15]]> : tensor<4x2xui4>
// ASYMMETRIC: onnx.initializer "a_scale" dense<{{\[}}[1.000000e+00, 1.000000e-01], [1.000000e+00, 2.000000e+00]]>
// ASYMMETRIC: onnx.initializer "a_zero_point" dense<{{\[}}[1, 0], [0, 0]]> : tensor<2x2xui4>
// ASYMMETRIC: onnx.DequantizeLinear(%{{.*}}, %{{.*}}, %{{.*}}) {axis = 0 : i64, block_size = 2 : i64, onnx.outputs = ["a"]}

// TENSOR: onnx.initializer "a_quantized" {{.*}} : tensor<4x2xi2>
// TENSOR: onnx.initializer "a_scale" dense<2.000000e+01> : tensor<f32>
// TENSOR: onnx.DequantizeLinear(%{{.*}}, %{{.*}}) {onnx.outputs = ["a"]} : (tensor<4x2xi2>, tensor<f32>) -> tensor<4x2xf32>

// ODD: onnx.initializer "a_quantized" {{.*}} : tensor<4x2xi3>
// ODD: compress.dequantize(%{{.*}}, %{{.*}}) {axis = 0 : i64, block_size = 2 : i64, onnx.outputs = ["a"]} : (tensor<4x2xi3>, tensor<2x2xf32>) -> tensor<4x2xf32>

// The last group has one input.
// RAGGED: onnx.initializer "b_scale" {{.*}} : tensor<2x2xf32>
// RAGGED: onnx.DequantizeLinear(%{{.*}}, %{{.*}}) {axis = 0 : i64, block_size = 2 : i64, onnx.outputs = ["b"]} : (tensor<3x2xi4>

// Outputs lie along the rows.
// TRANSPOSED-COUNT-3: onnx.DequantizeLinear(%{{.*}}, %{{.*}}) {axis = 0 : i64, onnx.outputs = ["{{c[23]?}}"]} : (tensor<2x3xi4>, tensor<2xf32>)

// A row of zeros, as pruning leaves it, keeps them; a row of one number keeps it.
// CONSTANT: onnx.initializer "d_quantized" dense<{{\[}}[0, 7], [0, 7]]> : tensor<2x2xi4>
// CONSTANT: onnx.initializer "d_scale" dense<1.000000e+00> : tensor<2xf32>
// CONSTANT-ASYMMETRIC: onnx.initializer "d_quantized" dense<{{\[}}[0, 15], [0, 15]]> : tensor<2x2xui4>
// CONSTANT-ASYMMETRIC: onnx.initializer "d_scale" dense<[1.000000e+00, 5.000000e-01]>

// The scale is rounded to the model's type before the codes are chosen.
// HALF: onnx.initializer "e_quantized" {{.*}} : tensor<2x2xi8>
// HALF: onnx.initializer "e_scale" {{.*}} : tensor<2xf16>
// HALF: onnx.DequantizeLinear{{.*}} -> tensor<2x2xf16>
func.func @main(%x: tensor<1x4xf32>, %y: tensor<1x3xf32>, %h: tensor<1x2xf16>)
    -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf16>) {
  %a = onnx.initializer "a" dense<[[-1.0, 1.5], [14.0, 0.5], [15.0, 0.0], [0.0, 30.0]]> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %a) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %b = onnx.initializer "b" dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %1 = onnx.MatMul(%y, %b) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  %c = onnx.initializer "c" dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %t = onnx.Transpose(%c) {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %2 = onnx.MatMul(%y, %t) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  %c2 = onnx.initializer "c2" dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %3 = onnx.Gemm(%y, %c2) {transB = 1 : i64} : (tensor<1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  %c3 = onnx.initializer "c3" dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %4 = onnx.Einsum(%y, %c3) {equation = "ij,kj->ik"} : (tensor<1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  %d = onnx.initializer "d" dense<[[0.0, 7.5], [0.0, 7.5]]> : tensor<2x2xf32>
  %5 = onnx.MatMul(%1, %d) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %e = onnx.initializer "e" dense<[[0.1, 7.5], [0.3, -7.5]]> : tensor<2x2xf16>
  %6 = onnx.MatMul(%h, %e) : (tensor<1x2xf16>, tensor<2x2xf16>) -> tensor<1x2xf16>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf16>
}
