# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recipes of operations that hold graphs. These use a value `outside` that is no operand of the node."""

import numpy as np
from onnx import helper, numpy_helper

from .recipes import recipe


def value(name, kind=None, shape=None):
    """A value of a graph; without a kind, its type is left to be found out."""
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), shape) if kind else helper.make_empty_tensor_value_info(name)


def constant(name, array):
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(array), name))


def step(draw, a, b, result):
    """One operation on one or two values of a shape."""
    name = draw.choose(["Add", "Sub", "Mul", "Neg", "Abs", "Identity"])
    return helper.make_node(name, [a, b] if name in ("Add", "Sub", "Mul") else [a], [result])


def branch(draw, name, kind, rank):
    """What a branch makes of the value outside: its shape may be another one than that of the other branch."""
    form = draw.choose(["step", "join", "sum", "flat"] if rank else ["step"])
    if form == "step":
        nodes = [step(draw, "outside", "outside", name)]
    elif form == "join":
        nodes = [helper.make_node("Concat", ["outside", "outside"], [name], axis=draw.axis(rank))]
    elif form == "sum":
        nodes = [helper.make_node("ReduceSum", ["outside"], [name], keepdims=draw.integer(0, 1))]
    else:
        nodes = [constant("shape", np.array([-1], np.int64)), helper.make_node("Reshape", ["outside", "shape"], [name])]
    return helper.make_graph(nodes, name, [], [value(name)])


@recipe("If")
def conditional(draw, schema, types):
    shape, kind = draw.shape(), draw.choose(["float32", "int64", "float64"])
    attributes = {key: branch(draw, key, kind, len(shape)) for key in ("then_branch", "else_branch")}
    return dict(cond=draw.numbers("bool", draw.choose([[], [1]]))), attributes, 1, dict(outside=draw.numbers(kind, shape, 0))


@recipe("Loop")
def loop(draw, schema, types):
    kind, shape = draw.choose(["float32", "int64"]), draw.shape()
    counts, ends = draw.chance(0.8), draw.chance(0.5)
    inputs = dict(M=np.array(draw.integer(0, 4), np.int64) if counts else None)
    inputs["cond"] = np.array(not draw.chance(0.1)) if draw.chance(0.5) else None
    inputs["v_initial0"] = draw.numbers(kind, shape, 0)
    body = [step(draw, "state", "outside", "next"), step(draw, "state", "state", "listed")]
    if ends or not counts:
        body += [constant("last", np.array(draw.integer(0, 3), np.int64)), helper.make_node("Less", ["i", "last"], ["goes_on"])]
    else:
        body += [helper.make_node("Identity", ["given"], ["goes_on"])]
    taken = [value("i", "int64", []), value("given", "bool", []), value("state", kind)]
    graph = helper.make_graph(body, "body", taken, [value("goes_on", "bool", []), value("next", kind), value("listed", kind)])
    return inputs, dict(body=graph), 2, dict(outside=draw.numbers(kind, shape, 0))


@recipe("Scan")
def scan(draw, schema, types):
    kind, part = draw.choose(["float32", "int64"]), draw.shape(0, 3)
    lists, length = draw.integer(1, 2), draw.size()
    inputs, axes = {"states0": draw.numbers(kind, part, 0)}, []
    for i in range(lists):
        axis = draw.integer(0, len(part))
        inputs[f"lists{i}"] = draw.numbers(kind, [*part[:axis], length, *part[axis:]], 0)
        axes.append(axis - len(part) - 1 if draw.chance(0.3) else axis)
    body = [step(draw, "state", "part0", "next"), step(draw, f"part{lists - 1}", "outside", "listed")]
    graph = helper.make_graph(body, "body", [value("state", kind), *[value(f"part{i}", kind) for i in range(lists)]], [value("next", kind), value("listed", kind)])
    attributes = dict(body=graph, num_scan_inputs=lists, scan_input_axes=axes)
    attributes["scan_input_directions"] = [draw.integer(0, 1) for _ in axes]
    if draw.chance(0.5):
        attributes.update(scan_output_axes=[draw.integer(0, len(part))], scan_output_directions=[draw.integer(0, 1)])
    return inputs, attributes, 2, dict(outside=draw.numbers(kind, part, 0))
