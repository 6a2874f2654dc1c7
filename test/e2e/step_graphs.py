# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graphs that read one token, and whose states are inputs and outputs: they are continued and scored token by token, from states of
zeros, whatever the states are called and however many axes they have."""

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

from decode_forms import LETTERS, write_tokenizer
from harness import run
from harness.tiny import WIDTH, WORDS, Graph

LAYERS = 3


def model(shape, state, names):
    """Recurrent layers of two states each; `names(layer, which)` are what a state and its next value are called."""
    g = Graph(17)
    x = g("Gather", g.weight(WORDS, WIDTH), g.input("input_ids", shape))
    inputs, outputs = [], []
    for layer in range(LAYERS):
        taken = [g.input(names(layer, which)[0], state, TensorProto.FLOAT) for which in (0, 1)]
        flat = [g("Reshape", part, [-1, WIDTH]) for part in taken]
        row = g("Reshape", x, [-1, WIDTH])
        fast = g("Tanh", g("Add", g("MatMul", row, g.weight(WIDTH, WIDTH)), g("Mul", flat[0], 0.5)))
        slow = g("Add", g("Mul", flat[1], 0.9), g("MatMul", g("Add", fast, flat[1]), g.weight(WIDTH, WIDTH)))
        outputs += [(fast, names(layer, 0)[1]), (slow, names(layer, 1)[1])]
        x = g("Add", row, g("Tanh", slow))
    logits = g("MatMul", x, g.weight(WIDTH, WORDS))
    known = lambda sizes: [-1 if isinstance(size, str) else size for size in sizes]
    g.output(g("Reshape", logits, known([*shape, WORDS])), "logits", [*shape, WORDS])
    for value, name in outputs:
        g.output(g("Reshape", value, known(state)), name, state)
    return g.model()


FORMS = {
    "a batch of one": ([1, 1], [1, WIDTH], lambda layer, which: (f"state_{layer}_{which}", f"state_{layer}_{which}_out")),
    "a list of one": ([1], [WIDTH], lambda layer, which: (f"in{layer * 2 + which}", f"out{layer * 2 + which}")),
    "any batch": (["batch", 1], ["batch", WIDTH], lambda layer, which: (f"state_{layer}_{which}", f"state_{layer}_{which}_out")),
    "a number": ([], [WIDTH], lambda layer, which: (f"s{layer}{which}", f"t{layer}{which}")),
}


def greedy(path, ids, count):
    session = onnxruntime.InferenceSession(str(path))
    token, *states = session.get_inputs()
    sizes = lambda value: [1 if isinstance(size, str) else size for size in value.shape]
    values, new = [np.zeros(sizes(state), np.float32) for state in states], list(ids)
    rows = []
    for t in range(len(ids) + count - 1):
        row, *values = session.run(None, {token.name: np.full(sizes(token), new[t], np.int64), **{s.name: v for s, v in zip(states, values)}})
        rows.append(row.reshape(-1))
        if t + 1 >= len(ids):
            new.append(int(rows[-1].argmax()))
    return new, rows


def score_windows(path, ids, length):
    """The mean loss of the tokens behind the first of each window."""
    losses = []
    for begin in range(0, len(ids) - 1, length):
        window = ids[begin : begin + length]
        if len(window) == length:
            _, rows = greedy(path, window, 0)
            losses += [np.log(np.exp(row).sum()) - row[token] for row, token in zip(rows, window[1:])]
    return np.mean(losses)


def check(folder, name, form):
    path = folder / "model.onnx"
    onnx.save(model(*form), path)
    seen = json.loads(run("retort", "inspect", path, "--json"))
    assert seen["decode_step"] == "given", (name, seen["decode_step"], seen["decode_step_reason"])
    tokenizer, prompt = folder / "tokenizer.json", [1, 40, 7, 26]
    write_tokenizer(tokenizer)
    said = json.loads(run("retort", "generate", path, f"--tokenizer={tokenizer}", f"--prompt={''.join(LETTERS[i] for i in prompt)}", "--tokens=12", "--json"))
    wanted, rows = greedy(path, prompt, 12)
    assert prompt + said["tokens"] == wanted, (name, said["tokens"], wanted)
    text = folder / "text.txt"
    text.write_text("".join(LETTERS[i] for i in wanted))
    scored = json.loads(run("retort", "eval", path, f"--tokenizer={tokenizer}", f"--text={text}", "--context=8", "--windows=1", "--json"))
    shifted = np.array([row - np.log(np.exp(row).sum()) for row in rows])
    loss = -np.mean([shifted[t][wanted[t + 1]] for t in range(7)])
    assert scored["tokens"] == 7 and abs(scored["mean_nll"] / loss - 1) < 1e-4, (name, scored, loss)
    # Windows of texts that are read beside one another, where there is a batch, are windows that are read one by one.
    text.write_text("".join(LETTERS[i] for i in (wanted * 6)[:70]))
    scored = json.loads(run("retort", "eval", path, f"--tokenizer={tokenizer}", f"--text={text}", "--context=8", "--json"))
    loss = score_windows(path, (wanted * 6)[:70], 8)
    assert abs(scored["mean_nll"] / loss - 1) < 1e-4, (name, scored, loss)
    assert json.loads(run("retort", "bench", path, "--prompt=4", "--generate=4", "--json"))["decode_tokens_per_second"] > 0
    print(f"{name}: as expected")


def main():
    onnxruntime.set_default_logger_severity(3)
    with tempfile.TemporaryDirectory() as folder:
        for name, form in FORMS.items():
            check(pathlib.Path(folder), name, form)


if __name__ == "__main__":
    sys.exit(main())
