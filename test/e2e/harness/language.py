# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a language model should say and score, by ONNX Runtime and NumPy."""

import json
import math
import sys

import numpy as np
import onnxruntime

from harness import run


def check(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: {found}, not {wanted}")
    print(f"{what}: as expected")


class Oracle:
    """A graph with or without cache inputs."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # more would wait for each other, where tests run beside one another
        self.session = onnxruntime.InferenceSession(str(path), options)
        self.slots = [i.name for i in self.session.get_inputs() if "past" in i.name]

    def feed(self, ids, past, caches):
        """Inputs for rows of ids that follow `past` others."""
        ids = np.array(ids, np.int64)
        values = {}
        for i in self.session.get_inputs():
            if i.name == "input_ids":
                values[i.name] = ids
            elif i.name == "attention_mask":
                values[i.name] = np.ones((len(ids), past + ids.shape[1]), np.int64)
            elif i.name == "position_ids":
                values[i.name] = np.tile(np.arange(past, past + ids.shape[1]), (len(ids), 1))
            else:
                values[i.name] = caches.get(i.name, np.zeros((len(ids), i.shape[1], 0, i.shape[3]), np.float32))
        return values

    def logits(self, ids):
        return self.session.run(None, self.feed(ids, 0, {}))[0]

    def greedy(self, ids, count, stops):
        """New tokens, and how close the two most probable ever were."""
        new, past, caches, closest = [], 0, {}, math.inf
        while len(new) < count:
            outputs = self.session.run(None, self.feed([(ids + new)[past:]], past, caches))
            if self.slots:
                past, caches = len(ids + new), dict(zip(self.slots, outputs[1:]))
            row = outputs[0][0, -1]
            second, first = np.sort(row)[-2:]
            closest = min(closest, first - second)
            if (token := int(row.argmax())) in stops:
                break
            new.append(token)
        return new, closest


def check_greedy(model, oracle, tokenizer, pieces, prompt, count):
    """`retort generate` says what the oracle says, as JSON and as text."""
    start = [pieces.bos_id()] + pieces.encode(prompt)
    wanted, closest = oracle.greedy(start, count, (pieces.bos_id(), pieces.eos_id()))
    words = ["generate", model, f"--tokenizer={tokenizer}", f"--prompt={prompt}", f"--tokens={count}"]
    found = json.loads(run("retort", *words, "--json"))
    check(found["prompt_tokens"], start, "prompt")
    check(found["text"], pieces.decode(start + found["tokens"]), "text")
    if closest > 1e-3:  # else rounding may choose
        check(found["tokens"], wanted, f"{len(wanted)} greedy tokens after '{prompt}'")
    check(run("retort", *words).rstrip("\n"), found["text"].rstrip("\n"), "what is streamed")


def windows(text, pieces, length):
    """Documents as BOS and their tokens, joined and cut; the rest is dropped."""
    ids = []
    for document in text.split("<|endoftext|>"):
        ids += [pieces.bos_id()] + pieces.encode(document.strip())
    return np.array(ids[:len(ids) // length * length], np.int64).reshape(-1, length)


def log_softmax(x):
    x = x.astype(np.float64)
    x -= x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def check_scores(model, oracle, tokenizer, pieces, text, length, count):
    """`retort eval` finds the negative log likelihood that the oracle's logits give."""
    ids = windows(text.read_text(), pieces, length)[:count]
    scores = np.take_along_axis(log_softmax(oracle.logits(ids)[:, :-1]), ids[:, 1:, None], -1)
    found = json.loads(run("retort", "eval", model, f"--tokenizer={tokenizer}", f"--text={text}", f"--context={length}", f"--windows={count}", "--json"))
    check(found["tokens"], ids[:, 1:].size, "tokens scored")
    for key, wanted in (("mean_nll", -scores.mean()), ("perplexity", math.exp(-scores.mean()))):
        check(abs(found[key] / wanted - 1) < 1e-4, True, f"{key} {found[key]:.5f} for {wanted:.5f}")
    spoken = sum(len(pieces.decode(row[1:].tolist()).encode()) for row in ids)
    wanted = -scores.sum() / math.log(2) / spoken  # the decoder joins documents without a space
    check(abs(found["bits_per_byte"] / wanted - 1) < 0.02, True, f"bits per byte {found['bits_per_byte']:.4f} for {wanted:.4f}")
