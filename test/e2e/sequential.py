# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights that are fitted one block after the other: the divergence that the replay reports is the one that ONNX Runtime computes of
the exported file, natively and in ONNX the model is the same, and on other text it is no worse than what was fitted at once."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    from harness.fitted import (MODEL, Statistics, calibrate_stories, divergence, feeds_of, logits, native_output, runtime,
                                unseen_divergence, write_halves, write_inputs)
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
MEASURED = 4  # windows that the replay compares logits on


def held_windows(path):
    windows = Statistics(path).windows()
    return windows[len(windows) - len(windows) // 8 :][:MEASURED]


def native(work, windows, *model):
    session = runtime(MODEL)
    write_inputs(work / "inputs", session, feeds_of(session, windows))
    return native_output(*model[:1], work / "inputs", *model[1:])


def check(work, passes):
    """The KL that was reported, and that on other text of what is fitted at once and in order."""
    windows, sample = held_windows(work / "statistics"), f"--calibration={work}/statistics"
    ordered = [MODEL, sample, f"--compress={passes[:-1]} sequential=true}}"]
    run("retort", "compile", *ordered, "--emit=onnx", "-o", work / "small.onnx", f"--ledger={work}/ledger.json")
    (summary,) = [r for r in json.loads((work / "ledger.json").read_text())["records"] if r["outcome"] == "analysis"]
    theirs = logits(work / "small.onnx", windows)
    kl = divergence(logits(MODEL, windows)[:, :-1], theirs[:, :-1])
    assert abs(kl - summary["kl_so_far"]) < 2e-3 * kl, f"{passes}: reported {summary['kl_so_far']}, ONNX Runtime computes {kl}"
    off = np.abs(native(work, windows, *ordered) - theirs).max() / np.abs(theirs).max()
    assert off < 1e-3, f"{passes}: native code and ONNX Runtime are {off:.1e} apart"
    scores = [unseen_divergence(work, MODEL, sample, f"--compress={passes}"), unseen_divergence(work, work / "small.onnx")]
    print(f"{passes}: KL {scores[0]:.4f} at once, {scores[1]:.4f} in order")
    return scores


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    write_halves(work)
    calibrate_stories(work / "statistics", "--statistics=gram", text=work / "sample.txt", windows=32)
    for passes, most in (("compress-quantize-gptq{bits=3}", 1.1), ("compress-prune-sparsegpt{n=2 m=4}", 1.0),
                         ("compress-factorize-svd{ratio=0.8}", 1.0)):
        once, ordered = check(work, passes)
        assert ordered < most * once, f"{passes}: {ordered:.4f} in order, {once:.4f} at once"
sys.exit(0)
