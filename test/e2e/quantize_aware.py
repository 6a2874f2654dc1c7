#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What quantization-aware training measures of its student is what ONNX Runtime says of the model that is written: codes,
scales and all other numbers are those of the best step."""
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

from harness import SOURCE, run
from harness.fitted import divergence, runtime
from harness.language import Oracle
from harness.tokens import read_tokens

STORIES = SOURCE / "examples" / "stories"
MODEL = STORIES / "stories.onnx"
LENGTH, WINDOWS = 32, 16
FORMS = [
    ("bits=3 scale=fixed", 3, 3e-4),
    ("bits=4 group-size=24 symmetric=false scale=fixed scales=f16", 4, 1e-4),
    ("bits=2 init=gptq", 2, 1e-3),
    ("bits=3 group-size=20 symmetric=false scales=f16", 3, 3e-4),
    ("bits=4 group-size=0 include=.", 4, 3e-4),
    ("init=codes", 3, 3e-4),
]
CODES = "compress-quantize-gptq{bits=3 form=levels}"  # what `init=codes` begins with


def loss(path, windows, truth):
    """KL to the model as it was, in nats a row; the last row of a window predicts nothing."""
    oracle = Oracle(path)
    oracle.session = runtime(path)  # which reads activations as they are
    logits = oracle.logits(windows)
    return divergence(truth[:, :-1], logits[:, :-1])


def said(ledger, key):
    """A number of the remark on the training as a whole."""
    found = [entry[key] for entry in json.loads(ledger.read_text())["records"] if key in entry]
    return float(found[0])


def problems(at):
    train, held, words = at / "train.tokens", at / "held.tokens", (STORIES / "sample.txt").read_text()
    middle = words.rindex("\n", 0, len(words) * 4 // 5)
    for path, part in ((train, words[:middle]), (held, words[middle:])):
        path.with_suffix(".txt").write_text(part)
        run("retort", "tokenize", f"--tokenizer={STORIES / 'tokenizer.json'}", f"--text={path.with_suffix('.txt')}", "-o", path)
    statistics = at / "statistics"
    run("retort", "calibrate", MODEL, f"--tokenizer={STORIES / 'tokenizer.json'}", f"--text={at / 'train.txt'}", f"--context={LENGTH}", "--windows=32",
        "--statistics=gram", "--sensitivity=0", "-o", statistics)
    windows = read_tokens(held).ids.ravel()[: LENGTH * WINDOWS].reshape(WINDOWS, LENGTH)
    truth = Oracle(MODEL).logits(windows)
    for options, bits, rate in FORMS:
        written, ledger = at / "model.onnx", at / "ledger.json"
        words = f"data={train} held-out={held} steps=16 batch=4 context={LENGTH} evaluate-every=4 learning-rate={rate}"
        passes = [CODES] * (options == "init=codes") + [f"compress-quantize-aware{{{options} {words}}}"]
        run("retort", "compile", MODEL, "--emit=onnx", f"--compress={','.join(passes)}", f"--ledger={ledger}", "-o", written,
            *([f"--calibration={statistics}"] if "init" in options else []))
        graph = onnx.load(written).graph
        coded = [tensor for tensor in graph.initializer if tensor.name.endswith(("_quantized", "_codes"))]
        most = max(len(np.unique(numpy_helper.to_array(tensor).astype(int))) for tensor in coded)
        if len(coded) < 10 or most > 2**bits:
            yield f"{options}: {len(coded)} matrices of up to {most} codes"
        before, after, found = said(ledger, "held_out_before"), said(ledger, "held_out_after"), loss(written, windows, truth)
        print(f"{options}: {before:.5f} to {after:.5f}, ONNX Runtime {found:.5f}")
        if not after < before:
            yield f"{options}: training brings {before} to {after}"
        if not abs(found - after) <= 1e-4 * max(1, after):
            yield f"{options}: the student's loss is {after}, that of the written model {found}"


with tempfile.TemporaryDirectory() as folder:
    found = list(problems(pathlib.Path(folder)))
print("\n".join(found))
sys.exit(bool(found))
