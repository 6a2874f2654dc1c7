# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes FILE: tensors of more than a KiB in a Constant node, in a custom node, in a list of tensors, and in the branches of an If. usage: make_attributes.py FILE"""
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def tensor(name, seed):
    return numpy_helper.from_array(numpy.random.default_rng(seed).standard_normal((20, 20)).astype(numpy.float32), name)


def branch(name, seed):
    return helper.make_graph([helper.make_node("Constant", [], [name], value=tensor(name, seed))], name, [], [value(name)])


value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [20, 20])
nodes = [helper.make_node("Constant", [], ["w"], value=tensor("w", 0)),
         helper.make_node("Mul", ["x", "w"], ["a"]),
         helper.make_node("Table", ["a"], ["b"], domain="my.domain", table=tensor("t", 1), tables=[tensor("u", 2), tensor("", 3)]),
         helper.make_node("If", ["flag"], ["c"], then_branch=branch("then", 4), else_branch=branch("else", 5)),
         helper.make_node("Add", ["b", "c"], ["y"])]
graph = helper.make_graph(nodes, "g", [value("x"), helper.make_tensor_value_info("flag", TensorProto.BOOL, [])], [value("y")])
opsets = [helper.make_opsetid("", 21), helper.make_opsetid("my.domain", 1)]
onnx.save_model(helper.make_model(graph, opset_imports=opsets, ir_version=10), sys.argv[1])
