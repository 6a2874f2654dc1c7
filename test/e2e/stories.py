"""The example model speaks and is scored as ONNX Runtime and NumPy say."""

import json
import math
import os
import sys
import tempfile

import numpy as np
import onnxruntime
import sentencepiece

from harness import SOURCE, run, tool

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL, BOS, EOS = STORIES / "stories.onnx", 1, 2
PROMPTS = ["Once upon a time", "Tom and Sam went to the park. \"Look!\" said Tom,", "The café was naïve \U0001f600", "One day, a big dog"]
session = onnxruntime.InferenceSession(str(MODEL))
pieces = sentencepiece.SentencePieceProcessor(model_file=str(STORIES / "tokenizer.model"))


def check(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: {found}, not {wanted}")
    print(f"{what}: as expected")


def logits(ids):
    ids = np.array(ids, np.int64)
    return session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]


def greedy(ids, count):
    """New tokens, and how close the two most probable ever were."""
    new, closest = [], math.inf
    while len(new) < count:
        row = logits([ids + new])[0, -1]
        second, first = np.sort(row)[-2:]
        closest = min(closest, first - second)
        if (token := int(row.argmax())) in (BOS, EOS):
            break
        new.append(token)
    return new, closest


def speaks(model):
    for prompt in PROMPTS:
        start = [BOS] + pieces.encode(prompt)
        wanted, closest = greedy(start, 60)
        for tokenizer in ("tokenizer.model", "tokenizer.json"):
            words = ["generate", model, f"--tokenizer={STORIES / tokenizer}", f"--prompt={prompt}", "--tokens=60"]
            found = json.loads(run("retort", *words, "--json"))
            check(found["prompt_tokens"], start, f"prompt by {tokenizer}")
            check(found["text"], pieces.decode(start + found["tokens"]), "text")
            if closest > 1e-3:  # else rounding may choose
                check(found["tokens"], wanted, f"{len(wanted)} greedy tokens")
            check(run("retort", *words).rstrip("\n"), found["text"].rstrip("\n"), "what is streamed")


def windows(text, length):
    ids = []
    for document in text.split("<|endoftext|>"):
        ids += [BOS] + pieces.encode(document.strip())
    return np.array(ids[:len(ids) // length * length], np.int64).reshape(-1, length)


def log_softmax(x):
    x = x.astype(np.float64)
    x -= x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def is_scored(model, length, count):
    text = (STORIES / "sample.txt").read_text()
    ids = windows(text, length)[:count]
    scores = np.take_along_axis(log_softmax(logits(ids)[:, :-1]), ids[:, 1:, None], -1)
    found = json.loads(run("retort", "eval", model, f"--tokenizer={STORIES / 'tokenizer.model'}", f"--text={STORIES / 'sample.txt'}", f"--context={length}", f"--windows={count}", "--json"))
    check(found["tokens"], ids[:, 1:].size, "tokens scored")
    for key, wanted in (("mean_nll", -scores.mean()), ("perplexity", math.exp(-scores.mean()))):
        check(abs(found[key] / wanted - 1) < 1e-4, True, f"{key} {found[key]:.5f} for {wanted:.5f}")
    spoken = sum(len(pieces.decode(row[1:].tolist()).encode()) for row in ids)
    wanted = -scores.sum() / math.log(2) / spoken  # joined documents share no space
    check(abs(found["bits_per_byte"] / wanted - 1) < 0.02, True, f"bits per byte {found['bits_per_byte']:.4f} for {wanted:.4f}")


with tempfile.TemporaryDirectory() as folder:
    compiled = os.path.join(folder, "stories.so")
    run("retort", "compile", MODEL, "-o", compiled)
    speaks(compiled)
    is_scored(compiled, 256, 6)
    is_scored(compiled, 100, 9)
is_scored(MODEL, 256, 2)
