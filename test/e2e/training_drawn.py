#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""data=generate:N is the file that `retort generate --count=N` writes of the teacher, with the same seed."""
import pathlib
import sys
import tempfile

from harness import run, skip

try:
    import onnx
    from harness import tiny
except ImportError as missing:
    skip(f"{missing.name} is not installed")


def trained(model, data, output):
    """The bytes of a pruned model that was trained on the data."""
    options = f"data={data} steps=4 batch=2 context=32 learning-rate=1e-3 seed=11 loss=forward-kl"
    run("retort", "compile", model, "--emit=onnx", f"--compress=compress-prune-magnitude{{sparsity=0.5}},compress-tune{{{options}}}", "-o", output)
    return output.read_bytes()


with tempfile.TemporaryDirectory() as scratch:
    folder = pathlib.Path(scratch)
    model = folder / "tiny.onnx"
    onnx.save(tiny.model(layers=1), model)
    run("retort", "generate", model, "--count=24", "--context=32", "--seed=11", "-o", folder / "drawn.tokens")
    same = trained(model, folder / "drawn.tokens", folder / "file.onnx") == trained(model, "generate:24", folder / "drawn.onnx")
print("what a pass draws is what the command writes" if same else "the two models differ")
sys.exit(not same)
