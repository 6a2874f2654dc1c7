# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Texts longer than the trained length, token by token: caches that hold keys before they turn, and attention to sinks and a
window, natively and in ONNX, against NumPy that keeps every key and turns it anew for each token."""

import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
    import onnxruntime
except ImportError as missing:
    skip(f"{missing.name} is not installed")

from harness import steps
from harness.llama import Llama

tool("retort")
LENGTH = 24
OF = Llama(layers=2, rotary=16)
PARTIAL = Llama(rotary=8, seed=4)
IDS = np.random.default_rng(7).integers(0, 64, 60)
runtime = steps.load_runtime()


def turn(x, positions, frequencies, amplitude):
    """heads x rows x size, the first coordinates of each."""
    angles = np.outer(positions, frequencies)
    cos, sin, half = amplitude * np.cos(angles), amplitude * np.sin(angles), len(frequencies)
    a, b = x[..., :half], x[..., half:2 * half]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin, x[..., 2 * half:]], -1)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Reader:
    """Reads tokens in parts. `scaled(total)`: frequencies and amplitude of a text so long; `stream`: sinks and window."""

    def __init__(self, of, scaled=None, stream=None):
        self.of, self.scaled, self.stream = of, scaled or (lambda total: (of.frequencies(), 1.0)), stream
        self.keys, self.values, self.past = [[] for _ in range(of.layers)], [[] for _ in range(of.layers)], 0

    def weight(self, name):
        return self.of.tensors[name + ".weight"].astype(np.float64)

    def norm(self, x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6) * self.weight(name)

    def attend(self, query, layer, place):
        """One row: the query of token `place`, heads x size."""
        frequencies, amplitude = self.scaled(self.total)
        tokens = list(range(place + 1))
        if self.stream:
            sinks, window = self.stream
            tokens = [t for t in tokens if t < sinks or place - t < window]
        at = np.arange(len(tokens)) if self.stream else np.array(tokens)
        keys = turn(np.stack([self.keys[layer][t] for t in tokens], 1), at, frequencies, amplitude)
        values = np.stack([self.values[layer][t] for t in tokens], 1)
        query = turn(query[:, None], at[-1:], frequencies, amplitude)
        repeat = self.of.heads // self.of.groups
        shares = softmax(query @ np.repeat(keys, repeat, 0).swapaxes(1, 2) * self.of.size**-0.5)
        return (shares @ np.repeat(values, repeat, 0))[:, 0].reshape(-1)

    def read(self, ids):
        of = self.of
        x, self.total = self.weight("model.embed_tokens")[ids], self.past + len(ids)
        for layer in range(of.layers):
            at = f"model.layers.{layer}."
            y = self.norm(x, at + "input_layernorm")
            q, k, v = ((y @ self.weight(f"{at}self_attn.{n}_proj").T).reshape(len(ids), -1, of.size) for n in "qkv")
            self.keys[layer] += list(k)
            self.values[layer] += list(v)
            mixed = np.stack([self.attend(q[i], layer, self.past + i) for i in range(len(ids))])
            x = x + mixed @ self.weight(f"{at}self_attn.o_proj").T
            y = self.norm(x, at + "post_attention_layernorm")
            gate = y @ self.weight(f"{at}mlp.gate_proj").T
            x = x + (gate / (1 + np.exp(-gate)) * (y @ self.weight(f"{at}mlp.up_proj").T)) @ self.weight(f"{at}mlp.down_proj").T
        self.past += len(ids)
        return self.norm(x, "model.norm") @ self.weight("lm_head").T


def read(of, prompt, **kinds):
    reader = Reader(of, **kinds)
    return np.concatenate([reader.read(part) for part in [IDS[:prompt]] + [IDS[i:i + 1] for i in range(prompt, len(IDS))]])


def check(what, found, wanted, bar=1e-4):
    off = np.abs(found - wanted).max() / np.abs(wanted).max()
    if not off <= bar:
        rows = np.abs(found - wanted).max(-1) / np.abs(wanted).max()
        sys.exit(f"{what}: off by {off:.1e} of the largest logit, first in row {int((rows > bar).argmax())}")
    print(f"{what}: within {off:.1e}")


def compiled(of, form, past, words, work):
    """The library, and the session of what is exported."""
    onnx.save(of.model(form, rows=LENGTH, past=past), work / "model.onnx")
    run("retort", "compile", work / "model.onnx", "-o", work / "model.so", words, "--context=64")
    run("retort", "compile", work / "model.onnx", "--emit=onnx", "-o", work / "small.onnx", words)
    return work / "model.so", onnxruntime.InferenceSession(str(work / "small.onnx"))


def through(session, of, parts):
    """Logits of ONNX Runtime, that hands caches on."""
    caches, past, rows = {}, 0, []
    for ids in parts:
        feed = {}
        for i in session.get_inputs():
            if i.name == "input_ids":
                feed[i.name] = np.array(ids)[None]
            elif i.name == "position_ids":
                feed[i.name] = np.arange(past, past + len(ids))[None]
            elif i.name == "attention_mask":
                feed[i.name] = np.ones((1, past + len(ids)), np.int64)
            else:
                feed[i.name] = caches.get(i.name, np.zeros((1, of.groups, 0, of.size), np.float32))
        found = session.run(None, feed)
        names = [o.name.replace("present", "past_key_values") for o in session.get_outputs()]
        caches, past = dict(zip(names[1:], found[1:])), past + len(ids)
        rows.append(found[0][0])
    return np.concatenate(rows)


def check_streams():
    for of, form, shape in ((OF, "computed", (2, 8)), (PARTIAL, "tables", (3, 5)), (OF, "rotary_embedding", (0, 6))):
        words = f"--compress=compress-stream-attention{{sink-tokens={shape[0]} window={shape[1]}}}"
        wanted = read(of, len(IDS), stream=shape)
        with tempfile.TemporaryDirectory() as folder:
            library, session = compiled(of, form, False, words, pathlib.Path(folder))
            states = steps.manifest_of(library)["states"]
            if any(state["shape"][2] != sum(shape) for state in states):
                sys.exit(f"states of other sizes than {sum(shape)} rows: {states}")
            for prompt in (1, 7, 33):
                check(f"stream {shape} of {form}, prompt of {prompt}", steps.logits_of_steps(runtime, library, IDS.tolist(), prompt), wanted)
            check(f"stream {shape} of {form}, in ONNX", through(session, of, [IDS]), wanted)


def dynamic_ntk(of, factor):
    def scaled(total):
        s = max(1.0, factor * total / LENGTH - (factor - 1))
        return of.frequencies() * s ** (-np.arange(of.rotary // 2) / (of.rotary // 2 - 1)), 1.0
    return scaled


def longrope(of, short, long, factor):
    def scaled(total):
        return of.frequencies() / np.array(long if total > LENGTH else short), np.sqrt(1 + np.log(factor) / np.log(LENGTH))
    return scaled


def check_dynamic():
    short, long = [1.0 + k / 16 for k in range(8)], [1.0 + k * k / 4 for k in range(8)]
    lists = f"short-factor={','.join(map(str, short))} long-factor={','.join(map(str, long))}"
    cases = [(OF, "computed", False, "method=dynamic-ntk factor=3", dynamic_ntk(OF, 3)),
             (OF, "tables", True, "method=dynamic-ntk factor=3", dynamic_ntk(OF, 3)),
             (PARTIAL, "computed", True, "method=dynamic-ntk factor=2", dynamic_ntk(PARTIAL, 2)),
             (OF, "group_query", True, f"method=longrope factor=4 {lists}", longrope(OF, short, long, 4))]
    for of, form, past, options, scaled in cases:
        words = f"--compress=compress-extend-rope{{{options} original-length={LENGTH}}}"
        with tempfile.TemporaryDirectory() as folder:
            library, session = compiled(of, form, past, words, pathlib.Path(folder))
            for prompt in (9, 40):
                wanted = read(of, prompt, scaled=scaled)
                check(f"{options.split()[0]} of {form}, prompt of {prompt}", steps.logits_of_steps(runtime, library, IDS.tolist(), prompt), wanted)
                if past:
                    parts = [IDS[:prompt]] + [IDS[i:i + 1] for i in range(prompt, len(IDS))]
                    check(f"{options.split()[0]} of {form} in ONNX, prompt of {prompt}", through(session, of, parts), wanted)


check_streams()
check_dynamic()
