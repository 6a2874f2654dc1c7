# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models whose weights stand where exporters put them: behind operations, in graphs of nodes, in functions."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

node, F = helper.make_node, TensorProto.FLOAT


def numbers(*shape, seed=0):
    return (np.random.default_rng(seed).standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)


def value(name, *shape):
    return helper.make_tensor_value_info(name, F, shape)


K, N = 40, 60
P, Q, L = numbers(32, K, seed=1), numbers(K, N, seed=2), numbers(N, 24, seed=3)


def integers(*values):
    return np.array(values, np.int64)


# What gives the matrix `q` of K x N: constants, and nodes.
BEHIND = {
    "plain": ({"q": Q}, []),
    "transpose": ({"Q": Q.T.copy()}, [node("Transpose", ["Q"], ["q"], perm=[1, 0])]),
    "transpose-default": ({"Q": Q.T.copy()}, [node("Transpose", ["Q"], ["q"])]),
    "constant-node": ({}, [node("Constant", [], ["q"], value=numpy_helper.from_array(Q, "Q"))]),
    "reshape": ({"Q": Q.reshape(-1), "shape": integers(K, N)}, [node("Reshape", ["Q", "shape"], ["q"])]),
    "scaled": ({"Q": Q, "half": np.array(0.5, np.float32)}, [node("Mul", ["Q", "half"], ["q"])]),
    "concat": ({"Q": Q[:, :30].copy(), "R": Q[:, 30:].copy()}, [node("Concat", ["Q", "R"], ["q"], axis=1)]),
    "gather": ({"Q": np.stack([Q, -Q]), "index": np.array(1)}, [node("Gather", ["Q", "index"], ["q"], axis=0)]),
    "cast": ({"Q": Q.astype(np.float16)}, [node("Cast", ["Q"], ["q"], to=F)]),
    "chain": (
        {"Q": Q.T.copy(), "two": np.array(2, np.float32)},
        [node("Identity", ["Q"], ["i"]), node("Div", ["i", "two"], ["div"]), node("Transpose", ["div"], ["q"], perm=[1, 0])],
    ),
}


def read_as(kind):
    """Nodes that take `b` of 1 x T x K to `c` of 1 x T x N by the matrix `q`, and constants."""
    if kind == "einsum":
        return [node("Einsum", ["b", "q"], ["c"], name="read", equation="bik,kj->bij")], {}
    if kind == "einsum-swapped":
        return [node("Transpose", ["q"], ["t"], name="turn", perm=[1, 0]), node("Einsum", ["t", "b"], ["c"], name="read", equation="jk,bik->bij")], {}
    if kind == "convolution":
        nodes = [
            node("Transpose", ["b"], ["b1"], name="to", perm=[0, 2, 1]),
            node("Conv", ["b1", "w"], ["c1"], name="read", kernel_shape=[1]),
            node("Transpose", ["c1"], ["c"], name="fro", perm=[0, 2, 1]),
        ]
        return nodes, {"w": Q.T.copy()[:, :, None]}
    return [node("MatMul", ["b", "q"], ["c"], name="read")], {}


def around(nodes, constants, functions=(), opset=21):
    """x P, tanh, `nodes` from `b` to `c`, tanh, times L."""
    nodes = [
        node("MatMul", ["x", "P"], ["a"], name="first"),
        node("Tanh", ["a"], ["b"], name="bend"),
        *nodes,
        node("Tanh", ["c"], ["d"], name="bend_again"),
        node("MatMul", ["d", "L"], ["y"], name="last"),
    ]
    tensors = [numpy_helper.from_array(a, n) for n, a in {"P": P, "L": L, **constants}.items()]
    graph = helper.make_graph(nodes, "g", [value("x", 1, "n", 32)], [value("y", 1, "n", 24)], tensors)
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid("own", 1)] * bool(functions)
    return helper.make_model(graph, opset_imports=imports, ir_version=10, functions=functions)


def behind(form):
    constants, nodes = BEHIND[form]
    return around([*nodes, node("MatMul", ["b", "q"], ["c"], name="read")], constants)


def in_branches():
    """Each branch of an If has a matrix of its own, one as an initializer and one as a Constant; the condition is not known."""
    branches = []
    for name, nodes, tensors in (
        ("u", [], [numpy_helper.from_array(Q, "u")]),
        ("v", [node("Constant", [], ["v"], value=numpy_helper.from_array(-Q, "v"))], []),
    ):
        out = f"c_{name}"
        branches.append(helper.make_graph([*nodes, node("MatMul", ["b", name], [out], name=f"read_{name}")], name, [], [value(out, 1, "n", N)], tensors))
    nodes = [
        node("ReduceSum", ["b"], ["s"], keepdims=0),
        node("Greater", ["s", "zero"], ["positive"]),
        node("If", ["positive"], ["c"], name="choose", then_branch=branches[0], else_branch=branches[1]),
    ]
    return around(nodes, {"zero": np.array(0, np.float32)})


def in_loop():
    """Three times b = tanh(b W), W in the body."""
    body = helper.make_graph(
        [node("Identity", ["go"], ["on"]), node("MatMul", ["h", "W"], ["hw"], name="step"), node("Tanh", ["hw"], ["h_next"], name="squash")],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []), value("h", 1, "n", K)],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), value("h_next", 1, "n", K)],
        [numpy_helper.from_array(numbers(K, K, seed=5), "W")],
    )
    nodes = [node("Loop", ["three", "", "b"], ["looped"], name="loop", body=body), node("MatMul", ["looped", "q"], ["c"], name="read")]
    return around(nodes, {"three": np.array(3), "q": Q})


def in_scan():
    """h = tanh(h W + row), along the rows."""
    body = helper.make_graph(
        [node("MatMul", ["h", "W"], ["hw"], name="step"), node("Add", ["hw", "row"], ["s"], name="join"), node("Tanh", ["s"], ["h_next"], name="squash"), node("Identity", ["h_next"], ["out"])],
        "body",
        [value("h", 1, K), value("row", 1, K)],
        [value("h_next", 1, K), value("out", 1, K)],
        [numpy_helper.from_array(numbers(K, K, seed=5), "W")],
    )
    nodes = [
        node("Transpose", ["b"], ["rows"], perm=[1, 0, 2]),
        node("Scan", ["start", "rows"], ["end", "states"], name="scan", body=body, num_scan_inputs=1),
        node("Transpose", ["states"], ["back"], perm=[1, 0, 2]),
        node("MatMul", ["back", "q"], ["c"], name="read"),
    ]
    return around(nodes, {"start": np.zeros((1, K), np.float32), "q": Q})


def in_functions():
    """A function that brings its matrix, one that is given it, and one without any."""
    standard = [helper.make_opsetid("", 21)]
    brings = helper.make_function(
        "own", "Brings", ["a"], ["r"], [node("Constant", [], ["w"], value=numpy_helper.from_array(numbers(K, K, seed=6), "w")), node("MatMul", ["a", "w"], ["r"])], standard
    )
    given = helper.make_function("own", "Given", ["a", "w"], ["r"], [node("MatMul", ["a", "w"], ["r"])], standard)
    bends = helper.make_function("own", "Bends", ["a"], ["r"], [node("Tanh", ["a"], ["r"])], standard)
    nodes = [
        node("Brings", ["b"], ["b2"], name="brings", domain="own"),
        node("Bends", ["b2"], ["b3"], name="bends", domain="own"),
        node("Given", ["b3", "q"], ["c"], name="given", domain="own"),
    ]
    return around(nodes, {"q": Q}, [brings, given, bends])


def models():
    """Name -> model, and the weights that a recipe compresses: all but the last matrix, which makes the result."""
    made = {form: (behind(form), {"P", "q"}) for form in BEHIND}
    for kind in ("einsum", "einsum-swapped", "convolution"):
        nodes, constants = read_as(kind)
        name = "w" if kind == "convolution" else "q"
        made[kind] = (around(nodes, constants or {"q": Q}), {"P", "t" if kind == "einsum-swapped" else name})
    made["branches"] = (in_branches(), {"P", "u", "v"})
    made["loop"] = (in_loop(), {"P", "q", "W"})
    made["scan"] = (in_scan(), {"P", "q", "W"})
    made["functions"] = (in_functions(), {"P", "q", "brings/w"})
    return made


def feeds():
    return {"x": numbers(1, 5, 32, seed=4) * 3}
