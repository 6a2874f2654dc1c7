# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model that lists all its initializers as inputs, as some exporters write them, is the model without that list: the same
things are recognized, the same text is generated; a listed weight that is given is an error."""

import pathlib
import sys
import tempfile

import numpy as np

from harness import SOURCE, run, skip

try:
    import onnx
    from onnx import helper
except ImportError:
    skip("the Python package onnx is missing")

STORIES = SOURCE / "examples" / "stories"
# How the model calls itself, and what of its inputs is told.
DIFFERS = ("model ",)

with tempfile.TemporaryDirectory() as folder:
    at = pathlib.Path(folder)
    model = onnx.load(STORIES / "stories.onnx")
    listed = {value.name for value in model.graph.input}
    for tensor in model.graph.initializer:
        if tensor.name not in listed:
            model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    onnx.save(model, at / "listed.onnx")
    texts, facts = [], []
    for path in (STORIES / "stories.onnx", at / "listed.onnx"):
        told = run("retort", "inspect", path).splitlines()
        facts.append([line for line in told if not line.startswith(DIFFERS)])
        texts.append(run("retort", "generate", path, "--prompt=Once", f"--tokenizer={STORIES / 'tokenizer.json'}", "--tokens=12", "--temperature=0"))
    if facts[0] != facts[1]:
        sys.exit(f"inspect tells {facts[1]}, not {facts[0]}")
    if texts[0] != texts[1] or not texts[0].strip():
        sys.exit(f"generated {texts[1]!r}, not {texts[0]!r}")
    name = model.graph.initializer[0]
    (at / "in").mkdir()
    np.save(at / "in" / f"{name.name}.npy", onnx.numpy_helper.to_array(name))
    refused = run("retort", "run", at / "listed.onnx", f"--inputs={at / 'in'}", code=None)
    if refused.returncode != 1 or f"'{name.name}' is a constant that the code was compiled for" not in refused.stderr:
        sys.exit(f"a listed weight that is given: exit {refused.returncode}, {refused.stderr!r}")
    print("a model that lists its weights is the model without that list")
