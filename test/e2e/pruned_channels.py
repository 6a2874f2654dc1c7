# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model without a quarter of the channels of its MLPs is smaller, speaks, and is the same natively and in ONNX Runtime."""

import pathlib
import tempfile

import numpy as np
from harness import SOURCE, run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL, TOKENIZER, TEXT = (STORIES / name for name in ("stories.onnx", "tokenizer.json", "sample.txt"))

with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    run("retort", "calibrate", MODEL, f"--tokenizer={TOKENIZER}", f"--text={TEXT}", "--context=64", "--windows=16", "-o",
        work / "statistics")
    extra = [f"--calibration={work}/statistics", "--compress=compress-prune-structured"]
    small = work / "small.onnx"
    run("retort", "compile", MODEL, "--emit=onnx", "-o", small, *extra)
    assert small.stat().st_size < 0.9 * MODEL.stat().st_size, small.stat().st_size
    onnx.checker.check_model(str(small))
    session = onnxruntime.InferenceSession(str(small))
    ids = np.random.default_rng(1).integers(3, 400, (1, 24), dtype=np.int64)
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    theirs = session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()})[0]
    for k, each in enumerate(session.get_inputs()):
        (work / f"input_{k}.pb").write_bytes(numpy_helper.from_array(feeds[each.name]).SerializeToString())
    run("retort", "run", MODEL, f"--inputs={work}", f"--outputs={work}", *extra)
    ours = numpy_helper.to_array(onnx.TensorProto.FromString((work / "output_0.pb").read_bytes()))
    off = np.abs(ours - theirs).max() / np.abs(theirs).max()
    assert off < 1e-3, f"native code and ONNX Runtime are {off:.1e} apart"
    text = run("retort", "generate", MODEL, f"--tokenizer={TOKENIZER}", "--prompt=Once upon a time", "--tokens=20", *extra)
    assert len(text) > len("Once upon a time") + 20, text
    print(f"{off:.1e} apart: {text!r}")
