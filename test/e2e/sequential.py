# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights that are fitted one block after the other: the divergence that the replay reports is the one that ONNX Runtime computes of
the exported file, natively and in ONNX the model is the same, and on other text it is no worse than what was fitted at once."""

import json
import pathlib
import struct
import sys
import tempfile

import numpy as np
from harness import SOURCE, run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL, TOKENIZER, TEXT = (STORIES / name for name in ("stories.onnx", "tokenizer.json", "sample.txt"))
MEASURED = 4  # windows that the replay compares logits on


def held_windows(path):
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[8:16])
    text = json.loads(content[16 : 16 + length])
    count, context, begin = text["windows"], text["context"], (16 + length + 63) // 64 * 64 + text["tokens"]
    windows = np.frombuffer(content, np.int64, count * context, begin).reshape(count, context)
    return windows[count - count // 8 :][:MEASURED]


def logits(path, windows):
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    session = onnxruntime.InferenceSession(str(path), options)
    feeds = {"input_ids": windows, "attention_mask": np.ones_like(windows)}
    return session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()})[0].astype(np.float64)


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def divergence(reference, found):
    p, q = log_softmax(reference[:, :-1]), log_softmax(found[:, :-1])
    return (np.exp(p) * (p - q)).sum(-1).mean()


def native(library, work, windows):
    (work / "input_0.pb").write_bytes(numpy_helper.from_array(windows).SerializeToString())
    (work / "input_1.pb").write_bytes(numpy_helper.from_array(np.ones_like(windows)).SerializeToString())
    run("retort", "run", library, f"--inputs={work}", f"--outputs={work}")
    return numpy_helper.to_array(onnx.TensorProto.FromString((work / "output_0.pb").read_bytes())).astype(np.float64)


def unseen_divergence(work, model, *extra):
    result = run("retort", "eval", model, f"--tokenizer={TOKENIZER}", f"--text={work}/unseen.txt", "--context=64", "--windows=12",
                 f"--against={MODEL}", "--json", *extra)
    return json.loads(result)["kl_mean"]


def check(work, passes):
    """The KL that was reported, and that on other text of what is fitted at once and in order."""
    windows, sample = held_windows(work / "statistics"), f"--calibration={work}/statistics"
    ordered = [MODEL, sample, f"--compress={passes[:-1]} sequential=true}}"]
    run("retort", "compile", *ordered, "--emit=onnx", "-o", work / "small.onnx", f"--ledger={work}/ledger.json")
    (summary,) = [r for r in json.loads((work / "ledger.json").read_text())["records"] if r["outcome"] == "analysis"]
    theirs = logits(work / "small.onnx", windows)
    kl = divergence(logits(MODEL, windows), theirs)
    assert abs(kl - summary["kl_so_far"]) < 2e-3 * kl, f"{passes}: reported {summary['kl_so_far']}, ONNX Runtime computes {kl}"
    run("retort", "compile", *ordered, "-o", work / "small.so")
    off = np.abs(native(work / "small.so", work, windows) - theirs).max() / np.abs(theirs).max()
    assert off < 1e-3, f"{passes}: native code and ONNX Runtime are {off:.1e} apart"
    scores = [unseen_divergence(work, MODEL, sample, f"--compress={passes}"), unseen_divergence(work, work / "small.so")]
    print(f"{passes}: KL {scores[0]:.4f} at once, {scores[1]:.4f} in order")
    return scores


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    stories = TEXT.read_text().split("<|endoftext|>")
    half = len(stories) // 2
    (work / "sample.txt").write_text("<|endoftext|>".join(stories[:half]))
    (work / "unseen.txt").write_text("<|endoftext|>".join(stories[half:]))
    run("retort", "calibrate", MODEL, f"--tokenizer={TOKENIZER}", f"--text={work}/sample.txt", "--context=64", "--windows=32",
        "--sensitivity=0", "-o", work / "statistics")
    for passes, most in (("compress-quantize-gptq{bits=3}", 1.1), ("compress-prune-sparsegpt{n=2 m=4}", 1.0),
                         ("compress-factorize-svd{ratio=0.8}", 1.0)):
        once, ordered = check(work, passes)
        assert ordered < most * once, f"{passes}: {ordered:.4f} in order, {once:.4f} at once"
sys.exit(0)
