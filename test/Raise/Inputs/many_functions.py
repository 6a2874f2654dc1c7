# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a module of four functions, of which each calls the one before it 32 times: a million nodes in a few lines."""


def call(function, i):
    given, result = "v" if i == 0 else f"t{i - 1}", "w" if i == 31 else f"t{i}"
    kind = '"Neg"' if function == 0 else f'"f{function - 1}", "domain" = "own"'
    return f'"node" = #onnx.message<"input" = "{given}", "output" = "{result}", "op_type" = {kind}>'


functions = ", ".join(f'"functions" = #onnx.message<"name" = "f{k}", "input" = "v", "output" = "w", {", ".join(call(k, i) for i in range(32))}, "domain" = "own">' for k in range(4))
print(f"""module attributes {{onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 21 : i64>, {functions}>}} {{
  func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {{
    %y = onnx.node "f3" domain "own"(%x) to ["y"] : (tensor<3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }}
}}""")
