# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a RetNet with random weights as ONNX, node by node: what `retort train` makes a model of (README.md).

usage: make.py OUT.onnx [--width=96] [--layers=3] [--heads=3] [--words=2048] [--context=256] [--seed=7]

A block is x + retention(norm(x)), then x + mlp(norm(x)). Retention (2307.08621) in its parallel form: queries and keys of
width / heads numbers are turned by the position of their row, values have twice as many, and with a decay g for each head

    y_n = sum over m <= n of g^(n - m) (q_n k_m / sqrt(d)) v_m

which is normed head by head, multiplied by a gate, and projected. All of it is ordinary operations: nothing in the file says that
it is a RetNet.
"""
import argparse
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

EPSILON = 1e-5


class Graph:
    """Nodes one behind the other; a call names what it makes, and returns the name."""

    def __init__(self, seed):
        self.nodes, self.weights, self.random, self.known = [], [], np.random.default_rng(seed), {}

    def __call__(self, kind, *operands, outputs=1, name=None, **attributes):
        made = [name or f"{kind.lower()}_{len(self.nodes)}"] if outputs == 1 else [f"{kind.lower()}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, [self.operand(each) for each in operands], made, **attributes))
        return made[0] if outputs == 1 else made

    def operand(self, value):
        """Numbers become constants, equal ones the same."""
        if isinstance(value, str):
            return value
        array = np.asarray(value, np.float32 if isinstance(value, float) else None)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = f"constant_{len(self.known)}"
            self.weights.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def weight(self, name, array):
        self.weights.append(numpy_helper.from_array(array.astype(np.float32), name))
        return name

    def matrix(self, name, rows, columns, scale=1.0):
        return self.weight(name, self.random.standard_normal((rows, columns)) * scale * rows**-0.5)

    def norm(self, x, name=None, width=0):
        """By the root of the mean square; with a weight where it has a name."""
        mean = self("ReduceMean", self("Mul", x, x), np.array([-1]), keepdims=1)
        normed = self("Div", x, self("Sqrt", self("Add", mean, EPSILON)))
        return self("Mul", normed, self.weight(name, np.ones(width))) if name else normed

    def swish(self, x):
        return self("Mul", x, self("Sigmoid", x))


class RetNet:
    def __init__(self, width, layers, heads, words, seed):
        self.g, self.width, self.layers, self.heads, self.words = Graph(seed), width, layers, heads, words
        self.head = width // heads
        assert self.head * heads == width and self.head % 2 == 0, "expects heads of an even width"

    def places(self):
        """Cosines and sines of each row, and the decays between rows: heads x rows x rows."""
        g, half = self.g, self.head // 2
        count = g("Gather", g("Shape", "input_ids"), np.array(1))
        rows = g("Cast", g("Range", np.array(0), count, np.array(1)), to=TensorProto.FLOAT)
        column = g("Unsqueeze", rows, np.array([1]))
        angles = g("Mul", column, (10000.0 ** (-np.arange(half) / half)).astype(np.float32))
        self.cos, self.sin = g("Cos", angles), g("Sin", angles)
        distance = g("Sub", column, g("Unsqueeze", rows, np.array([0])))
        logs = np.log1p(-(2.0 ** (-5.0 - np.arange(self.heads)))).astype(np.float32).reshape(-1, 1, 1)
        decays = g("Exp", g("Mul", distance, logs))
        self.decays = g("Where", g("GreaterOrEqual", distance, 0.0), decays, 0.0)

    def split(self, x, width):
        """batch x rows x (heads width) -> batch x heads x rows x width"""
        g = self.g
        return g("Transpose", g("Reshape", x, np.array([0, 0, self.heads, width])), perm=[0, 2, 1, 3])

    def turn(self, x):
        g = self.g
        first, second = g("Split", x, outputs=2, axis=-1, num_outputs=2)
        return g("Concat", g("Sub", g("Mul", first, self.cos), g("Mul", second, self.sin)),
                 g("Add", g("Mul", second, self.cos), g("Mul", first, self.sin)), axis=-1)

    def retention(self, x, prefix):
        g, w, values = self.g, self.width, 2 * self.width
        product = lambda name, columns: g("MatMul", x, g.matrix(f"{prefix}.{name}", w, columns))
        q = self.turn(self.split(product("query", w), self.head))
        k = self.turn(self.split(product("key", w), self.head))
        v = self.split(product("value", values), 2 * self.head)
        scores = g("MatMul", q, g("Transpose", g("Mul", k, float(self.head**-0.5)), perm=[0, 1, 3, 2]))
        y = g.norm(g("MatMul", g("Mul", scores, self.decays), v))
        y = g("Reshape", g("Transpose", y, perm=[0, 2, 1, 3]), np.array([0, 0, values]))
        y = g("Mul", y, g.weight(f"{prefix}.group_norm", np.ones(values)))
        gated = g("Mul", y, g.swish(product("gate", values)))
        return g("MatMul", gated, g.matrix(f"{prefix}.output", values, w, (2 * self.layers) ** -0.5))

    def mlp(self, x, prefix):
        g, inner = self.g, 2 * self.width
        up = g("MatMul", x, g.matrix(f"{prefix}.up", self.width, inner))
        gate = g.swish(g("MatMul", x, g.matrix(f"{prefix}.gate", self.width, inner)))
        return g("MatMul", g("Mul", gate, up), g.matrix(f"{prefix}.down", inner, self.width, (2 * self.layers) ** -0.5))

    def model(self):
        g = self.g
        table = g.weight("embedding", g.random.standard_normal((self.words, self.width)) * self.width**-0.5)
        self.places()
        x = g("Gather", table, "input_ids")
        for i in range(self.layers):
            x = g("Add", x, self.retention(g.norm(x, f"{i}.norm_retention", self.width), f"{i}.retention"))
            x = g("Add", x, self.mlp(g.norm(x, f"{i}.norm_mlp", self.width), f"{i}.mlp"))
        g("MatMul", g.norm(x, "norm", self.width), g("Transpose", table, perm=[1, 0]), name="logits")
        names = ["batch", "sequence"]
        graph = helper.make_graph(
            g.nodes, "retnet", [helper.make_tensor_value_info("input_ids", TensorProto.INT64, names)],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*names, self.words])], g.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9, producer_name="retort examples")
        onnx.checker.check_model(model)
        return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    for name, value in (("width", 96), ("layers", 3), ("heads", 3), ("words", 2048), ("context", 256), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    onnx.save(RetNet(given.width, given.layers, given.heads, given.words, given.seed).model(), given.out)
    config = {"model_type": "retnet", "max_position_embeddings": given.context, "vocab_size": given.words}
    if given.words != 256:  # bytes have none
        config |= {"bos_token_id": 1, "eos_token_id": 2}
    (given.out.parent / "config.json").write_text(json.dumps(config, indent=2) + "\n")
