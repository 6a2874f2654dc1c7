#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compression that a user ends leaves OUT.part with the weights that are done and nothing else; the same command goes on from
there to the same bytes, and one with other options begins anew."""

import pathlib
import signal
import sys
import tempfile

from harness import run, skip
from harness.interrupted import ended

try:
    from harness.fitted import MODEL, calibrate_stories
except ImportError as missing:
    skip(f"{missing.name} is not installed")

METHODS = {"compress-quantize-gptq": "bits=4", "compress-prune-sparsegpt": "n=2 m=4"}


def words(work, output, method, options):
    return ["compile", MODEL, f"--calibration={work}/statistics", f"--compress={method}{{{options}}}", "--emit=onnx", "--progress=none", "-o", output]


def problems(work):
    for method, options in METHODS.items():
        whole, resumed = work / f"{method}.onnx", work / f"{method}.resumed.onnx"
        part = pathlib.Path(f"{resumed}.part")
        run("retort", *words(work, whole, method, options))
        if pathlib.Path(f"{whole}.part").exists():
            yield f"{method}: a part is left of what was finished"
        command = words(work, resumed, method, options)
        code, _ = ended(work, signal.SIGINT, *command, file=part, size=60_000)
        if code == 0:
            yield f"{method}: was too quick to be interrupted"
            continue
        left = sorted(path.name for path in work.glob(f"{method}.resumed*"))
        if left != [part.name]:
            yield f"{method}: left {left}"
            continue
        kept = part.read_bytes()
        for content, what in ((kept, "whole"), (kept[:-5], "cut off"), (kept[:8] + kept[9:], "of other bytes")):
            part.write_bytes(content)
            run("retort", *command)
            if resumed.read_bytes() != whole.read_bytes():
                yield f"{method}: a part that is {what} leads to another model"
            if part.exists():
                yield f"{method}: the part is still there"
        part.write_bytes(kept)
        run("retort", *words(work, resumed, method, options + " damping=0.5"))
        run("retort", *words(work, whole, method, options + " damping=0.5"))
        if resumed.read_bytes() != whole.read_bytes():
            yield f"{method}: other options took the part"
        part.write_bytes(b"somebody's")
        run("retort", *command)
        if part.read_bytes() != b"somebody's":
            yield f"{method}: a file of somebody else is changed"
        part.unlink()


with tempfile.TemporaryDirectory() as scratch:
    calibrate_stories(pathlib.Path(scratch) / "statistics", "--statistics=gram")
    found = list(problems(pathlib.Path(scratch)))
print("\n".join(found) if found else "what was interrupted goes on to the same model")
sys.exit(len(found) > 0)
