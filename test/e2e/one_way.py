# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Wherever a weight stands, native code and ONNX get the same compression of it, under the name that the model gives it; and of the exported file only what the method touched differs from the source."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip

try:
    import onnx
    import onnxruntime
except ImportError as missing:
    skip(f"{missing.name} is not installed")

from harness import forms

RECIPES = ["--recipe=2:4", "--compress=compress-quantize-rtn{bits=4 group-size=16}", "--compress=compress-factorize-svd{rank=8}"]
# Products that cannot take two factors.
WHOLE = {"einsum", "einsum-swapped", "convolution"}
# Of values that these make: a function that brings its matrix becomes its body, and two factors are two products.
BODIES, PRODUCTS = {"b2"}, {"a", "c", "r", "hw", "c_u", "c_v", "b2", "b3"}
# Read for the sake of a weight alone, before it was one constant.
BEHIND = {"Q", "R", "i", "div", "half", "two", "shape", "index", "t", "w", "q"}
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
options.log_severity_level = 3
x = forms.feeds()
problems = []


def records(path):
    """What was done to each weight; not what it takes then, which is another number in each form of the model."""
    return [{k: v for k, v in r.items() if k != "bytes_after"} for r in json.loads(path.read_text())["records"]]


def passed(path):
    return {r["weight"] for r in records(path) if r["outcome"] == "passed"}


def graphs(graph):
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from graphs(attribute.g)


def values(model):
    """What computes each value: a node, but for its graphs, or an initializer."""
    found = {}
    for graph in graphs(model.graph):
        for node in graph.node:
            alone = onnx.NodeProto()
            alone.CopyFrom(node)
            for attribute in alone.attribute:
                attribute.ClearField("g")
            found.update({name: alone.SerializeToString() for name in node.output})
        found.update({t.name: t.SerializeToString() for t in graph.initializer})
    return found


def check(name, model, expected, recipe, work):
    path, small = work / "model.onnx", work / "small.onnx"
    onnx.save(model, path)
    run("retort", "compile", path, "--emit=onnx", "-o", small, recipe, f"--ledger={work}/onnx.json")
    for k, array in enumerate(x.values()):
        np.save(work / "x.npy", array)
    run("retort", "run", path, recipe, f"--inputs={work}", f"--outputs={work}/out", f"--ledger={work}/native.json")
    native = onnx.numpy_helper.to_array(onnx.load_tensor(str(work / "out" / "output_0.pb")))
    theirs = onnxruntime.InferenceSession(str(small), options).run(None, x)[0]
    off = np.abs(native - theirs).max() / np.abs(native).max()
    yield off < 1e-3, f"native code and ONNX are {off:.1e} apart"
    yield records(work / "onnx.json") == records(work / "native.json"), "the ledgers differ"
    if "svd" in recipe and name in WHOLE:
        expected = {"P"}
    yield passed(work / "onnx.json") == expected, f"compressed {sorted(passed(work / 'onnx.json'))}, expected {sorted(expected)}"
    named = {r["weight"] for r in records(work / "onnx.json")}
    yield named >= {"L"} | expected and "" not in named, f"the ledger names {sorted(named)}"

    before, after = values(model), values(onnx.load(small))
    touched = expected | BODIES | (PRODUCTS if "svd" in recipe else set())
    differ = {v for v in before if v in after and before[v] != after[v]} - touched
    yield not differ, f"{sorted(differ)} differ from the source"
    gone = {v for v in before if v not in after}
    yield gone <= BEHIND | expected, f"{sorted(gone)} are gone"


for k, (name, (model, expected)) in enumerate(forms.models().items()):
    for recipe in ("--recipe=int8", RECIPES[k % len(RECIPES)]):
        with tempfile.TemporaryDirectory() as work:
            for good, problem in check(name, model, expected, recipe, pathlib.Path(work)):
                if not good:
                    problems.append(f"{name}, {recipe}: {problem}")
sys.exit("\n".join(problems) or 0)
