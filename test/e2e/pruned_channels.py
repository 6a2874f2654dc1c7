# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model without a quarter of the channels of its MLPs, without heads, or without a layer is smaller, speaks, and is the same
natively and in ONNX Runtime; codes may follow, fitted to what is left."""

import json
import pathlib
import tempfile

from harness import run, skip, tool

try:
    import numpy as np
    import onnx
    from harness.fitted import MODEL, TOKENIZER, calibrate_stories, check_export, runtime
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")


def greedy(session, ids, count):
    """What ONNX Runtime continues with, and how close the two most probable tokens ever were."""
    new, closest = [], np.inf
    for _ in range(count):
        tokens = np.array([ids + new], np.int64)
        feeds = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        row = session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()})[0][0, -1]
        second, first = np.sort(row)[-2:]
        closest = min(closest, first - second)
        new.append(int(row.argmax()))
    return new, closest


def check(work, passes, share, tolerance=1e-4, both=False):
    """The file speaks as ONNX Runtime does, and where `both`, so does what is compressed on the way to native code."""
    extra = [f"--calibration={work}/statistics", f"--compress={passes}"]
    small = work / "small.onnx"
    off = check_export(work, *extra)
    assert off < tolerance, f"{passes}: native code and ONNX Runtime are {off:.1e} apart"
    assert small.stat().st_size < share * MODEL.stat().st_size, f"{passes}: {small.stat().st_size} bytes"
    onnx.checker.check_model(str(small))
    session = runtime(small)
    words = [f"--tokenizer={TOKENIZER}", "--prompt=Once upon a time", "--tokens=12", "--json"]
    spoken = [json.loads(run("retort", "generate", *source, *words)) for source in [[small]] + both * [[MODEL, *extra]]]
    wanted, closest = greedy(session, spoken[0]["prompt_tokens"], len(spoken[0]["tokens"]))
    if closest > 1e-3:  # else rounding may choose
        assert all(each["tokens"] == wanted for each in spoken), (passes, spoken, wanted)
    assert json.loads(run("retort", "inspect", small, "--json"))["decode_step"] == "derived"
    print(f"{passes}: {small.stat().st_size} of {MODEL.stat().st_size} bytes, {off:.1e} apart: {spoken[0]['text']!r}")


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    calibrate_stories(work / "statistics", "--statistics=gram")
    check(work, "compress-prune-structured", 0.9)
    check(work, "compress-prune-structured{what=all ratio=0.25},compress-quantize-gptq{bits=4}", 0.6, 1e-3, both=True)
    check(work, "compress-prune-structured{what=heads ratio=0.5}", 0.95)
    check(work, "compress-drop-layers{count=1}", 0.9)
