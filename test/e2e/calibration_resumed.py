#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A calibration that a user ends leaves STATISTICS.part, from which the same command goes on to the same file; another one
begins anew."""
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import numpy as np
from harness import run, skip, tool
from harness.interrupted import ended

try:
    import onnx
    from harness import tiny
except ImportError as missing:
    skip(f"{missing.name} is not installed")


def problems(folder):
    tiny.WIDTH, tiny.SIZE = 64, 32
    onnx.save(tiny.model(layers=1), folder / "tiny.onnx")
    np.save(folder / "ids.npy", np.random.default_rng(4).integers(0, tiny.WORDS, (20, 32)))
    words = [folder / "tiny.onnx", f"--tokens={folder / 'ids.npy'}", "--progress=plain", "--sensitivity=2"]
    whole, resumed, part = folder / "whole", folder / "resumed", folder / "resumed.part"
    run("retort", "calibrate", *words, "-o", whole)
    for phase in ("calibrate", "sensitivity"):
        # A line for each tenth: at the fourth, 30 percent are done.
        code, said = ended(folder, signal.SIGINT, "calibrate", *words, "-o", resumed, line=f"progress: {phase}", count=4)
        if code == 0:
            yield f"{phase}: was not interrupted: {said}"
            return
        if code != 1 or "interrupted: " not in said or "has what is done, and the same command goes on from there" not in said:
            yield f"{phase}: exit {code}: {said}"
        if resumed.exists() or not part.exists():
            yield f"{phase}: left {sorted(path.name for path in folder.iterdir())}"
            return
        # What was left is kept by another command, and goes on to the same bytes.
        kept = part.read_bytes()
        first = subprocess.run([tool("retort"), "calibrate", *words, "-o", resumed], stderr=subprocess.PIPE, text=True)
        if first.returncode or resumed.read_bytes() != whole.read_bytes():
            yield f"{phase}: the resumed file differs: {first.stderr}"
        if part.exists():
            yield f"{phase}: the part is still there"
        again = [int(p) for p in re.findall(rf"progress: {phase} .* (\d+) %", first.stderr)]
        if [p for p in again if 0 < p < 20]:
            yield f"{phase}: began anew: {first.stderr}"
        part.write_bytes(kept[:-8] if phase == "calibrate" else b"RETORTP2\nx\n3\n[]\n")
        run("retort", "calibrate", *words, "-o", resumed)
        if resumed.read_bytes() != whole.read_bytes():
            yield f"{phase}: a damaged part changed the result"
        resumed.unlink()
        if phase == "calibrate":
            continue
        part.write_bytes(kept)
        run("retort", "calibrate", *words[:-1], "--sensitivity=1", "-o", resumed)
        run("retort", "calibrate", *words[:-1], "--sensitivity=1", "-o", whole.with_suffix(".other"))
        if resumed.read_bytes() != whole.with_suffix(".other").read_bytes():
            yield f"{phase}: another command took the part"


with tempfile.TemporaryDirectory() as scratch:
    found = list(problems(pathlib.Path(scratch)))
print("\n".join(found) if found else "what was interrupted goes on to the same statistics")
sys.exit(len(found) > 0)
