# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Statistics of a sample as NumPy reads them, the example model, and whether what a method makes of it is the same natively and
in ONNX Runtime."""

import functools
import json
import struct

import numpy as np
import onnxruntime
from onnx import TensorProto, numpy_helper

from harness import SOURCE, run
from harness.language import log_softmax
from harness.tokens import read_tokens

STORIES = SOURCE / "examples" / "stories"
MODEL, TOKENIZER, TEXT = (STORIES / name for name in ("stories.onnx", "tokenizer.json", "sample.txt"))


class Statistics:
    def __init__(self, path):
        content = path.read_bytes()
        assert content[:8] == b"RETORTC1", content[:8]
        (length,) = struct.unpack("<Q", content[8:16])
        self.text = json.loads(content[16 : 16 + length])
        self.numbers = content[(16 + length + 63) // 64 * 64 :]

    def array(self, offset, count, type=np.float32):
        return np.frombuffer(self.numbers, type, count, offset)

    def windows(self):
        count, length = self.text["windows"], self.text["context"]
        return self.array(self.text["tokens"], count * length, np.int64).reshape(count, length)

    def gram(self, record, part):
        size = record["inputs"]
        lower = np.zeros((size, size))
        lower[np.tril_indices(size)] = self.array(record[part]["gram"], size * (size + 1) // 2)
        return lower + np.tril(lower, -1).T


def calibrate(model, output, *extra):
    """Without sensitivities, which take long and few methods read."""
    run("retort", "calibrate", model, "--sensitivity=0", "-o", output, *extra)


def calibrate_stories(output, *extra, text=TEXT, context=64, windows=16):
    calibrate(MODEL, output, f"--tokenizer={TOKENIZER}", f"--text={text}", f"--context={context}", f"--windows={windows}", *extra)


def write_halves(folder):
    """Half of the stories to fit to, half to score on."""
    stories = TEXT.read_text().split("<|endoftext|>")
    half = len(stories) // 2
    (folder / "sample.txt").write_text("<|endoftext|>".join(stories[:half]))
    (folder / "unseen.txt").write_text("<|endoftext|>".join(stories[half:]))


def logits(path, windows):
    session = runtime(path)
    return session.run(None, feeds_of(session, windows))[0]


@functools.cache
def unseen(folder):
    """Windows of the half that was not fitted to, and what the example model says of them."""
    run("retort", "tokenize", f"--tokenizer={TOKENIZER}", f"--text={folder}/unseen.txt", "-o", folder / "unseen.tokens")
    windows = read_tokens(folder / "unseen.tokens").ids.ravel()[: 12 * 64].reshape(12, 64)
    return windows, logits(MODEL, windows)


def unseen_divergence(folder, model, *extra):
    """KL to the example model in nats a token, on text of the half that was not fitted to: that of the model as it is, or of
    what the flags make of it. ONNX Runtime computes it, which needs no code generation; tests compare native code with it."""
    windows, reference = unseen(folder)
    if extra:
        run("retort", "compile", model, "--emit=onnx", "-o", folder / "scored.onnx", *extra)
        model = folder / "scored.onnx"
    return divergence(reference[:, :-1], logits(model, windows)[:, :-1])


def divergence(reference, found):
    """KL(reference, found) of logits, in nats a row."""
    p, q = log_softmax(reference), log_softmax(found)
    return (np.exp(p) * (p - q)).sum(-1).mean()


def runtime(path):
    """ONNX Runtime, which multiplies codes by f32."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # more would wait for each other, where tests run beside one another
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    return onnxruntime.InferenceSession(str(path), options)


def write_inputs(folder, session, feeds):
    """As `retort run` reads them."""
    folder.mkdir(exist_ok=True)
    for k, each in enumerate(session.get_inputs()):
        (folder / f"input_{k}.pb").write_bytes(numpy_helper.from_array(feeds[each.name]).SerializeToString())


def feeds_of(session, ids):
    """Those of the inputs that a graph has."""
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    return {each.name: feeds[each.name] for each in session.get_inputs()}


def native_output(model, folder, *extra):
    run("retort", "run", model, f"--inputs={folder}", f"--outputs={folder}", *extra)
    return numpy_helper.to_array(TensorProto.FromString((folder / "output_0.pb").read_bytes()))


def check_export(work, *extra, model=MODEL):
    """Compresses the example model, or another form of it, into `work/small.onnx`; returns how far native code is from ONNX
    Runtime."""
    small = work / "small.onnx"
    run("retort", "compile", model, "--emit=onnx", "-o", small, *extra)
    session = runtime(small)
    ids = np.random.default_rng(1).integers(3, 400, (1, 24), dtype=np.int64)
    feeds = feeds_of(session, ids)
    theirs = session.run(None, feeds)[0]
    write_inputs(work / "inputs", session, feeds)
    ours = native_output(model, work / "inputs", *extra)
    off = np.abs(ours - theirs).max() / np.abs(theirs).max()
    assert off < 1e-3, f"{extra}: native code and ONNX Runtime are {off:.1e} apart"
    return off
