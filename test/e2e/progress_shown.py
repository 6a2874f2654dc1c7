#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""On a terminal, a command that takes longer than two seconds shows its phase, a bar and the time left, and wipes them
away before the results; without a terminal, or with --progress=none, it shows nothing."""
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import time

RETORT = pathlib.Path(os.environ["RETORT_BUILD"], "bin", "retort")
STORIES = pathlib.Path(os.environ["RETORT_SOURCE"], "examples", "stories")


def evaluate(model, text, *words):
    """(seconds, what a terminal on stderr gets, stdout, exit code)"""
    ours, theirs = pty.openpty()
    began = time.time()
    child = subprocess.Popen([RETORT, "eval", model, f"--tokenizer={STORIES / 'tokenizer.json'}", f"--text={text}", "--threads=1", *words],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    printed = child.stdout.read()
    return time.time() - began, shown.decode(), printed.decode(), child.wait()


def main():
    with tempfile.TemporaryDirectory() as folder:
        text, model = pathlib.Path(folder, "text"), pathlib.Path(folder, "stories.so")
        subprocess.run([RETORT, "compile", STORIES / "stories.onnx", "-o", model], check=True)
        sample = (STORIES / "sample.txt").read_text()
        times = 2
        while True:  # until the machine is busy for long enough; waiting for a core shows no bar
            text.write_text("\n<|endoftext|>\n".join([sample] * times))
            seconds, shown, printed, code = evaluate(model, text)
            bars = re.findall(r"\r(\w+) +\[(#*) *\] +(\d+) %  (?:(\d+) s left)?", shown)
            if code or any(left for *_, left in bars) or seconds > 30:
                break
            times *= 2
        if code or "perplexity" not in printed:
            return f"exit {code}: {shown}"
        if not bars or bars[-1][0] != "evaluate" or not any(left for *_, left in bars):
            return f"{seconds:.1f} s, and no bar: {shown!r}"
        if not all(0 <= int(percent) <= 100 for _, _, percent, _ in bars) or not shown.endswith("\r\x1b[K"):
            return f"the last thing shown is not wiped away: {shown[-80:]!r}"
        quiet = evaluate(model, text, "--progress=none", "--windows=4")
        return f"--progress=none shows {quiet[1]!r}" if quiet[1] else ""


problem = main()
print(problem or "shown, and wiped away")
sys.exit(bool(problem))
