// RUN: not retort-opt %s --compress-factorize-svd 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-factorize-svd="rank=1 ratio=0.5" 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not retort-opt %s --compress-factorize-svd=ratio=1.5 2>&1 | FileCheck %s --check-prefix=RATIO
// RUN: not retort-opt %s --compress-factorize-svd=energy=-1 2>&1 | FileCheck %s --check-prefix=ENERGY
// RUN: not retort-opt %s --compress-factorize-svd=rank=4 --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not retort-opt %s --compress-factorize-svd=rank=3 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: not retort-opt %s --compress-factorize-svd=rank=3 --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: not retort-opt %s --compress-factorize-svd="rank=1 whiten=maybe" 2>&1 | FileCheck %s --check-prefix=WHITEN
// RUN: not retort-opt %s --compress-factorize-svd="rank=1 damping=2" 2>&1 | FileCheck %s --check-prefix=DAMPING
// RUN: not retort-opt %s --compress-factorize-svd="rank=1 whiten=true" 2>&1 | FileCheck %s --check-prefix=STATISTICS
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics other=4
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-factorize-svd=rank=1 2>&1 | FileCheck %s --check-prefix=UNSEEN
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-factorize-svd="rank=1 whiten=false" -o %t.plain.mlir

// NONE: error: expects one of 'rank', 'ratio' and 'energy', found 0
// TWO: error: expects one of 'rank', 'ratio' and 'energy', found 2
// RATIO: error: expects 'ratio' in (0, 1), found 1.5{{$}}
// ENERGY: error: expects 'energy' in (0, 1], found -1{{$}}
// No rank is above the full one.
// RANK: remark: {{.*}}factors of rank 3 would take 84 bytes in place of 48
// BYTES: error: 'compress-factorize-svd' changes none of the 1 selected weights: their factors would take as many bytes, or their users cannot take factors
// REMARK: factors of rank 3 would take 84 bytes in place of 48
// WHITEN: error: expects 'whiten' to be auto, true or false, found 'maybe'
// DAMPING: error: expects 'damping' from 0 to 1, found 2
// STATISTICS: error: 'compress-factorize-svd' expects statistics of a sample: `retort calibrate` measures them, and --calibration, or identify-model{statistics=}, names them
// UNSEEN: error: 'compress-factorize-svd' finds none of the selected weights in the sample; whiten=false takes them by their elements alone
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = onnx.initializer "w" dense<[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -3.0]]> : tensor<4x3xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %z = onnx.Relu(%y) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %z : tensor<?x3xf32>
}
