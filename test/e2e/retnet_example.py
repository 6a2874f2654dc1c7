# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The RetNet of examples/retnet: the file says nothing of retention, rotations or norms, and all of them are found; the graph as it is and
300 tokens of its recurrent form are what ONNX Runtime computes in the parallel one. The one that is shipped speaks as well."""

import json
import pathlib
import sys
import tempfile

import numpy as np

from harness import SOURCE, run, skip

try:
    import sentencepiece
    from harness.language import Oracle, check, check_greedy, check_scores
except ImportError as missing:
    skip(f"{missing.name} is not installed")

EXAMPLE, STORIES = SOURCE / "examples" / "retnet", SOURCE / "examples" / "stories"
sys.path.insert(0, str(EXAMPLE))
from make import RetNet  # noqa: E402
import onnx  # noqa: E402


def check_found(model, layers):
    seen = json.loads(run("retort", "inspect", model, "--json"))
    check(seen["retention"]["found"], layers, "retentions")
    check(seen["decode_step"], "derived", "decode step")


def check_graph(model, words, scratch):
    """Two texts, longer than a chunk."""
    ids = np.random.default_rng(1).integers(0, words, (2, 150))
    for side in ("in", "want"):
        (scratch / side).mkdir(exist_ok=True)
    np.save(scratch / "in" / "input_ids.npy", ids)
    np.save(scratch / "want" / "logits.npy", Oracle(model).logits(ids))
    print(run("retort", "run", model, f"--inputs={scratch}/in", f"--expect={scratch}/want", "--rtol=0", "--rtol-max=1e-4").splitlines()[0])


def check_bytes(scratch):
    """300 tokens without an end, of a model that has learned nothing."""
    model = scratch / "bytes.onnx"
    onnx.save(RetNet(width=32, layers=2, heads=2, words=256, seed=3).model(), model)
    check_found(model, 2)
    check_graph(model, 256, scratch)
    prompt = "Once upon a time"
    wanted, closest = Oracle(model).greedy(list(prompt.encode()), 300, ())
    found = json.loads(run("retort", "generate", model, "--tokenizer=bytes", f"--prompt={prompt}", "--tokens=300", "--context=512", "--json"))
    check(closest > 1e-5, True, f"no two tokens as likely, {closest:.1e}")
    check(found["tokens"], wanted, "300 tokens")


def check_shipped(model, scratch):
    check_found(model, 3)
    check_graph(model, 2048, scratch)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(STORIES / "tokenizer.model"))
    compiled = scratch / "retnet.so"
    run("retort", "compile", model, "-o", compiled)
    check_greedy(compiled, Oracle(model), STORIES / "tokenizer.model", pieces, "Once upon a time", 60)
    check_scores(compiled, Oracle(model), STORIES / "tokenizer.model", pieces, STORIES / "sample.txt", 256, 4)


with tempfile.TemporaryDirectory() as name:
    check_bytes(pathlib.Path(name))
    if (EXAMPLE / "retnet.onnx").exists():
        check_shipped(EXAMPLE / "retnet.onnx", pathlib.Path(name))
