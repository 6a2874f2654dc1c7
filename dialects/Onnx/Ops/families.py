#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Declares the functions that the lines of operations name.

Usage: families.py OUTPUT FILE.td...

Onnx_Infer<"Broadcast"> asks for inferBroadcast, Onnx_Evaluate<"Add"> for evaluateAdd, Onnx_Rows<"Gather"> for rowsGather,
and Onnx_Unary<"Abs"> for evaluateAbs.
"""
import pathlib
import re
import sys

SIGNATURES = {"Infer": "llvm::LogicalResult infer{}(mlir::Operation *op, SymbolicDims &dims);",
              "Evaluate": "Evaluated evaluate{}(mlir::Operation *op, llvm::ArrayRef<Tensor> inputs);",
              "Rows": "bool rows{}(mlir::Operation *op, Rows &rows);"}


def main():
    output = pathlib.Path(sys.argv[1])
    lines = "\n".join(re.sub("//.*", "", pathlib.Path(path).read_text()) for path in sys.argv[2:])
    # What Families.td itself gives to element-wise operations.
    names = {("Rows", "Aligned"), ("Evaluate", "ScalarBody")} | set(re.findall(r'Onnx_(Infer|Evaluate|Rows)<"(\w+)">', lines))
    names |= {("Infer", family) for family in ("Same", "Broadcast", "Compare")}
    names |= {("Evaluate", family) for family in re.findall(r'Onnx_(?:Unary|Broadcast|Compare)<"(\w+)"', lines)}
    text = "// Made by dialects/Onnx/Ops/families.py.\n"
    text += "".join(SIGNATURES[kind].format(name) + "\n" for kind, name in sorted(names))
    if not output.exists() or output.read_text() != text:
        output.write_text(text)


if __name__ == "__main__":
    main()
