# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that look causal and are not, and models that no step is known for: none of them gets a decode step, and each
refusal says what stands in the way. A wrong text is worse than a slow one."""

import pathlib
import re
import sys
import tempfile

import harness

try:
    import numpy as np
    import onnx
    from onnx import TensorProto
except ImportError:
    harness.skip("the Python package onnx is missing")

from harness import tiny
from harness.tiny import CHOSEN, EXPERTS, LOWEST, SIZE, WIDTH


def compare(kind, shift=0):
    """A mask by comparing the places of rows and columns."""
    def make(g, rows, columns):
        sees = g(kind, g("Unsqueeze", g("Add", rows, shift), [1]), g("Unsqueeze", columns, [0]))
        return g("Where", sees, 0.0, LOWEST)
    return make


def everything(g, rows, columns):
    return g("Mul", compare("GreaterOrEqual")(g, rows, columns), 0.0)


def causal_up_to(bound, power=1):
    """Longer texts, by a power of their length, see all of it."""
    def make(g, rows, columns):
        short = g("LessOrEqual", g("Pow", g("Size", rows), power), bound)
        sees = g("Or", g("GreaterOrEqual", g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0])), g("Not", short))
        return g("Where", sees, 0.0, LOWEST)
    return make


def last_columns(g, rows, columns):
    """The last four tokens of the text are hidden, but for the row's own: which ones these are changes with its length."""
    row, column = g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0])
    near_end = g("GreaterOrEqual", column, g("Sub", g("Size", rows), 4))
    sees = g("And", g("GreaterOrEqual", row, column), g("Or", g("Not", near_end), g("Equal", row, column)))
    return g("Where", sees, 0.0, LOWEST)


def soft(g, rows, columns):
    """What follows is made small, not hidden."""
    return g("Div", tiny.causal(g, rows, columns), -LOWEST / 2)


def no_row_sees(g, rows, columns):
    """Row 0 sees nothing: its share is that of all columns."""
    return compare("Greater")(g, rows, columns)


# What is done to all rows.


def minus_mean_of_tokens(g, x):
    return g("Sub", x, g("ReduceMean", x, [1], keepdims=1))


def largest_of_tokens(g, x):
    return g("Div", x, g("ReduceMax", g("Abs", x), [0, 1, 2], keepdims=1))


def running_sum(g, x):
    return g("CumSum", x, 1)


def instance_norm(g, x):
    ones, zeros = (g.constant(np.full(WIDTH, n, np.float32)) for n in (1, 0))
    y = g("InstanceNormalization", g("Transpose", x, perm=[0, 2, 1]), ones, zeros)
    return g("Transpose", y, perm=[0, 2, 1])


def norm_of_two_axes(g, x):
    """LayerNormalization from the axis of tokens on; the weight is one number."""
    return g("LayerNormalization", x, g.constant(np.ones(1, np.float32)), axis=1)


def share_of_tokens(g, x):
    return g("Mul", x, g("Softmax", x, axis=1))


def next_token(g, x):
    rest = g("Slice", x, [1], [1000], [1])
    return g("Add", x, g("Concat", rest, g("Slice", x, [0], [1], [1]), axis=1))


def token_before(g, x):
    """Causal, and yet a state of its own."""
    rest = g("Slice", g("Pad", x, [0, 1, 0, 0, 0, 0]), [0], g("Unsqueeze", g.size(x, 1), [0]), [1])
    return g("Add", x, rest)


def reversed_tokens(g, x):
    return g("Add", x, g("Slice", x, [-1], [-1000], [1], [-1]))


def sorted_tokens(g, x):
    _, order = g("TopK", g("ReduceSum", x, [0, 2], keepdims=0), g("Unsqueeze", g.size(x, 1), [0]), outputs=2, axis=0)
    return g("Add", x, g("Gather", x, order, axis=1))


def first_row_only(g, x):
    """Elements are written into row 0 alone, and the rest stays."""
    return g("ScatterElements", x, g.constant(np.zeros((1, 1, 3), np.int64)), g.constant(np.ones((1, 1, 3), np.float32)), axis=2)


def reversed_positions(g, x):
    """Learned places, counted from the end of the text."""
    count = g.size(x, 1)
    return g("Add", x, g("Gather", g.weight(64, WIDTH), g("Sub", g("Sub", count, 1), g("Range", 0, count, 1))))


def scaled_by_length(g, x):
    return g("Div", x, g("Sqrt", g("Cast", g.size(x, 1), to=TensorProto.FLOAT)))


def folded_tokens(g, x):
    """Halves of rows change places with those of other rows."""
    halves = g("Reshape", x, [0, 2, -1, WIDTH // 2])
    return g("Reshape", g("Transpose", halves, perm=[0, 2, 1, 3]), g("Shape", x))


def products_of_tokens(g, x):
    return g("MatMul", g("MatMul", x, g("Transpose", x, perm=[0, 2, 1])), x)


def quantized_together(g, x):
    """One scale for all tokens."""
    return g("DequantizeLinear", *g("DynamicQuantizeLinear", x, outputs=3))


# Convolutions that look ahead, or further back than they are wide.


def convolved(pads, size=3, start=0, **attributes):
    def make(g, x):
        end = g("Unsqueeze", g("Add", g.size(x, 1), start), [0])
        weight = g.weight(WIDTH, 1, size)
        return tiny.filtered(g, x, lambda rows: g("Slice", g("Conv", rows, weight, group=WIDTH, pads=pads, **attributes), [start], end, [2]))
    return make


def padded_by_edge(g, x):
    return tiny.filtered(g, x, lambda rows: g("Conv", g("Pad", rows, [0, 0, 2, 0, 0, 0], mode="edge"), g.weight(WIDTH, 1, 3), group=WIDTH))


# Experts for which tokens compete.


def with_capacity(g, x, layer):
    """An expert takes the first three tokens that choose it."""
    flat, shares, _, _ = tiny.route(g, x)
    hot = g("OneHot", g("ArgMax", shares, axis=-1, keepdims=0), EXPERTS, [0, 1], axis=-1)
    taken = g("LessOrEqual", g("CumSum", hot, 0), 3)
    shares = g("Mul", shares, g("Cast", g("And", taken, g("Cast", hot, to=TensorProto.BOOL)), to=TensorProto.FLOAT))
    up, down = tiny.expert_weights(g)
    y = g("MatMul", g("Relu", g("MatMul", g("Unsqueeze", flat, [0]), up)), down)
    y = g("Mul", y, g("Unsqueeze", g("Transpose", shares, perm=[1, 0]), [-1]))
    return tiny.back(g, g("ReduceSum", y, [0], keepdims=0), x)


def chosen_by_expert(g, x, layer):
    """Each expert takes the best tokens."""
    flat, shares, _, _ = tiny.route(g, x)
    best, tokens = g("TopK", g("Transpose", shares, perm=[1, 0]), [1], outputs=2, axis=-1)
    up, down = tiny.expert_weights(g)
    y = g("MatMul", g("Relu", g("MatMul", g("Gather", flat, tokens), up)), down)
    y = g("Reshape", g("Mul", y, g("Unsqueeze", best, [-1])), [-1, WIDTH])
    y = g("ScatterND", g("Mul", flat, 0.0), g("Reshape", tokens, [-1, 1]), y, reduction="add")
    return tiny.back(g, y, x)


def balanced(g, x, layer):
    """Scores are shared among the tokens, not among the experts."""
    flat, shares, _, _ = tiny.route(g, x)
    return g("Mul", x, g("ReduceMax", g("Softmax", shares, axis=0), [0, 1], keepdims=1))


def picked_by(make):
    """One expert on the tokens that NonZero picks, where `make(g, token, flat, y)` adds them up."""
    def mlp(g, x, layer):
        flat, _, _, which = tiny.route(g, x)
        hot = g("Transpose", g("OneHot", which, EXPERTS, [0, 1], axis=-1), perm=[2, 1, 0])
        slot, token = g("Split", g("NonZero", g("Gather", hot, 1)), outputs=2, axis=0, num_outputs=2)
        slot, token = g("Squeeze", slot, [0]), g("Squeeze", token, [0])
        y = g("MatMul", g("Gather", flat, token), g.weight(WIDTH, WIDTH))
        return tiny.back(g, make(g, slot, token, flat, y), x)
    return mlp


def add_at(g, place, flat, y):
    return g("ScatterND", g("Mul", flat, 0.0), g("Unsqueeze", place, [-1]), y, reduction="add")


def count_of_picked(g, slot, token, flat, y):
    """Their number is that of all rows."""
    return g("Mul", flat, g("Cast", g("Size", token), to=TensorProto.FLOAT))


def mean_of_picked(g, slot, token, flat, y):
    return add_at(g, token, flat, g("Sub", y, g("ReduceMean", y, [0], keepdims=1)))


def added_elsewhere(g, slot, token, flat, y):
    """To the row of the number of the choice, not of the token."""
    return add_at(g, slot, flat, y)


def next_of_picked(g, slot, token, flat, y):
    return add_at(g, g("Mod", g("Add", token, 1), g.size(flat, 0)), flat, y)


def wrong_stride(g, slot, token, flat, y):
    """Element 3 n + s of a list of pairs is not one of row n."""
    place = g("Add", g("Mul", token, 3), slot)
    shares = g("Gather", g("Reshape", g("Slice", flat, [0], [2], [1]), [-1]), g("Mod", place, g("Mul", g.size(flat, 0), 2)))
    return g("Add", flat, add_at(g, token, flat, g("Mul", y, g("Unsqueeze", shares, [-1]))))


def next_pair(g, slot, token, flat, y):
    """The slot is added twice: 2 n + 2 s may be an element of the next row."""
    place = g("Add", g("Add", g("Mul", token, 2), slot), slot)
    shares = g("Gather", g("Reshape", g("Slice", flat, [0], [2], [1]), [-1]), place)
    return g("Add", flat, add_at(g, token, flat, g("Mul", y, g("Unsqueeze", shares, [-1]))))


def own_places(g, slot, token, flat, y):
    """The number of a row, as a value: it starts anew in each step."""
    return g("Add", flat, add_at(g, token, flat, g("Add", y, g("Unsqueeze", g("Cast", token, to=TensorProto.FLOAT), [-1]))))


# Caches that are not what they seem.


def backwards(g, layer, k, v, start):
    return tiny.by_scatter_nd(g, layer, k, v, g("Sub", 0, start))


def next_row(g, layer, k, v, start):
    return tiny.by_scatter_nd(g, layer, k, v, g("Add", start, 1))


def fading(g, layer, k, v, start):
    """What a call hands to the next is half of what it read."""
    read = []
    for name, rows in (("key", k), ("value", v)):
        shape = ["batch", tiny.HEADS, tiny.ROWS, SIZE]
        all_rows = g("TensorScatter", tiny.buffer(g, layer, name, shape), rows, start, axis=2)
        tiny.keep(g, layer, name, g("Mul", all_rows, 0.5), shape)
        read.append(all_rows)
    return read


def restacked(g, layer, k, v, start):
    """Keys and values change places from call to call."""
    return tiny.by_stack(g, layer, k, v, start, (1, 0))


def around(g, layer, k, v, start):
    """A ring of rows."""
    read = []
    for name, rows in (("key", k), ("value", v)):
        shape = ["batch", tiny.HEADS, tiny.ROWS, SIZE]
        read.append(g("TensorScatter", tiny.buffer(g, layer, name, shape), rows, start, axis=2, mode="circular"))
        tiny.keep(g, layer, name, read[-1], shape)
    return read


def unwritten_rows(g, rows, columns):
    """Rows of the buffer that no token was written to are read, too."""
    sees = compare("GreaterOrEqual")(g, rows, columns)
    beyond = g("GreaterOrEqual", g("Unsqueeze", columns, [0]), tiny.ROWS - 2)
    return g("Where", beyond, 0.0, sees)


MIXES, FOLLOWS = "mixes the rows of the text", "see tokens that follow it"
BUFFER = dict(cache=tiny.by_scatter_nd, place=tiny.start_input, opset=24)
MODELS = {
    "bidirectional_in_one_layer": (dict(mask=[tiny.causal, everything]), FOLLOWS),
    "bidirectional": (dict(mask=everything), FOLLOWS),
    "sees_next": (dict(mask=compare("GreaterOrEqual", 1)), FOLLOWS),
    "sees_future_alone": (dict(mask=compare("LessOrEqual")), FOLLOWS),
    "causal_when_short": (dict(mask=causal_up_to(10)), FOLLOWS),
    "causal_when_shorter_than_the_square": (dict(mask=causal_up_to(20 * 20, 2)), FOLLOWS),
    "soft_mask": (dict(mask=soft), FOLLOWS),
    "last_columns": (dict(mask=last_columns), "length of the text"),
    "sees_nothing": (dict(mask=no_row_sees), "has a row that sees no column, and takes the mean of all"),
    "minus_mean_of_tokens": (dict(before=minus_mean_of_tokens), MIXES),
    "largest_of_tokens": (dict(before=largest_of_tokens), MIXES),
    "running_sum": (dict(before=running_sum), MIXES),
    "instance_norm": (dict(before=instance_norm), MIXES),
    "norm_of_two_axes": (dict(before=norm_of_two_axes), MIXES),
    "share_of_tokens": (dict(before=share_of_tokens), MIXES),
    "next_token": (dict(before=next_token), None),
    "token_before": (dict(before=token_before), None),
    "reversed_tokens": (dict(before=reversed_tokens), "it takes them in another order"),
    "sorted_tokens": (dict(before=sorted_tokens), None),
    "first_row_only": (dict(before=first_row_only), f"{MIXES}: a row of its result follows from several"),
    "reversed_positions": (dict(before=reversed_positions), "length of the text"),
    "scaled_by_length": (dict(before=scaled_by_length), "length of the text"),
    "folded_tokens": (dict(before=folded_tokens), None),
    "products_of_tokens": (dict(before=products_of_tokens), None),
    "quantized_together": (dict(before=quantized_together), MIXES),
    "looks_both_ways": (dict(before=convolved([1, 1])), f"{MIXES}: a row reads some that follow it"),
    "looks_ahead": (dict(before=convolved([0, 2])), f"{MIXES}: a row reads some that follow it"),
    "keeps_later_rows": (dict(before=convolved([2, 2], start=1)), MIXES),
    "looks_further_back": (dict(before=convolved([3, 0])), f"{MIXES}: a row reads none but such before it"),
    "looks_ahead_when_dilated": (dict(before=convolved([2, 2], dilations=[2])), MIXES),
    "padded_by_edge": (dict(before=padded_by_edge), MIXES),
    "with_capacity": (dict(mlp=with_capacity), MIXES),
    "chosen_by_expert": (dict(mlp=chosen_by_expert), MIXES),
    "balanced": (dict(mlp=balanced), MIXES),
    **{make.__name__: (dict(mlp=picked_by(make)), None)
       for make in (count_of_picked, mean_of_picked, added_elsewhere, next_of_picked, wrong_stride, next_pair, own_places)},
    "backwards": (dict(BUFFER, cache=backwards), "not written behind the rows of the past"),
    "next_row": (dict(BUFFER, cache=next_row), "not written behind the rows of the past"),
    "fading": (dict(BUFFER, cache=fading), None),
    "restacked": (dict(cache=restacked, place=tiny.behind_stack), "laid out differently"),
    "around": (dict(BUFFER, cache=around), None),
    "unwritten_rows": (dict(BUFFER, mask=unwritten_rows), FOLLOWS),
    "bidirectional_in_one_layer_of_buffers": (dict(BUFFER, mask=[tiny.causal, everything]), FOLLOWS),
}


def check(name, folder):
    """Why the model is not refused as it should be; empty where it is."""
    parts, reason = MODELS[name]
    onnx.save(tiny.model(**parts), folder / "model.onnx")
    harness.run("retort-translate", "--import-onnx", folder / "model.onnx", "-o", folder / "model.mlirbc")
    text = harness.run("retort-opt", folder / "model.mlirbc", "--retort-raise", "--retort-recognize", "--derive-decode-step=context=32")
    found = re.search(r'retort.no_decode_step = "(.*?)"[,}]', text)
    print(f"{name}: {found and found.group(1)}", flush=True)
    if not found or "func.func @step" in text:
        return "has a decode step"
    return "" if not reason or reason in found.group(1) else f"refused for another reason than '{reason}'"


def main():
    for name in ("retort-opt", "retort-translate"):
        harness.tool(name)
    with tempfile.TemporaryDirectory() as scratch:
        problems = {name: check(name, pathlib.Path(scratch)) for name in sys.argv[1:] or MODELS}
    bad = [f"{name}: {problem}" for name, problem in problems.items() if problem]
    if bad:
        sys.exit("\n".join(["failed"] + bad))


if __name__ == "__main__":
    main()
