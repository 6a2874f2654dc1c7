// A model on tensors from files, in memory and compiled: compared, written, refused.
// RUN: rm -rf %t && mkdir -p %t/in %t/want %t/wrong %t/shape %t/long
// RUN: %{python} -c "import numpy as n, sys; f = n.float32; n.save('%t/in/x.npy', n.array([[1, 2, 3], [4, 5, 6]], f)); n.save('%t/want/y.npy', n.array([[1, 4, 9], [4, 10, 18]], f)); n.save('%t/wrong/y.npy', n.array([[1, 4, 9], [4, 10, 18.5]], f)); n.save('%t/shape/y.npy', n.zeros((2, 4), f)); n.save('%t/long/x.npy', n.zeros((2, 3), n.int64))"
// RUN: retort run %s --inputs=%t/in --expect=%t/want --outputs=%t/out | FileCheck %s --check-prefix=SAME
// RUN: retort compile %s -o %t/m.so && retort run %t/m.so --inputs=%t/in --expect=%t/out | FileCheck %s --check-prefix=SAME
// RUN: retort run %s --inputs=%t/in --expect=%t/want --guard-memory | FileCheck %s --check-prefix=SAME
// RUN: not retort run %t/m.so --inputs=%t/in --guard-memory 2>&1 | FileCheck %s --check-prefix=GUARD
// RUN: not retort run %s --inputs=%t/in --expect=%t/wrong > %t/log 2>&1; FileCheck %s --check-prefix=WRONG < %t/log
// RUN: retort run %s --inputs=%t/in --expect=%t/wrong --atol=1 | FileCheck %s --check-prefix=WITHIN
// RUN: retort run %s --inputs=%t/in --expect=%t/wrong --rtol=0 --rtol-max=0.0271 | FileCheck %s --check-prefix=WITHIN
// RUN: not retort run %s --inputs=%t/in --expect=%t/wrong --rtol=0 --rtol-max=0.0269 | FileCheck %s --check-prefix=WRONG-LINE
// RUN: not retort run %s --inputs=%t/in --rtol-max=nan 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not retort run %s --inputs=%t/in --expect=%t/shape > %t/log 2>&1; FileCheck %s --check-prefix=SHAPE < %t/log
// RUN: not retort run %s --inputs=%t/want 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not retort run %s --inputs=%t/none 2>&1 | FileCheck %s --check-prefix=FOLDER
// RUN: not retort run %s --inputs=%t/in --expect=%t/in 2>&1 | FileCheck %s --check-prefix=UNEXPECTED
// RUN: not retort run %s --inputs=%t/long 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not retort run %s --inputs=%t/in --outputs=%t/in/x.npy/out 2>&1 | FileCheck %s --check-prefix=BELOW
// RUN: not retort run %s 2>&1 | FileCheck %s --check-prefix=USAGE

// SAME: y: largest difference 0, relative 0, of the largest element 0{{$}}
// WRONG: y: largest difference 0.5, relative 0.027, of the largest element 0.027; 1 of 6 elements are off, first at 5, worst at 5: expected 18.5, found 18, off by 0.027 of it and 0.027 of the largest{{$}}
// GUARD: m.so: --guard-memory takes a model that is compiled when it runs
// WRONG: error: 1 of 1 outputs are not those of '{{.*}}wrong'
// WITHIN: y: largest difference 0.5, relative 0.027, of the largest element 0.027{{$}}
// RANGE: error: expects --rtol-max from 0 to {{[0-9]+}} (found nan)
// WRONG-LINE: 1 of 6 elements are off
// SHAPE: y: expects f32 of shape 2x4, found f32 of shape 2x3
// SHAPE: error: 1 of 1 outputs
// MISSING: error: '{{.*}}want' holds no input 'x': expects 'input_0.pb' or 'x.npy'
// BELOW: error: cannot write '{{.*}}x.npy/out': Not a directory (--outputs)
// FOLDER: error: '{{.*}}none': no such folder
// UNEXPECTED: error: '{{.*}}in' holds no output 'y'
// TYPE: error: {{.*}}'x'{{.*}}f32{{.*}}i64
// USAGE: error: no inputs given: expects --inputs=DIR
func.func @main(%x: tensor<?x3xf32> {onnx.name = "x"}) -> (tensor<?x3xf32> {onnx.name = "y"}) {
  %w = onnx.Constant() {value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %y = onnx.Mul(%x, %w) : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
