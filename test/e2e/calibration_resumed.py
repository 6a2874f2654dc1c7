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

from harness import SOURCE, run, tool

STORIES = SOURCE / "examples" / "stories"
WORDS = [STORIES / "stories.onnx", f"--tokenizer={STORIES / 'tokenizer.json'}", f"--text={STORIES / 'sample.txt'}", "--context=64",
         "--windows=40", "--sensitivity=2"]


def interrupt(output, phase, percent):
    """Ends the command once it shows so much of a phase: (exit code, stderr); it may be too quick for it, then the code is 0."""
    child = subprocess.Popen([tool("retort"), "calibrate", *WORDS, "--progress=plain", "-o", output], stderr=subprocess.PIPE, text=True)
    said = ""
    for line in child.stderr:
        said += line
        shown = re.match(rf"progress: {phase} .* (\d+) %", line)
        if shown and int(shown[1]) >= percent:
            child.send_signal(signal.SIGINT)
            break
    said += child.stderr.read()
    return child.wait(), said


def problems(folder):
    whole, resumed, part = folder / "whole", folder / "resumed", folder / "resumed.part"
    run("retort", "calibrate", *WORDS, "-o", whole)
    for phase, percent in (("calibrate", 30), ("sensitivity", 30)):
        code, said = interrupt(resumed, phase, percent)
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
        first = subprocess.run([tool("retort"), "calibrate", *WORDS, "--progress=plain", "-o", resumed], stderr=subprocess.PIPE, text=True)
        if first.returncode or resumed.read_bytes() != whole.read_bytes():
            yield f"{phase}: the resumed file differs: {first.stderr}"
        if part.exists():
            yield f"{phase}: the part is still there"
        again = [int(p) for p in re.findall(rf"progress: {phase} .* (\d+) %", first.stderr)]
        if [p for p in again if 0 < p < 20]:
            yield f"{phase}: began anew: {first.stderr}"
        for bad in (kept[:-8], b"RETORTP2\nx\n3\n[]\n"):
            part.write_bytes(bad)
            run("retort", "calibrate", *WORDS, "-o", resumed)
            if resumed.read_bytes() != whole.read_bytes():
                yield f"{phase}: a part of {len(bad)} bytes changed the result"
        resumed.unlink()
        part.write_bytes(kept)
        run("retort", "calibrate", *WORDS[:-1], "--sensitivity=1", "-o", resumed)
        run("retort", "calibrate", *WORDS[:-1], "--sensitivity=1", "-o", whole.with_suffix(".other"))
        if resumed.read_bytes() != whole.with_suffix(".other").read_bytes():
            yield f"{phase}: another command took the part"
        resumed.unlink()


with tempfile.TemporaryDirectory() as scratch:
    found = list(problems(pathlib.Path(scratch)))
print("\n".join(found) if found else "what was interrupted goes on to the same statistics")
sys.exit(len(found) > 0)
