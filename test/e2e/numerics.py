# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The example model in int4 as it is compiled without a flag, `--numerics=accurate`: logits within 1e-3 of those of `exact`, and the
same text. A CPU without the instructions computes what is exact; there the portable form is tried."""

import pathlib
import sys
import tempfile

import numpy as np
import onnx.numpy_helper

from harness import SOURCE, run, tool

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL = STORIES / "stories.onnx"


def require(condition, what):
    if not condition:
        sys.exit(what)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    ids = np.random.default_rng(3).integers(3, 500, (1, 24))
    (folder / "inputs").mkdir()
    np.save(folder / "inputs" / "input_ids.npy", ids)
    np.save(folder / "inputs" / "attention_mask.npy", np.ones_like(ids))

    def results(form, *flags):
        """the logits, and a greedy text"""
        model = folder / form / "model.so"
        model.parent.mkdir()
        run("retort", "compile", MODEL, "--recipe=int4", *flags, "-o", model)
        run("retort", "run", model, f"--inputs={folder / 'inputs'}", f"--outputs={folder / form}")
        text = run("retort", "generate", model, f"--tokenizer={STORIES / 'tokenizer.model'}", "--prompt=Once upon a time",
                   "--tokens=60", "--temperature=0")
        return onnx.numpy_helper.to_array(onnx.load_tensor(folder / form / "output_0.pb")), text

    exact, text = results("exact", "--numerics=exact")
    accurate, same = results("native")
    if np.array_equal(accurate, exact):
        accurate, same = results("portable", "--numerics=accurate", "--portable-steps")
    off = np.abs(accurate - exact).max() / np.abs(exact).max()
    print(f"logits {off:.1e} off")
    require(0 < off < 1e-3, f"logits are {off} off")
    require(same == text, f"other text than exact:\n{same}\n{text}")
