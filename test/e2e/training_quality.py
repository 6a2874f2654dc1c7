#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each kind of training brings the example model nearer to what it was, on tokens that it has not seen: the divergence behind a
run, over that before it, is below a bar. Ordinarily one run of a few steps; `check-training-quality` makes all runs of docs/training.md, of 60
steps (RETORT_TRAINED_RUNS=all)."""
import json
import os
import pathlib
import sys
import tempfile

from harness import SOURCE, run

STORIES = SOURCE / "examples" / "stories"
HALF = "compress-prune-structured{sparsity=0.5 groups=mlp importance=element samples=10 data=DATA}"
# What is trained, and the divergence that may be left of what there was: measured, and a tenth.
RUNS = [
    ("compress-quantize-rtn{bits=3},compress-tune-scales{TRAINING}", 0.95),
    ("compress-quantize-rtn{bits=3},compress-tune-lora{TRAINING}", 0.75),
    ("compress-quantize-aware{bits=3 TRAINING}", 0.8),
    ("compress-prune-magnitude{n=2 m=4},compress-distill{TRAINING}", 0.52),
    (HALF + ",compress-tune-lora{TRAINING}", 0.6),
    ("compress-replace-attention-by-retention{layers=1 transfer-steps=60 TRAINING},"
     "compress-tune-lora{parameters=lora,retention TRAINING}", 0.54),
]
SHORT = [("compress-prune-magnitude{n=2 m=4},compress-distill{TRAINING}", 0.95)]


def left(folder, passes, training):
    """the share of the divergence behind the last training"""
    text = passes.replace("TRAINING", f"data={folder}/stories.tokens {training}").replace("DATA", f"{folder}/stories.tokens")
    run("retort", "compile", STORIES / "stories.onnx", "--emit=onnx", f"--compress={text}", f"--ledger={folder}/ledger.json",
        "-o", folder / "small.onnx")
    found = []

    def visit(node):
        if isinstance(node, dict):
            if "held_out_before" in node:
                found.append((float(node["held_out_before"]), float(node["held_out_after"])))
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                visit(each)

    visit(json.loads((folder / "ledger.json").read_text()))
    before, after = found[-1]
    return before, after


missed = []
with tempfile.TemporaryDirectory() as scratch:
    folder = pathlib.Path(scratch)
    run("retort", "tokenize", f"--tokenizer={STORIES}/tokenizer.json", f"--text={STORIES}/sample.txt", "-o", folder / "stories.tokens")
    isLong = os.environ.get("RETORT_TRAINED_RUNS") == "all"
    for passes, bar in RUNS if isLong else SHORT:
        before, after = left(folder, passes, "steps=60 batch=4 context=128" if isLong else "steps=6 batch=2 context=64 evaluate-every=6")
        print(f"{passes}: {before:.4f} nats before, {after:.4f} after, {after / before:.2f} of {bar}", flush=True)
        if not after <= bar * before:
            missed.append(passes)
sys.exit("missed: " + "; ".join(missed) if missed else 0)
