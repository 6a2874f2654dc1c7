# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The example model as it is compiled without a flag, `--numerics=accurate`, and with `exact`: what comes next is the same token on
999 of 1,000 positions of a text, in f32 and in int4, logits are within 1e-3, and a greedy text is the same. `fast` keeps
more than 99 of 100. A CPU without the instructions computes what is exact; there the portable form of int4 is tried.
usage: numerics.py [MODEL TOKENIZER TEXT]"""

import pathlib
import sys
import tempfile

import numpy as np
import onnx.numpy_helper

from harness import SOURCE, run, tool
from harness.tokens import read_tokens

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL, TOKENIZER, TEXT = sys.argv[1:] or (STORIES / "stories.onnx", STORIES / "tokenizer.model", STORIES / "sample.txt")
WINDOWS, LENGTH = 8, 256


def require(condition, what):
    if not condition:
        sys.exit(what)


def write_inputs(folder):
    run("retort", "tokenize", f"--tokenizer={TOKENIZER}", f"--text={TEXT}", "-o", folder / "text.tokens")
    ids = np.ravel(read_tokens(folder / "text.tokens").ids)[: WINDOWS * LENGTH].astype(np.int64).reshape(WINDOWS, LENGTH)
    (folder / "inputs").mkdir()
    values = {"input_ids": ids, "attention_mask": np.ones_like(ids), "position_ids": np.tile(np.arange(LENGTH), (WINDOWS, 1))}
    for name in {value.name for value in onnx.load(MODEL, load_external_data=False).graph.input} & set(values):
        np.save(folder / "inputs" / f"{name}.npy", values[name])


def results(folder, form, *flags):
    """logits of all positions, and a greedy text"""
    model = folder / form / "model.so"
    model.parent.mkdir()
    run("retort", "compile", MODEL, "--optimize=2", *flags, "-o", model)
    run("retort", "run", model, f"--inputs={folder / 'inputs'}", f"--outputs={folder / form}")
    text = run("retort", "generate", model, f"--tokenizer={TOKENIZER}", "--prompt=Once upon a time", "--tokens=60", "--temperature=0")
    return onnx.numpy_helper.to_array(onnx.load_tensor(folder / form / "output_0.pb")), text


def compare(found, exact, what, bound, least):
    off = np.abs(found - exact).max() / np.abs(exact).max()
    equal = (found.argmax(-1) == exact.argmax(-1)).mean()
    print(f"{what}: logits {off:.1e} off, {100 * equal:.2f} % of {exact.shape[0] * exact.shape[1]} positions have the same next token")
    require(off < bound, f"{what}: logits are {off} off")
    require(equal >= least, f"{what}: the next token is another on {100 * (1 - equal):.2f} % of the positions")
    return off


def check(folder, recipe):
    kind = "int4" if recipe else "f32"
    exact, text = results(folder, f"{kind}-exact", *recipe, "--numerics=exact")
    accurate, same = results(folder, f"{kind}-accurate", *recipe)
    off = compare(accurate, exact, f"{kind}, accurate", 1e-3, 0.999)
    if off == 0 and recipe and not sys.argv[1:]:
        accurate, same = results(folder, f"{kind}-portable", *recipe, "--portable-steps")
        require(compare(accurate, exact, f"{kind}, portable", 1e-3, 0.999) > 0, "the portable form is what is exact")
    require(same == text, f"other text than exact:\n{same}\n{text}")
    if not recipe or sys.argv[1:]:
        fast, _ = results(folder, f"{kind}-fast", *recipe, "--numerics=fast")
        compare(fast, exact, f"{kind}, fast", 0.1, 0.98)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    write_inputs(folder)
    for recipe in ([], ["--recipe=int4"]):
        check(folder, recipe)
