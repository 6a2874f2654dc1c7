# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The model of a test whose second layer has its projections of values and heads as Gemm, with a bias, as GPT-2 has."""
import re
import sys

text = sys.stdin.read()


def gemm(match):
    """rows of all texts, times a matrix, and back"""
    result, rows, weight, columns = match.groups()
    return f"""  %flat_{result} = onnx.Reshape(%{rows}, %flat) : (tensor<?x?x8xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  %gemm_{result} = onnx.Gemm(%flat_{result}, %{weight}, %bias_{columns}) : (tensor<?x8xf32>, tensor<8x{columns}xf32>, tensor<{columns}xf32>) -> tensor<?x{columns}xf32>
  %{result} = onnx.Reshape(%gemm_{result}, %shape_{result}) : (tensor<?x{columns}xf32>, tensor<3xi64>) -> tensor<?x?x{columns}xf32>"""


for name in ("va1", "y1"):
    text = re.sub(rf"  %({name}) = onnx.MatMul\(%(\w+), %(\w+)\) : .* -> tensor<\?x\?x(\d)xf32>", gemm, text)
constants = """  %flat = onnx.Constant() {value = dense<[-1, 8]> : tensor<2xi64>} : () -> tensor<2xi64>
  %bias_8 = onnx.initializer "bias_8" dense<[0.1, -0.2, 0.3, 0.0, 0.2, -0.1, 0.4, 0.1]> : tensor<8xf32>
  %bias_4 = onnx.initializer "bias_4" dense<[0.1, -0.2, 0.3, 0.0]> : tensor<4xf32>
  %sizes = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %four = onnx.Constant() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %eight = onnx.Constant() {value = dense<8> : tensor<1xi64>} : () -> tensor<1xi64>
  %shape_va1 = onnx.Concat(%sizes, %four) {axis = 0 : i64} : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
  %shape_y1 = onnx.Concat(%sizes, %eight) {axis = 0 : i64} : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
"""
print(text.replace("  %heads = ", constants + "  %heads = ", 1))
