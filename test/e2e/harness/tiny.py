# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small Transformers with random weights, in parts that may be exchanged: masks, caches, experts."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

WORDS, WIDTH, HEADS, SIZE, EXPERTS, CHOSEN = 48, 16, 2, 8, 4, 2
LOWEST = float(np.finfo(np.float32).min)


class Graph:
    """A graph that is written node by node; values are names."""

    def __init__(self, opset=18):
        self.opset, self.nodes, self.constants, self.inputs, self.outputs = opset, [], [], [], []
        self.random = np.random.default_rng(5)

    def __call__(self, kind, *operands, outputs=1, **attributes):
        names = [f"{kind}_{len(self.nodes)}_{k}" for k in range(outputs)]
        operands = [self.constant(o) if not isinstance(o, str) else o for o in operands]
        self.nodes.append(helper.make_node(kind, operands, names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value):
        """Python numbers and lists of integers are int64, of floats float32."""
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, *shape):
        return self.constant((self.random.standard_normal(shape) / np.sqrt(shape[-2] if len(shape) > 1 else 1)).astype(np.float32))

    def input(self, name, shape, kind=TensorProto.INT64):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value, name, shape):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def size(self, value, axis):
        return self("Gather", self("Shape", value), axis)

    def model(self):
        graph = helper.make_graph(self.nodes, "tiny", self.inputs, self.outputs, self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=10)


def norm(g, x):
    return g("LayerNormalization", x, g.constant(np.ones(WIDTH, np.float32)), axis=-1)


def heads_of(g, x):
    return g("Transpose", g("Reshape", x, [0, -1, HEADS, SIZE]), perm=[0, 2, 1, 3])


def causal(g, rows, columns):
    """What is added to scores: rows see columns up to their own. Both are lists of places."""
    sees = g("GreaterOrEqual", g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0]))
    return g("Where", sees, 0.0, LOWEST)


def dense(g, x, layer):
    return g("MatMul", g("Relu", g("MatMul", x, g.weight(WIDTH, 24))), g.weight(24, WIDTH))


def turned(g, x):
    """Rotary embedding by positions of three axes: coordinates take their angles from one list or another."""
    if not hasattr(g, "angles"):
        positions = g("Cast", g.input("position_ids", [3, "batch", "tokens"]), to=TensorProto.FLOAT)
        angles = g("Mul", g("Unsqueeze", positions, [-1]), [1.0, 0.3, 0.1, 0.03])
        parts = g("Split", angles, [1, 1, 2], outputs=3, axis=-1)
        angles = g("Concat", *(g("Gather", part, i, axis=0) for i, part in enumerate(parts)), axis=-1)
        angles = g("Unsqueeze", g("Concat", angles, angles, axis=-1), [1])
        g.angles = g("Cos", angles), g("Sin", angles)
    first, second = g("Split", x, outputs=2, axis=-1, num_outputs=2)
    half = g("Concat", g("Neg", second), first, axis=-1)
    return g("Add", g("Mul", x, g.angles[0]), g("Mul", half, g.angles[1]))


def model(mask=causal, mlp=dense, before=None, cache=None, opset=18, layers=2, place=None, turn=None, end=None):
    """A language model of `layers` blocks. `mask(g, rows, columns)` makes what is added to scores, of which there may be
    one for each layer; `mlp(g, x, layer)` what follows attention; `before(g, x)` changes what every block reads;
    `cache(g, layer, k, v, start)` gives the keys and values that attention reads, and `place(g)` where the rows stand;
    `turn` embeds positions into queries and keys, and `end(g, x, rows)` makes the logits."""
    g = Graph(opset)
    ids = g.input("input_ids", ["batch", "tokens"])
    count = g.size(ids, 1)
    start, columns = place(g) if place else (g.constant(0), None)
    rows = g("Add", g("Range", 0, count, 1), start)
    x = g("Gather", g.weight(WORDS, WIDTH), ids)
    x = g("Add", x, g("Gather", g.weight(64, WIDTH), rows))
    masks = mask if isinstance(mask, list) else [mask] * layers
    added = [m(g, rows, columns or rows) for m in masks]
    for layer in range(layers):
        y = norm(g, x)
        y = before(g, y) if before else y
        q, k, v = (heads_of(g, g("MatMul", y, g.weight(WIDTH, WIDTH))) for _ in range(3))
        if turn:
            q, k = turn(g, q), turn(g, k)
        if cache:
            k, v = cache(g, layer, k, v, start)
        scores = g("Mul", g("MatMul", q, g("Transpose", k, perm=[0, 1, 3, 2])), SIZE**-0.5)
        shares = g("Softmax", g("Add", scores, added[layer]), axis=-1)
        mixed = g("Reshape", g("Transpose", g("MatMul", shares, v), perm=[0, 2, 1, 3]), [0, -1, WIDTH])
        x = g("Add", x, g("MatMul", mixed, g.weight(WIDTH, WIDTH)))
        x = g("Add", x, mlp(g, norm(g, x), layer))
    x = norm(g, x)
    g.output(end(g, x, rows) if end else g("MatMul", x, g.weight(WIDTH, WORDS)), "logits", ["batch", "tokens", WORDS])
    return g.model()


# Convolutions along the text that look back: the short one of hybrid models, in the ways of exporters.


def filtered(g, x, convolve):
    return g("Add", x, g("Transpose", convolve(g("Transpose", x, perm=[0, 2, 1])), perm=[0, 2, 1]))


def padded_left(g, x):
    return filtered(g, x, lambda rows: g("Conv", rows, g.weight(WIDTH, 1, 3), group=WIDTH, pads=[2, 0]))


def padded_both(g, x):
    """And the first rows of the longer result."""
    end = g("Unsqueeze", g.size(x, 1), [0])
    return filtered(g, x, lambda rows: g("Slice", g("Conv", rows, g.weight(WIDTH, 1, 4), g.weight(WIDTH), group=WIDTH, pads=[3, 3]), [0], end, [2]))


def padded_before(g, x):
    return filtered(g, x, lambda rows: g("Conv", g("Pad", rows, [0, 0, 4, 0, 0, 0]), g.weight(WIDTH, WIDTH, 3), dilations=[2]))


# Experts: tokens as rows x WIDTH, probabilities of all experts, the chosen ones.


def route(g, x):
    flat = g("Reshape", x, [-1, WIDTH])
    shares = g("Softmax", g("MatMul", flat, g.weight(WIDTH, EXPERTS)), axis=-1)
    best, which = g("TopK", shares, [CHOSEN], outputs=2, axis=-1)
    return flat, shares, g("Div", best, g("ReduceSum", best, [-1], keepdims=1)), which


def expert_weights(g):
    return g.weight(EXPERTS, WIDTH, 24), g.weight(EXPERTS, 24, WIDTH)


def back(g, y, x):
    return g("Reshape", y, g("Shape", x))


def experts_by_product(g, x, layer):
    """Every token with the weights of each of its experts: one batch of tokens x experts."""
    flat, _, best, which = route(g, x)
    up, down = expert_weights(g)
    each = g("Reshape", g("Expand", g("Unsqueeze", flat, [1]), [1, CHOSEN, 1]), [-1, 1, WIDTH])
    index = g("Unsqueeze", g("Reshape", which, [-1]), [-1])
    y = g("Relu", g("MatMul", each, g("GatherND", up, index)))
    y = g("Mul", g("MatMul", y, g("GatherND", down, index)), g("Reshape", best, [-1, 1, 1]))
    return back(g, g("ReduceSum", g("Reshape", y, [-1, CHOSEN, WIDTH]), [1], keepdims=0), x)


def experts_by_mask(g, x, layer):
    """All experts for every token; the shares of those that were not chosen are zero."""
    flat, shares, best, which = route(g, x)
    up, down = expert_weights(g)
    shares = g("ScatterElements", g("Mul", shares, 0.0), which, best, axis=1)
    y = g("Reshape", g("Tile", flat, [EXPERTS, 1]), [EXPERTS, -1, WIDTH])
    y = g("MatMul", g("Relu", g("MatMul", y, up)), down)
    y = g("Mul", y, g("Unsqueeze", g("Transpose", shares, perm=[1, 0]), [-1]))
    return back(g, g("ReduceSum", y, [0], keepdims=0), x)


def coordinates(g, pair, add):
    """Split apart, or taken one by one from the columns of the transposed pair."""
    if add == "ScatterND":
        return [g("Squeeze", part, [0]) for part in g("Split", pair, outputs=2, axis=0, num_outputs=2)]
    pair = g("Transpose", pair, perm=[1, 0])
    return g("Gather", pair, 0, axis=1), g("Squeeze", g("Slice", pair, [1], [2], [1]), [1])


def shares_of(g, best, token, slot, add):
    """By pairs, or by the place among all of a flattened list."""
    if add == "ScatterND":
        return g("GatherND", best, g("Concat", g("Unsqueeze", token, [-1]), g("Unsqueeze", slot, [-1]), axis=-1))
    return g("Gather", g("Reshape", best, [-1]), g("Add", slot, g("Mul", token, g.size(best, 1))))


def experts_by_choice(g, x, layer, add="ScatterND"):
    """One expert after the other takes the tokens that chose it, and adds what it makes of them."""
    flat, _, best, which = route(g, x)
    up, down = expert_weights(g)
    chosen = g("Transpose", g("OneHot", which, EXPERTS, [0, 1], axis=-1), perm=[2, 1, 0])
    sums = g("Mul", flat, 0.0)
    for expert in range(EXPERTS):
        slot, token = coordinates(g, g("NonZero", g("Gather", chosen, expert)), add)
        y = g("Relu", g("MatMul", g("Gather", flat, token), g("Gather", up, expert)))
        y = g("Mul", g("MatMul", y, g("Gather", down, expert)), g("Unsqueeze", shares_of(g, best, token, slot, add), [-1]))
        index = g("Unsqueeze", token, [-1])
        if add == "ScatterND":
            sums = g("ScatterND", sums, index, y, reduction="add")
        else:
            sums = g("ScatterElements", sums, g("Expand", index, g("Shape", y)), y, axis=0, reduction="add")
    return back(g, sums, x)


def experts_by_elements(g, x, layer):
    return experts_by_choice(g, x, layer, "ScatterElements")


# Caches of a fixed number of rows.

ROWS = 24


def start_input(g):
    return g.input("start", [1]), g("Range", 0, ROWS, 1)


def open_buffers(g):
    """As many columns as the first buffer has rows, which the graph leaves open."""
    return g.input("start", [1]), g("Range", 0, g.size(buffer(g, 0, "key", ["batch", HEADS, "rows", SIZE]), 2), 1)


def buffer(g, layer, name, shape):
    name = f"{name}_{layer}"
    return name if any(i.name == name for i in g.inputs) else g.input(name, shape, TensorProto.FLOAT)


def keep(g, layer, name, value, shape):
    g.output(value, f"{name}_{layer}_next", shape)


def by_tensor_scatter(g, layer, k, v, start):
    """B x C x H*D, in the layout before heads are split."""
    shape, read = ["batch", ROWS, WIDTH], []
    for name, rows in (("key", k), ("value", v)):
        rows = g("Reshape", g("Transpose", rows, perm=[0, 2, 1, 3]), [0, -1, WIDTH])
        all_rows = g("TensorScatter", buffer(g, layer, name, shape), rows, start, axis=1)
        keep(g, layer, name, all_rows, shape)
        read.append(heads_of(g, all_rows))
    return read


def by_scatter_nd(g, layer, k, v, start):
    """B x H x C x D; rows are brought to the front, written, and brought back."""
    shape, read = ["batch", HEADS, ROWS, SIZE], []
    for name, rows in (("key", k), ("value", v)):
        places = g("Unsqueeze", g("Add", g("Range", 0, g.size(rows, 2), 1), start), [-1])
        all_rows = g("Transpose", buffer(g, layer, name, shape), perm=[2, 0, 1, 3])
        all_rows = g("ScatterND", all_rows, places, g("Transpose", rows, perm=[2, 0, 1, 3]))
        read.append(g("Transpose", all_rows, perm=[1, 2, 0, 3]))
        keep(g, layer, name, read[-1], shape)
    return read


def by_scatter_elements(g, layer, k, v, start, size=ROWS):
    shape, read = ["batch", HEADS, size, SIZE], []
    for name, rows in (("key", k), ("value", v)):
        places = g("Reshape", g("Add", g("Range", 0, g.size(rows, 2), 1), start), [1, 1, -1, 1])
        read.append(g("ScatterElements", buffer(g, layer, name, shape), g("Expand", places, g("Shape", rows)), rows, axis=2))
        keep(g, layer, name, read[-1], shape)
    return read


def by_open_buffers(g, layer, k, v, start):
    return by_scatter_elements(g, layer, k, v, start, "rows")


# Keys and values in one tensor that grows.


def stack(g, layer):
    name = f"past_{layer}"
    return name if any(i.name == name for i in g.inputs) else g.input(name, [2, "batch", HEADS, "past", SIZE], TensorProto.FLOAT)


def behind_stack(g):
    start = g.size(stack(g, 0), 3)
    return start, g("Range", 0, g("Add", start, g.size("input_ids", 1)), 1)


def by_stack(g, layer, k, v, start, order=(0, 1)):
    past = [g("Squeeze", part, [0]) for part in g("Split", stack(g, layer), outputs=2, axis=0, num_outputs=2)]
    read = [g("Concat", old, new, axis=2) for old, new in zip(past, (k, v))]
    present = g("Concat", *(g("Unsqueeze", read[i], [0]) for i in order), axis=0)
    keep(g, layer, "past", present, [2, "batch", HEADS, "total", SIZE])
    return read
