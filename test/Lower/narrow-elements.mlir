// RUN: retort-opt %s --lower-to-linalg --split-input-file | FileCheck %s

// Floats of a byte are held as their bits, which a table reads. The function says what its bytes stand for.
// CHECK-LABEL: @reads_float8
// CHECK-SAME: (%[[X:.*]]: tensor<4xi8> {retort.element = f8E4M3FN})
// CHECK-DAG: %[[TABLE:.*]] = arith.constant dense<{{.*}}> : tensor<256xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<4xi8>)
// CHECK: %[[CODE:.*]] = arith.index_castui %{{.*}} : i8 to index
// CHECK: tensor.extract %[[TABLE]][%[[CODE]]]
func.func @reads_float8(%x: tensor<4xf8E4M3FN>) -> tensor<4xf32> {
  %0 = onnx.Cast(%x) {to = 1 : i64} : (tensor<4xf8E4M3FN>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The code of a number is found by halving: as many comparisons as there are bits.
// CHECK-LABEL: @writes_float4
// CHECK-SAME: -> (tensor<4xi8> {retort.element = f4E2M1FN})
// CHECK: arith.constant dense<[0.2500000{{.*}}, 7.500000e-01, {{.*}}, 5.000000{{.*}}]> : tensor<7xf32>
// CHECK-COUNT-3: arith.cmpf oge
// CHECK-NOT: arith.cmpf oge
// CHECK: linalg.yield
func.func @writes_float4(%x: tensor<4xf32>) -> tensor<4xf4E2M1FN> {
  %0 = onnx.Cast(%x) {to = 23 : i64} : (tensor<4xf32>) -> tensor<4xf4E2M1FN>
  return %0 : tensor<4xf4E2M1FN>
}

// -----

// Four bits lie in a byte each; what does not fit is dropped, and the sign is that of the four.
// CHECK-LABEL: @wraps_at_four_bits
// CHECK-SAME: (%{{.*}}: tensor<20xf32>) -> (tensor<20xi8> {retort.element = i4})
// CHECK: arith.fptosi
// CHECK: arith.shli
// CHECK: arith.shrsi
func.func @wraps_at_four_bits(%x: tensor<20xf32>) -> tensor<20xi4> {
  %0 = onnx.Cast(%x) {to = 22 : i64} : (tensor<20xf32>) -> tensor<20xi4>
  return %0 : tensor<20xi4>
}

// -----

// CHECK-LABEL: @reads_bits_anew
// CHECK: arith.bitcast %{{.*}} : f32 to i32
func.func @reads_bits_anew(%x: tensor<20xf32>) -> tensor<20xi32> {
  %0 = onnx.BitCast(%x) {to = 6 : i64} : (tensor<20xf32>) -> tensor<20xi32>
  return %0 : tensor<20xi32>
}

// -----

// Whether a scale is for all or for each row, the run may have to say.
// CHECK-LABEL: @one_scale_or_many
// CHECK: %[[COUNT:.*]] = tensor.dim
// CHECK: arith.cmpi eq, %[[COUNT]]
// CHECK: arith.select
func.func @one_scale_or_many(%x: tensor<?x4xi8>, %s: tensor<?xf32>) -> tensor<?x4xf32> {
  %0 = onnx.DequantizeLinear(%x, %s) {axis = 0 : i64} : (tensor<?x4xi8>, tensor<?xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// Codes that something else than a product reads are unpacked, or filled in, before what is computed of them.
// CHECK-LABEL: @codes_come_first
// CHECK-SAME: %[[PACKED:[a-z0-9]*]]: tensor<1152xi8> {retort.weight = 0 : i64}
// CHECK: %[[BYTES:.*]] = tensor.expand_shape %[[PACKED]] {{.*}} into tensor<48x24xi8>
// CHECK: %[[PLACES:.*]] = linalg.generic {{.*}} ins(%[[BYTES]] : tensor<48x24xi8>)
// CHECK: %[[CODES:.*]] = tensor.collapse_shape %[[PLACES]] {{.*}} into tensor<48x48xi8>
// CHECK: linalg.generic {{.*}} ins(%[[CODES]], %{{.*}} : tensor<48x48xi8>, tensor<f32>)
// CHECK: %[[EQUAL:.*]] = linalg.fill ins(%{{.*}} : i8)
// CHECK: linalg.generic {{.*}} ins(%[[EQUAL]], %{{.*}} : tensor<48x48xi8>, tensor<f32>)
func.func @codes_come_first(%x: tensor<48x48xf32>) -> tensor<48x48xf32> {
  %c = onnx.Constant() {value = dense_resource<c> : tensor<48x48xi4>} : () -> tensor<48x48xi4>
  %e = onnx.Constant() {value = dense<5> : tensor<48x48xi8>} : () -> tensor<48x48xi8>
  %s = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %0 = onnx.DequantizeLinear(%c, %s) : (tensor<48x48xi4>, tensor<f32>) -> tensor<48x48xf32>
  %1 = onnx.DequantizeLinear(%e, %s) : (tensor<48x48xi8>, tensor<f32>) -> tensor<48x48xf32>
  %2 = onnx.Mul(%x, %0) : (tensor<48x48xf32>, tensor<48x48xf32>) -> tensor<48x48xf32>
  %3 = onnx.Add(%2, %1) : (tensor<48x48xf32>, tensor<48x48xf32>) -> tensor<48x48xf32>
  return %3 : tensor<48x48xf32>
}

{-# dialect_resources: { builtin: { c: "0x01000000212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121212121" } } #-}
