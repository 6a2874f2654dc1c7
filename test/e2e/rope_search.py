# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compress-extend-rope{method=search} takes what predicts a text best: the same that `eval` finds for each method alone."""

import json
import pathlib
import sys
import tempfile

from harness import SOURCE, run, tool

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL, TOKENIZER, TEXT = STORIES / "stories.onnx", STORIES / "tokenizer.model", STORIES / "sample.txt"
WINDOWS = 4


def perplexity(passes):
    """Of the windows that are chosen by."""
    words = [f"--tokenizer={TOKENIZER}", f"--text={TEXT}", "--context=512", f"--windows={WINDOWS // 2}", "--json"]
    return json.loads(run("retort", "eval", MODEL, *words, f"--compress={passes}"))["perplexity"]


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    run("retort", "tokenize", f"--tokenizer={TOKENIZER}", f"--text={TEXT}", "-o", work / "text.tokens")
    options = f"factor=2 original-length=256 methods=pi,yarn data={work}/text.tokens windows={WINDOWS}"
    ledger = work / "ledger.json"
    run("retort", "compile", MODEL, "--emit=onnx", "-o", work / "searched.onnx", f"--compress=compress-extend-rope{{method=search {options}}}", f"--ledger={ledger}")
    chosen = {(entry["method"], entry["factor"]) for entry in json.loads(ledger.read_text())["records"] if entry["outcome"] == "passed"}
    if len(chosen) != 1 or min(chosen)[0] != "yarn":
        sys.exit(f"chose {chosen}")
    (_, chosen), = chosen
    alone = {factor: perplexity(f"compress-extend-rope{{method=yarn factor={factor} original-length=256}}") for factor in (2, 2.5)}
    if alone[chosen] > min(alone.values()):
        sys.exit(f"chose the factor {chosen}, of {alone}")
    run("retort", "compile", MODEL, "--emit=onnx", "-o", work / "direct.onnx", f"--compress=compress-extend-rope{{method=yarn factor={chosen} original-length=256}}")
    if (work / "direct.onnx").read_bytes() != (work / "searched.onnx").read_bytes():
        sys.exit("the model that was chosen differs from that of the method alone")
print(f"yarn with factor {chosen}")
