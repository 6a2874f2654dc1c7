// What is said of the progress; standard error is no terminal here.
// RUN: retort compile %s -o %t.so 2>&1 | FileCheck %s --allow-empty --check-prefix=QUIET
// RUN: retort compile %s -o %t.so --progress=none 2>&1 | FileCheck %s --allow-empty --check-prefix=QUIET
// RUN: retort compile %s -o %t.so --progress=plain 2>&1 >/dev/null | FileCheck %s --check-prefix=PLAIN
// RUN: %{python} -c "import numpy; numpy.save('%t.x.npy', numpy.ones((2, 3), numpy.float32))" && rm -rf %t.in && mkdir %t.in && mv %t.x.npy %t.in/x.npy
// RUN: retort run %s --inputs=%t.in --progress=plain 2>&1 >/dev/null | FileCheck %s --check-prefix=RUNS

// QUIET-NOT: progress
// PLAIN: progress: import    [                    ]   0 %
// PLAIN: progress: raise
// PLAIN: progress: recognize
// PLAIN: progress: compress
// PLAIN: progress: lower
// PLAIN: progress: codegen   [#########           ]  46 %  {{[0-9]+}} s left
// PLAIN: progress: emit
// RUNS: progress: emit
// RUNS-NEXT: progress: run
func.func @main(%x: tensor<?x3xf32> {onnx.name = "x"}) -> (tensor<?x3xf32> {onnx.name = "y"}) {
  %y = onnx.Add(%x, %x) : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
