#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes statistics of random rows for the weights of a small module, for tests of the methods that read them.

usage: make_statistics.py MODULE OUTPUT [--text=WINDOWS:CONTEXT:VOCABULARY] [--segments=FIRST:COUNT:COSINE,...] WEIGHT=INPUTS[:SLOPE][@ROWS[:DEAD[:HELD[:MEAN]]]] ...
MODULE is text on which identify-model ran; rows (64 unless said) are correlated, the same at each run, and zero in the
first DEAD inputs. The last eighth of them is held back, and zero in the first HELD inputs (DEAD unless said); MEAN is added to them before they are scaled. SLOPE: the
divergence that an error of 1 in the outputs of the weight costs. Without --text the sample is one window of the tokens 1 and 2.
"""
import json
import re
import struct
import sys

import numpy as np

module, output, *weights = sys.argv[1:]
content = re.search(r'retort.content = "([0-9a-f]+)"', open(module).read())[1]
rng = np.random.default_rng(1)
blocks, end = [], 0


def place(values):
    global end
    data = np.ascontiguousarray(values).tobytes()
    data += bytes(-len(data) % 64)
    blocks.append(data)
    end += len(data)
    return end - len(data)


def moments(rows):
    gram = rows.T @ rows
    return {"rows": len(rows), "sum": place(rows.sum(0)), "sum_of_magnitudes": place(abs(rows).sum(0)),
            "sum_of_squares": place((rows**2).sum(0)), "largest": place(abs(rows).max(0, initial=0)),
            "least": place(rows.min(0, initial=0)), "most": place(rows.max(0, initial=0)),
            "gram": place(gram[np.tril_indices(len(gram))])}


windows, context, tokens = 1, 2, np.array([1, 2])
if weights and weights[0].startswith("--text="):
    windows, context, vocabulary = (int(number) for number in weights.pop(0).removeprefix("--text=").split(":"))
    tokens = np.random.default_rng(2).integers(0, vocabulary, windows * context)
segments = []
if weights and weights[0].startswith("--segments="):
    for segment in weights.pop(0).removeprefix("--segments=").split(","):
        first, count, cosine = segment.split(":")
        segments.append({"first": int(first), "count": int(count), "rows": 56, "cosine": float(cosine)})
records = []
for weight in weights:
    name, sizes = weight.split("=")
    sizes, _, sample = sizes.partition("@")
    inputs, _, slope = sizes.partition(":")
    inputs, numbers = int(inputs), [int(number) for number in sample.split(":") if number]
    count, dead = (numbers + [64, 0][len(numbers):])[:2]
    fitted = count - count // 8
    rows = rng.normal(size=(count, inputs)) + rng.normal(size=(count, 1))
    rows += numbers[3] if len(numbers) > 3 else 0
    rows = (rows * np.arange(1, inputs + 1)).astype(np.float32)
    rows[:fitted, :dead] = rows[fitted:, :numbers[2] if len(numbers) > 2 else dead] = 0
    records.append({"weights": [name], "inputs": inputs, "fitted": moments(rows[:fitted]), "held": moments(rows[fitted:]),
                    "sensitivities": [[{"bits": 3, "error": 1, "kl": float(slope)}]] if slope else []})
text = json.dumps({"version": 2, "sensitivity_windows": 0, "model": content, "windows": windows, "context": context, "tokens": place(tokens),
                   "segments": segments, "records": records}).encode()
with open(output, "wb") as file:
    header = b"RETORTC1" + struct.pack("<Q", len(text)) + text
    file.write(header + bytes(-len(header) % 64) + b"".join(blocks))
