# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One trained model by several exporters, with and without caches: the same greedy text as ONNX Runtime, and the same
perplexity."""

import os
import tempfile

import sentencepiece

from harness import data, run, tool
from harness.language import Oracle, check_greedy, check_scores

tool("retort")
EXPORTS, TOKENIZER = data("onnx-exports"), data("llama2c", "tok512.model")
pieces = sentencepiece.SentencePieceProcessor(model_file=str(TOKENIZER))

with tempfile.TemporaryDirectory() as folder:
    compiled = os.path.join(folder, "model.so")
    for name in ("dynamo18", "torchscript17", "dynamo18_mask_external", "dynamo18_past", "optimum_past"):
        model = EXPORTS / f"stories260k_{name}" / "model.onnx"
        print(model.parent.name, flush=True)
        run("retort", "compile", model, "-o", compiled)
        oracle = Oracle(model)
        check_greedy(compiled, oracle, TOKENIZER, pieces, "Once upon a time", 200)
        check_scores(compiled, oracle, TOKENIZER, pieces, data("text", "tinystories_sample.txt"), 128, 4)
