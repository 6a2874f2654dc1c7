# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The example model speaks and is scored as ONNX Runtime and NumPy say."""

import os
import tempfile

import sentencepiece

from harness import SOURCE, run, tool
from harness.language import Oracle, check_greedy, check_scores

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL, TEXT = STORIES / "stories.onnx", STORIES / "sample.txt"
PROMPTS = ["Once upon a time", 'Tom and Sam went to the park. "Look!" said Tom,', "The café was naïve \U0001f600", "One day, a big dog"]
oracle = Oracle(MODEL)
pieces = sentencepiece.SentencePieceProcessor(model_file=str(STORIES / "tokenizer.model"))

with tempfile.TemporaryDirectory() as folder:
    compiled = os.path.join(folder, "stories.so")
    run("retort", "compile", MODEL, "-o", compiled)
    for prompt in PROMPTS:
        for tokenizer in ("tokenizer.model", "tokenizer.json"):
            check_greedy(compiled, oracle, STORIES / tokenizer, pieces, prompt, 60)
    check_scores(compiled, oracle, STORIES / "tokenizer.model", pieces, TEXT, 256, 6)
    check_scores(compiled, oracle, STORIES / "tokenizer.json", pieces, TEXT, 100, 9)
check_scores(MODEL, oracle, STORIES / "tokenizer.model", pieces, TEXT, 256, 2)
