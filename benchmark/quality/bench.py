# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One model, one sample to fit to, one unseen text, and the divergence of what a form of the model says of it."""
import dataclasses
import json
import os
import pathlib
import struct
import subprocess

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
RETORT = pathlib.Path(os.environ.get("RETORT_BUILD", ROOT / "build")) / "bin" / "retort"


@dataclasses.dataclass
class Form:
    """bits: codes, scales and zero points for each weight of the layers' matrices; logits: windows x context x vocabulary."""
    tool: str
    name: str
    bits: float
    logits: np.ndarray


def retort(*arguments):
    ran = subprocess.run([RETORT, *map(str, arguments)], text=True, capture_output=True)
    if ran.returncode:
        raise RuntimeError(ran.stderr.strip().splitlines()[-1])
    return ran.stdout


def log_softmax(logits):
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def statistics_tokens(path):
    """The windows that a statistics file was made of (lib/Statistics/README.md): windows x context."""
    content = np.memmap(path, np.uint8, "r")
    length = struct.unpack("<Q", content[8:16].tobytes())[0]
    header = json.loads(content[16:16 + length].tobytes())
    begin = -(-(16 + length) // 64) * 64 + header["tokens"]
    shape = header["windows"], header["context"]
    return content[begin:begin + 8 * shape[0] * shape[1]].view(np.int64).reshape(shape)


class Bench:
    """Calibrates once, and scores forms on the last fifth of the text's documents."""

    def __init__(self, options, work):
        self.model, self.tokenizer, self.context, self.work = options.model, options.tokenizer, options.context, work
        documents = options.text.read_text().split("<|endoftext|>")
        cut = len(documents) * 4 // 5
        (work / "sample.txt").write_text("<|endoftext|>".join(documents[:cut]))
        (work / "unseen.txt").write_text("<|endoftext|>".join(documents[cut:]))
        self.statistics = self.calibrate("sample", options.sample)
        self.sample = statistics_tokens(self.statistics)
        self.windows = statistics_tokens(self.calibrate("unseen", options.windows, "--sensitivity=0"))
        self.inputs = [i.name for i in onnx.load(self.model, load_external_data=False).graph.input]
        self.reference = log_softmax(self.logits_of_onnx(self.model))
        retort("compile", self.model, "--compress=compress-quantize-rtn", "--emit=mlir", "-o", work / "m.mlir",
               f"--ledger={work}/ledger.json")
        records = json.loads((work / "ledger.json").read_text())["records"]
        # The matrices that methods take by default, those of the layers: name -> numbers in it.
        self.matrices = {r["weight"]: r["bytes_before"] // 4 for r in records if r["outcome"] == "passed"}

    def calibrate(self, text, windows, *more):
        path = self.work / f"{text}.statistics"
        retort("calibrate", self.model, f"--tokenizer={self.tokenizer}", f"--text={self.work}/{text}.txt",
               f"--context={self.context}", f"--windows={windows}", "-o", path, *more)
        return path

    def feed(self, windows):
        """The inputs of a graph that reads tokens, and a mask where it has one."""
        return {name: windows if "ids" in name else np.ones_like(windows) for name in self.inputs}

    def logits_of_onnx(self, path):
        """By ONNX Runtime, multiplied in f32."""
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return np.concatenate([session.run(None, self.feed(w[None]))[0] for w in self.windows])

    def bits(self, size):
        return 8 * size / sum(self.matrices.values())

    def divergence(self, logits):
        """Mean KL(model || form) in nats, perplexity, share of equal argmax, over all positions but a window's last."""
        p, q = self.reference[:, :-1], log_softmax(logits)[:, :-1]
        next_tokens = self.windows[:, 1:, None]
        return {"kl": float((np.exp(p) * (p - q)).sum(-1).mean()),
                "perplexity": float(np.exp(-np.take_along_axis(q, next_tokens, -1).mean())),
                "top1": float((p.argmax(-1) == q.argmax(-1)).mean())}
