#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A text read token by token through the decode step gives the logits of the graph that reads it at once, for a language model of
each kind in the data, `check-steps` for all; models that cannot have a step are refused."""

import ctypes
import os
import re
import sys

import harness
from harness import steps

# Those that no step can be right for, and what the refusal has to say.
REFUSED = {
    "bert_dynamo18": "token_type_ids",
    "t5_dynamo18": "input_ids",
    "llama_dynamic_torchscript17": "depend on the length of the text",
    "mamba2_dynamo18": "mixes the rows",
}
# One of each way to export caches, masks, positions and weights.
MODELS = ["stories260k_(dynamo18|dynamo18_past|optimum_past|dynamo25|torchscript17)$", "genai_stories260k_int4_zero_points", "gpt2_torch", "opt", "bloom",
          "mixtral", "deepseek", "bert", "dynamic"]
# Pieces of a text, not bytes: their embeddings are nearly equal, and hide what is wrong.
IDS = [1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 399, 267, 416, 387, 349, 411, 263, 421, 266, 331, 419, 292, 278]
PROMPT = 9

f32, i64 = ctypes.c_float, ctypes.c_int64
names = {1: f32, 7: i64}


class Tensor(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("rank", i64), ("shape", ctypes.POINTER(i64)), ("data", ctypes.c_void_p)]


def expect(runtime, value, ok):
    if not ok:
        sys.exit(runtime.retort_last_error().decode())
    return value


def read_at_once(runtime, model, ids, manifest):
    """The same from the graph, by the model's own function `main`."""
    inputs, kept = [], []
    graph = next(f for f in manifest["functions"] if f["name"] == "main")
    for value in graph["inputs"]:
        kind, name = {"f32": 1, "i64": 7}[value["type"]], value["name"]
        if kind == 1:  # a cache without rows
            state = manifest["states"][0]["shape"]
            shape, values = [state[0], state[1], 0, state[3]], []
        else:
            shape = [1, len(ids)]
            values = [1] * len(ids) if "mask" in name else list(range(len(ids))) if "position" in name else ids
        data, sizes = (names[kind] * max(len(values), 1))(*values), (i64 * len(shape))(*shape)
        kept += [data, sizes]
        inputs.append(Tensor(kind, len(shape), sizes, ctypes.cast(data, ctypes.c_void_p)))
    results = runtime.retort_call(model, b"main", (Tensor * len(inputs))(*inputs), ctypes.c_size_t(len(inputs)))
    expect(runtime, results, results)
    logits = runtime.retort_result(ctypes.c_void_p(results), ctypes.c_size_t(0))
    width, data = logits.shape[logits.rank - 1], ctypes.cast(logits.data, ctypes.POINTER(f32))
    return [data[i * width:(i + 1) * width] for i in range(len(ids))]


def difference(a, b):
    largest = max(abs(x) for row in b for x in row)
    return max(abs(x - y) for p, q in zip(a, b) for x, y in zip(p, q)) / largest


def check(runtime, name, library):
    """Why the model fails; empty where it does not."""
    harness.run("retort", "compile", harness.data("onnx-exports", name, "model.onnx"), "-o", library, "--numerics=exact")
    manifest = steps.manifest_of(library)
    refusal = manifest.get("no_decode_step")
    if name in REFUSED:
        print(f"{name}: {refusal}")
        return "" if refusal and REFUSED[name] in refusal else "not refused for the right reason"
    if refusal:
        return refusal
    model = runtime.retort_model_load(str(library).encode())
    model = ctypes.c_void_p(expect(runtime, model, model))
    vocabulary = next(f for f in manifest["functions"] if f["name"] == "step")["outputs"][0]["shape"][-1]
    ids = [token if vocabulary >= 512 else token % (vocabulary - 4) for token in IDS]
    off = difference(steps.logits_of_steps(runtime, library, ids, PROMPT), read_at_once(runtime, model, ids, manifest))
    print(f"{name}: {off:.1e}")
    return "" if off < 1e-5 else f"off by {off:.1e}"


def main():
    only = re.compile(os.environ.get("RETORT_TEST_MODELS", "|".join(MODELS)))
    runtime = steps.load_runtime()
    runtime.retort_result.restype = Tensor
    models = [path.parent.name for path in sorted(harness.data("onnx-exports").glob("*/model.onnx"))]
    steps.check_all(runtime, filter(only.search, models), check)


if __name__ == "__main__":
    main()
