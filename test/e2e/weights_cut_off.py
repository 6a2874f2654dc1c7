#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights that are cut off while a model reads them end the command with a message, not with a signal."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

RETORT = pathlib.Path(os.environ["RETORT_BUILD"], "bin", "retort")
STORIES = pathlib.Path(os.environ["RETORT_SOURCE"], "examples", "stories")


def main():
    with tempfile.TemporaryDirectory() as folder:
        library, text = pathlib.Path(folder, "m.so"), pathlib.Path(folder, "text")
        subprocess.run([RETORT, "compile", STORIES / "stories.onnx", "-o", library], check=True)
        text.write_text("\n<|endoftext|>\n".join([(STORIES / "sample.txt").read_text()] * 40))
        child = subprocess.Popen([RETORT, "eval", library, f"--tokenizer={STORIES / 'tokenizer.json'}", f"--text={text}", "--progress=plain"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in child.stderr:  # windows are read from here on
            if "evaluate" in line:
                break
        time.sleep(0.3)
        os.truncate(library.with_suffix(".weights"), 4096)
        said = child.stderr.read().splitlines()
        code = child.wait()
    errors = [line for line in said if line.startswith("error: ")]
    if code != 1 or errors != ["error: a file was cut off while it was read"]:
        return f"exit {code}, {said[-3:]}"
    return ""


problem = main()
print(problem or "ended with a message")
sys.exit(bool(problem))
