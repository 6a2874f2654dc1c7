# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""IREE compiles what `retort compile --emit=linalg` writes, and computes what `retort run` does: within 1e-4 of the largest
logit, for the example model and, where RETORT_TEST_DATA has it, stories260K; in f32 and int4; all weights in the module,
and for one of them as arguments that a manifest names."""

import json
import os
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from harness import SOURCE, run, tool
from iree import compiler, runtime
from onnx import numpy_helper

BACKEND = ["--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=host"]
TYPES = {"f32": np.float32, "f16": np.float16, "i64": np.int64, "i32": np.int32, "i8": np.int8}
BOUND = 1e-4


def models():
    yield "example model", SOURCE / "examples" / "stories" / "stories.onnx", 2048
    root = os.environ.get("RETORT_TEST_DATA")
    if root:
        yield "stories260K", pathlib.Path(root) / "onnx-exports" / "stories260k_dynamo18" / "model.onnx", 512


def load(path):
    """The functions of a compiled module."""
    context = runtime.SystemContext(config=runtime.Config("local-task"))
    code = compiler.compile_file(str(path), input_type="none", extra_args=BACKEND)
    context.add_vm_module(runtime.VmModule.copy_buffer(context.instance, code))
    return context.modules.module


def weights(manifest):
    """The arguments of @main that the manifest names, in order."""
    entries = [e for e in json.loads(manifest.read_text())["weights"] if e["function"] == "main"]
    for entry in sorted(entries, key=lambda e: e["argument"]):
        path = pathlib.Path(manifest.parent, entry["file"])
        flat = np.fromfile(path, np.uint8, entry["bytes"], offset=entry["offset"])
        yield flat.view(TYPES[entry["type"]]).reshape(entry["shape"])


def expected(model, inputs, recipe, folder):
    """The first output of `retort run`."""
    given = folder / "inputs"
    given.mkdir()
    for name, array in inputs.items():
        np.save(given / f"{name}.npy", array)
    run("retort", "run", model, f"--inputs={given}", f"--outputs={folder / 'outputs'}", *recipe)
    return numpy_helper.to_array(onnx.load_tensor(folder / "outputs" / "output_0.pb"))


def sample(model, vocabulary):
    """One text of 13 tokens for the inputs of the model, in their order."""
    inputs = {}
    for entry in json.loads(run("retort", "inspect", model, "--json"))["inputs"]:
        tokens = np.random.default_rng(7).integers(3, vocabulary, (1, 13))
        by_role = {"tokens": tokens, "mask": np.ones((1, 13)), "positions": np.arange(13)[None]}
        inputs[entry["name"]] = by_role[entry["role"]].astype(TYPES[entry["type"]])
    return inputs


def difference(model, vocabulary, recipe, refer):
    """How far IREE is from `retort run`, relative to the largest logit."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        inputs = sample(model, vocabulary)
        want = expected(model, inputs, recipe, folder)
        module = folder / "model.mlirbc"
        words = ["--weights=refer"] if refer else []
        run("retort", "compile", model, "--emit=linalg", "-o", module, *recipe, *words)
        more = list(weights(folder / "model.weights.json")) if refer else []
        got = load(module).main(*inputs.values(), *more)
        got = (got[0] if isinstance(got, (tuple, list)) else got).to_host()
    return float(np.abs(got - want).max() / np.abs(want).max())


tool("retort")
worst = 0
for name, model, vocabulary in models():
    for recipe, refer in (([], False), (["--recipe=int4"], False), (["--recipe=int4"], True)):
        error = difference(model, vocabulary, recipe, refer)
        worst = max(worst, error)
        print(f"{name}, {' '.join(recipe) or 'f32'}{', weights as arguments' * refer}: {error:.1e} of the largest logit apart", flush=True)
sys.exit(f"more than {BOUND} apart" if not worst <= BOUND else 0)
