# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model without a quarter of the channels of its MLPs is smaller, speaks, and is the same natively and in ONNX Runtime."""

import pathlib
import tempfile

from harness import run, skip, tool

try:
    import onnx
    from harness.fitted import MODEL, TOKENIZER, calibrate_stories, check_export
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")

with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    calibrate_stories(work / "statistics")
    extra = [f"--calibration={work}/statistics", "--compress=compress-prune-structured"]
    off = check_export(work, *extra)
    small = work / "small.onnx"
    assert small.stat().st_size < 0.9 * MODEL.stat().st_size, small.stat().st_size
    onnx.checker.check_model(str(small))
    text = run("retort", "generate", MODEL, f"--tokenizer={TOKENIZER}", "--prompt=Once upon a time", "--tokens=20", *extra)
    assert len(text) > len("Once upon a time") + 20, text
    print(f"{off:.1e} apart: {text!r}")
