# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a graph of one token of bytes whose state is an input and an output: s' = tanh(s W + e)."""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(3)
weights = {"table": (256, 8), "w": (8, 8), "head": (8, 256)}
nodes = [
    helper.make_node("Gather", ["table", "input_ids"], ["e3"]),
    helper.make_node("Squeeze", ["e3", "one"], ["e"]),
    helper.make_node("MatMul", ["state", "w"], ["sw"]),
    helper.make_node("Add", ["sw", "e"], ["sum"]),
    helper.make_node("Tanh", ["sum"], ["state_out"]),
    helper.make_node("MatMul", ["state_out", "head"], ["flat"]),
    helper.make_node("Unsqueeze", ["flat", "one"], ["logits"]),
]
floats = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
graph = helper.make_graph(
    nodes, "recurrence",
    [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, 1]), floats("state", [1, 8])],
    [floats("logits", [1, 1, 256]), floats("state_out", [1, 8])],
    [numpy_helper.from_array(random.standard_normal(shape).astype(np.float32), name) for name, shape in weights.items()]
    + [numpy_helper.from_array(np.array([1], np.int64), "one")])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])
