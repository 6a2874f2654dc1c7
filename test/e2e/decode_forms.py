# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models in forms that exporters write: experts, caches of a fixed number of rows, inputs that say where a text stands.
Read token by token, each gives the logits of ONNX Runtime on the whole text, and the same greedy tokens."""

import json
import pathlib
import sys
import tempfile

import numpy as np

import harness

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto
except ImportError:
    harness.skip("the Python packages onnx and onnxruntime are missing")

from harness import steps, tiny
from harness.tiny import SIZE, WIDTH

IDS = [1, 40, 7, 26, 37, 43, 38, 28, 26, 37, 29, 39, 26, 41, 8, 34]
PROMPT = 6


def mask_given(kind):
    """Of four axes, as an input."""
    def make(g, rows, columns):
        if any(i.name == "mask" for i in g.inputs):
            return "mask" if kind == TensorProto.FLOAT else g.added
        mask = g.input("mask", ["batch", 1, "tokens", "columns"], kind)
        g.added = mask if kind == TensorProto.FLOAT else g("Where", mask, 0.0, tiny.LOWEST)
        return g.added
    return make


def window(g, rows, columns):
    """Columns up to the row's own, and no more than five."""
    behind = g("Sub", g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0]))
    sees = g("And", g("GreaterOrEqual", behind, 0), g("Less", behind, 5))
    return g("Where", sees, 0.0, tiny.LOWEST)


def factor(number):
    """Ones where a row may not look, times a number: the lowest, or what is low enough."""
    def make(g, rows, columns):
        sees = g("GreaterOrEqual", g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0]))
        return g("Mul", g("Sub", 1.0, g("Cast", sees, to=TensorProto.FLOAT)), number)
    return make


def cut_from_table(g, rows, columns):
    """A part of a triangle that is a constant of the graph."""
    count = g("Unsqueeze", g("Size", rows), [0])
    part = g("Slice", g.constant(np.tri(64, dtype=bool)[None, None]), [0, 0], g("Concat", count, count, axis=0), [2, 3])
    return g("Where", part, 0.0, -10000.0)


def upper_triangle(g, rows, columns):
    count = g("Unsqueeze", g("Size", rows), [0])
    hidden = g("Expand", g.constant(np.full((1, 1), -np.inf, np.float32)), g("Concat", count, count, axis=0))
    return g("Trilu", hidden, 1, upper=1)


def slopes(g, rows, columns):
    """ALiBi: a slope for each head."""
    far = g("Cast", g("Sub", g("Unsqueeze", columns, [0]), g("Unsqueeze", rows, [1])), to=TensorProto.FLOAT)
    return g("Add", tiny.causal(g, rows, columns), g("Mul", g.constant(np.array([[[0.5]], [[0.25]]], np.float32)), far))


def blocks(g, rows, columns):
    """Of four tokens each, that do not see each other."""
    row, column = g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0])
    sees = g("And", g("GreaterOrEqual", row, column), g("Equal", g("Div", row, 4), g("Div", column, 4)))
    return g("Where", sees, 0.0, tiny.LOWEST)


def quantized_apart(g, x):
    """One scale that the graph knows."""
    scale, zero = g.constant(np.float32(0.03)), g.constant(np.uint8(128))
    return g("DequantizeLinear", g("QuantizeLinear", x, scale, zero), scale, zero)


# What makes logits: a step that is asked for the last row alone computes no more.


def places_in_logits(g, x, rows):
    return g("Add", g("MatMul", x, g.weight(tiny.WIDTH, tiny.WORDS)), g("Gather", g.weight(64, tiny.WORDS), rows))


def weights_by_token(g, x, rows):
    which = g("ArgMax", g("MatMul", x, g.weight(tiny.WIDTH, 3)), axis=-1, keepdims=0)
    weights = g("Gather", g.weight(3, tiny.WIDTH, tiny.WORDS), which)
    return g("Squeeze", g("MatMul", g("Unsqueeze", x, [2]), weights), [2])


def convolved_logits(g, x, rows):
    logits = g("Transpose", g("MatMul", x, g.weight(tiny.WIDTH, tiny.WORDS)), perm=[0, 2, 1])
    return g("Transpose", g("Conv", logits, g.weight(tiny.WORDS, 1, 3), group=tiny.WORDS, pads=[2, 0]), perm=[0, 2, 1])


def capped(g, x, rows):
    return g("Mul", g("Tanh", g("MatMul", x, g.weight(tiny.WIDTH, tiny.WORDS))), 30.0)


BUFFERS = {name: dict(cache=cache, place=tiny.start_input, opset=24)
           for name, cache in (("tensor_scatter", tiny.by_tensor_scatter), ("scatter_nd", tiny.by_scatter_nd),
                               ("scatter_elements", tiny.by_scatter_elements))}
# Rotary embedding of neighbours, by tables that are cut to the length of the text; and learned positions, cut likewise.
ANGLES = np.outer(np.arange(64), [1.0, 0.3, 0.1, 0.03]).astype(np.float32)


def split_pairs(g, x):
    return (g("Squeeze", part, [-1]) for part in g("Split", g("Reshape", x, [0, 0, 0, -1, 2]), [1, 1], outputs=2, axis=-1))


def gathered_pairs(g, x):
    pairs = g("Reshape", x, [0, 0, 0, -1, 2])
    return (g("Gather", pairs, i, axis=-1) for i in (0, 1))


def every_other(g, x):
    return (g("Slice", x, [i], [SIZE], [3], [2]) for i in (0, 1))


def two_tables(g, count):
    return (g("Slice", g.constant(f(ANGLES)), [0], count, [0]) for f in (np.cos, np.sin))


def one_table(g, count):
    """Of complex numbers."""
    table = g("Slice", g.constant(np.stack([np.cos(ANGLES), np.sin(ANGLES)], -1)), [0], count, [0])
    return (g("Gather", table, i, axis=-1) for i in (0, 1))


def pairs(take, tables=two_tables, before=False):
    """`before`: rows come before heads."""
    def turn(g, x):
        x = g("Transpose", x, perm=[0, 2, 1, 3]) if before else x
        cos, sin = tables(g, g("Unsqueeze", g.size(x, 1 if before else 2), [0]))
        if before:
            cos, sin = (g("Unsqueeze", table, [1]) for table in (cos, sin))
        a, b = take(g, x)
        turned = g("Sub", g("Mul", a, cos), g("Mul", b, sin)), g("Add", g("Mul", a, sin), g("Mul", b, cos))
        x = g("Reshape", g("Concat", *(g("Unsqueeze", part, [-1]) for part in turned), axis=-1), [0, 0, 0, -1])
        return g("Transpose", x, perm=[0, 2, 1, 3]) if before else x
    return turn


def positions_cut(g, x):
    return g("Add", x, g("Slice", g.weight(1, 64, WIDTH), [0], g("Unsqueeze", g.size(x, 1), [0]), [1]))


def positions_split(g, x):
    count = g("Unsqueeze", g.size(x, 1), [0])
    return g("Add", x, g("Split", g.weight(64, WIDTH), g("Concat", count, g("Sub", [64], count), axis=0), outputs=2, axis=0)[0])


FORMS = {
    "plain": {},
    "experts_by_product": dict(mlp=tiny.experts_by_product),
    "experts_by_mask": dict(mlp=tiny.experts_by_mask),
    "experts_by_choice": dict(mlp=tiny.experts_by_choice),
    "experts_by_elements": dict(mlp=tiny.experts_by_elements),
    **BUFFERS,
    "tensor_scatter_window": dict(BUFFERS["tensor_scatter"], mask=window),
    "open_buffers": dict(cache=tiny.by_open_buffers, place=tiny.open_buffers),
    "stack": dict(cache=tiny.by_stack, place=tiny.behind_stack),
    "positions_of_three_axes": dict(turn=tiny.turned),
    **{make.__name__: dict(before=make) for make in (tiny.padded_left, tiny.padded_both, tiny.padded_before)},
    "quantized_apart": dict(before=quantized_apart),
    "minus_10000": dict(mask=factor(-1e4)),
    "times_lowest": dict(mask=factor(tiny.LOWEST)),
    **{make.__name__: dict(mask=make) for make in (cut_from_table, upper_triangle, slopes, blocks)},
    **{make.__name__: dict(end=make) for make in (places_in_logits, weights_by_token, convolved_logits, capped)},
    **{f"{take.__name__}_{'before' if before else 'after'}": dict(turn=pairs(take, before=before))
       for take in (split_pairs, gathered_pairs, every_other) for before in (False, True)},
    "complex_table": dict(turn=pairs(gathered_pairs, one_table, True)),
    **{make.__name__: dict(before=make) for make in (positions_cut, positions_split)},
    "mask_added": dict(mask=mask_given(TensorProto.FLOAT)),
    "mask_of_truth": dict(mask=mask_given(TensorProto.BOOL)),
}


onnxruntime.set_default_logger_severity(3)


def feed(session, ids):
    """The whole text, behind nothing."""
    tokens, values = np.array([ids], np.int64), {}
    for value in session.get_inputs():
        if value.name == "input_ids":
            values[value.name] = tokens
        elif value.name == "mask":
            sees = np.tri(len(ids), dtype=bool)[None, None]
            values[value.name] = sees if "bool" in value.type else np.where(sees, 0, tiny.LOWEST).astype(np.float32)
        elif value.name == "start":
            values[value.name] = np.zeros(1, np.int64)
        elif value.name == "position_ids":
            values[value.name] = np.tile(np.arange(len(ids)), (3, 1, 1))
        else:
            sizes = {"batch": 1, "past": 0, "rows": 20}
            values[value.name] = np.zeros([sizes.get(size, size) for size in value.shape], np.float32)
    return values


LETTERS = [chr(ord("A") + i) for i in range(tiny.WORDS)]


def write_tokenizer(path):
    """Every token is a letter."""
    model = {"type": "BPE", "vocab": {letter: i for i, letter in enumerate(LETTERS)}, "merges": []}
    path.write_text(json.dumps({"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
                                "post_processor": None, "decoder": None, "model": model}))


def speak(library, tokenizer, ids, count):
    prompt = "".join(LETTERS[token] for token in ids)
    said = json.loads(harness.run("retort", "generate", library, f"--tokenizer={tokenizer}", f"--prompt={prompt}",
                                  f"--tokens={count}", "--json"))
    assert said["prompt_tokens"] == ids, said
    return ids + said["tokens"]


def greedy(logits_of, ids, count):
    for _ in range(count):
        ids = ids + [int(logits_of(ids)[-1].argmax())]
    return ids


def check(runtime, name, folder):
    """Why the form fails; empty where it does not."""
    path, library = folder / f"{name}.onnx", folder / f"{name}.so"
    onnx.save(tiny.model(**FORMS[name]), path)
    result = harness.run("retort", "compile", path, "-o", library, "--numerics=exact", code=None)
    if result.returncode:
        return result.stderr.strip()
    if refusal := steps.manifest_of(library).get("no_decode_step"):
        return refusal
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    at_once = lambda ids: session.run(["logits"], feed(session, ids))[0][0]
    wanted = at_once(IDS)
    off = np.abs(steps.logits_of_steps(runtime, library, IDS, PROMPT) - wanted).max() / np.abs(wanted).max()
    print(f"{name}: {off:.1e}", flush=True)
    if not off < 1e-5:
        return f"off by {off:.1e}"
    tokenizer = folder / "tokenizer.json"
    write_tokenizer(tokenizer)
    wanted, said = greedy(at_once, IDS[:PROMPT], 10), speak(library, tokenizer, IDS[:PROMPT], 10)
    return "" if said == wanted else f"said {said}, not {wanted}"


def main():
    runtime = steps.load_runtime()
    harness.tool("retort")
    with tempfile.TemporaryDirectory() as scratch:
        problems = {name: check(runtime, name, pathlib.Path(scratch)) for name in sys.argv[1:] or FORMS}
    bad = [f"{name}: {problem}" for name, problem in problems.items() if problem]
    if bad:
        sys.exit("\n".join(["failed"] + bad))


if __name__ == "__main__":
    main()
