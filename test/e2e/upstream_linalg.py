# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stock mlir-opt lowers the linalg that Retort writes to LLVM, and mlir-runner computes what NumPy does."""

import pathlib
import re
import shutil
import subprocess
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harness import run, skip, tool

LLVM = pathlib.Path("/usr/lib/llvm-22")
TO_LLVM = (
    "builtin.module(empty-tensor-to-alloc-tensor,"
    "one-shot-bufferize{bufferize-function-boundaries=true},"
    "convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,"
    "convert-math-to-llvm,convert-math-to-libm,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,"
    "convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)"
)
# Calls the model with its inputs and prints the result; put before the end of the module.
CALLER = """
  func.func private @printMemrefF32(tensor<*xf32>)
  func.func @print_result() {{
    %x = arith.constant dense<{x}> : tensor<3x8xf32>
    %dynamic = tensor.cast %x : tensor<3x8xf32> to tensor<?x8xf32>
    %y = call @main(%dynamic) : (tensor<?x8xf32>) -> tensor<?x5xf32>
    %any = tensor.cast %y : tensor<?x5xf32> to tensor<*xf32>
    call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
    return
  }}
"""


def save(path):
    """softmax(x dequantize(codes) + bias); returns the weight and the bias."""
    random = np.random.default_rng(3)
    codes = random.integers(-128, 128, (8, 5)).astype(np.int8)
    scales, bias = random.random(5).astype(np.float32) / 64, random.random(5).astype(np.float32)
    nodes = [
        helper.make_node("DequantizeLinear", ["codes", "scales"], ["w"], axis=1),
        helper.make_node("MatMul", ["x", "w"], ["p"]),
        helper.make_node("Add", ["p", "bias"], ["q"]),
        helper.make_node("Softmax", ["q"], ["y"]),
    ]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 8])]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 5])]
    constants = [numpy_helper.from_array(a, n) for n, a in (("codes", codes), ("scales", scales), ("bias", bias))]
    graph = helper.make_graph(nodes, "g", given, made, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)
    return codes * scales, bias


def stock(program, *arguments, text):
    result = subprocess.run([LLVM / "bin" / program, *arguments], input=text, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, f"{program}: {result.stderr[-2000:]}"
    return result.stdout


tool("retort")
if not (LLVM / "bin" / "mlir-runner").exists() or not shutil.which("mlir-opt-22"):
    skip("mlir-opt-22 and mlir-runner are not installed")

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    weight, bias = save(folder / "model.onnx")
    run("retort", "compile", folder / "model.onnx", "--emit=linalg", "-o", folder / "model.mlir")
    text = (folder / "model.mlir").read_text()

dialects = set(re.findall(r"\b([a-z_]+)\.[a-z_]+", re.sub(r'"[^"]*"', "", text)))
known = {"affine", "arith", "builtin", "cf", "func", "linalg", "math", "scf", "tensor"}
assert dialects <= known, f"other dialects than upstream's: {dialects - known}"

x = np.random.default_rng(5).standard_normal((3, 8)).astype(np.float32)
end = text.rindex("}")
text = text[:end] + CALLER.format(x=[[float(v) for v in row] for row in x]) + text[end:]
lowered = stock("mlir-opt", "-", f"--pass-pipeline={TO_LLVM}", text=text)
libraries = ",".join(str(LLVM / "lib" / f"libmlir_{name}.so") for name in ("runner_utils", "c_runner_utils"))
printed = stock("mlir-runner", "-", "-e", "print_result", "--entry-point-result=void", f"--shared-libs={libraries}", text=lowered)

numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", printed.split("data =")[1])]
scores = np.exp(x @ weight + bias)
want = scores / scores.sum(1, keepdims=True)
assert np.allclose(np.reshape(numbers, want.shape), want, rtol=1e-4, atol=1e-6), f"{printed}\nexpected {want}"
print("mlir-runner computes what NumPy does")
