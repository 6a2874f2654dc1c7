# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes m.onnx, whose weights lie in w.bin: two tensors share bytes, and a gap lies between. usage: make_external.py FOLDER"""
import pathlib
import sys

import numpy
from onnx import TensorProto, helper

folder = pathlib.Path(sys.argv[1])
data = numpy.arange(1200, dtype=numpy.float32).tobytes()
(folder / "w.bin").write_bytes(data[:2400] + bytes(100) + data[2400:])
tensors = []
for name, offset in (("a", 0), ("b", 2500), ("c", 0)):
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[600], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "w.bin"), ("offset", offset), ("length", 2400)):
        tensor.external_data.add(key=key, value=str(value))
    tensors.append(tensor)
nodes = [helper.make_node("Sum", ["x", "a", "b", "c"], ["y"])]
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [600])
graph = helper.make_graph(nodes, "g", [value("x")], [value("y")], tensors)
(folder / "m.onnx").write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString())
