# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes model.onnx, a chain of four square matrices in model.onnx.data, each at a multiple of 512 bytes. usage: make_chain.py FOLDER"""
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

size, layers = 130, 4
rng = numpy.random.default_rng(0)
nodes, tensors, name, at = [], [], "x", 0
data = open(f"{sys.argv[1]}/model.onnx.data", "wb")
for k in range(layers):
    w = (rng.standard_normal((size, size)) / numpy.sqrt(size)).astype(numpy.float32)
    tensor = TensorProto(name=f"W{k}", data_type=TensorProto.FLOAT, dims=w.shape, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "model.onnx.data"), ("offset", at), ("length", w.nbytes)):
        tensor.external_data.add(key=key, value=str(value))
    tensors.append(tensor)
    data.write(w.tobytes() + bytes(-w.nbytes % 512))
    at = data.tell()
    nodes += [helper.make_node("MatMul", [name, f"W{k}"], [f"m{k}"]), helper.make_node("Tanh", [f"m{k}"], [f"t{k}"])]
    name = f"t{k}"
value = lambda n: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", size])
graph = helper.make_graph(nodes, "g", [value("x")], [value(name)], tensors)
onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), f"{sys.argv[1]}/model.onnx")
