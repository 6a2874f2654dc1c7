# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes FILE, y = x * W with W[k][n] = (7 k + 3 n) mod 11 - 5. usage: make_product.py FILE"""
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

k, n = numpy.meshgrid(numpy.arange(96), numpy.arange(160), indexing="ij")
w = ((7 * k + 3 * n) % 11 - 5).astype(numpy.float32)
value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", size])
graph = helper.make_graph([helper.make_node("MatMul", ["x", "W"], ["y"])], "g", [value("x", 96)], [value("y", 160)], [numpy_helper.from_array(w, "W")])
onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), sys.argv[1])
