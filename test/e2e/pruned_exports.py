# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Heads, groups of heads, channels of MLPs and layers go from models of many exporters: what is written has smaller matrices, ONNX Runtime computes what native code does, and it is recognized again."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from harness import SOURCE, data, run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
HEADS = "compress-prune-structured{what=heads ratio=0.5}"
ALL = "compress-prune-structured{what=all ratio=0.5 multiple=1}"
LAYER = "compress-drop-layers{count=1}"
# One for each form of queries, keys and values: a matrix each or one for all (behind Split, by heads, in a fused
# operation), biases, norms of heads, positions by table, rotation and slope, caches, norms behind the sums.
MODELS = {"gpt2_torchscript17": [ALL], "gpt_neox_dynamo18": [ALL], "bloom_dynamo18": [HEADS], "gemma3_dynamo18": [HEADS, LAYER],
          "bert_dynamo18": [ALL, LAYER], "stories260k_optimum_past": [ALL, LAYER], "genai_llama_fp32": [ALL, LAYER],
          "opt_dynamo18": [LAYER]}
MORE = ["gpt2_dynamo18", "phi_dynamo18", "qwen3_dynamo18", "gptj_dynamo18", "llama_dynamic_torchscript17"]
# No text can be read through these: their statistics are random rows.
UNREAD = ["bert_dynamo18", "genai_llama_fp32"]


def matrices(module):
    """The constants of two axes, by name, with how many inputs a product would have."""
    found = re.findall(r'onnx.initializer "([^"]*)".*: tensor<(\d+)x\d+xf32>', module.read_text())
    return {name: int(size) for name, size in found}


def invent(model, work, name):
    module, text = work / "module.mlirbc", work / "module.mlir"
    run("retort-translate", "--import-onnx", model, "-o", module)
    run("retort-opt", module, "--pass-pipeline=builtin.module(retort-raise,retort-recognize,identify-model)",
        "--mlir-elide-resource-strings-if-larger=10", "-o", text)
    subprocess.run([sys.executable, SOURCE / "test" / "Statistics" / "make_statistics.py", text, work / f"{name}.statistics",
                    "--segments=0:2:0.9,2:2:0.5", *(f"{weight}={size}" for weight, size in matrices(text).items())], check=True)


def sizes(path):
    return sum(int(np.prod(t.dims)) for t in onnx.load(path, load_external_data=False).graph.initializer)


def feeds(session, case):
    """What the model reads, with empty caches of the sizes that it has now."""
    tensors = [onnx.TensorProto.FromString(path.read_bytes()) for path in case.glob("input_*.pb")]
    given, found = {t.name: numpy_helper.to_array(t) for t in tensors}, {}
    for each in session.get_inputs():
        array = given[each.name]
        shape = [size if isinstance(size, int) and k != 2 else array.shape[k] for k, size in enumerate(each.shape)]
        found[each.name] = array if list(array.shape) == shape else np.zeros(shape, array.dtype)
    return found


def compare(name, passes, source, values, theirs, inputs):
    """How far native code is off, relative to the largest number of an output."""
    for old in inputs.iterdir():
        old.unlink()
    for k, (each, value) in enumerate(values.items()):
        (inputs / f"input_{k}.pb").write_bytes(numpy_helper.from_array(value, each).SerializeToString())
    run("retort", "run", *source, f"--inputs={inputs}", f"--outputs={inputs}")
    off = 0
    for k, wanted in enumerate(theirs):
        ours = numpy_helper.to_array(onnx.TensorProto.FromString((inputs / f"output_{k}.pb").read_bytes()))
        assert ours.shape == wanted.shape, f"{name}: output {k} is {ours.shape}, and {wanted.shape} by ONNX Runtime"
        if wanted.size and wanted.dtype.kind == "f":
            off = max(off, np.abs(ours - wanted).max() / np.abs(wanted).max())
    assert off < 1e-4, f"{name}, {passes}: native code and ONNX Runtime are {off:.1e} apart"
    return off


def check(name, passes, work):
    folder = data("onnx-exports", name)
    model = folder / "model.onnx"
    extra = [f"--calibration={work}/{name}.statistics", f"--compress={passes}"]
    small = work / name / "model.onnx"
    small.parent.mkdir(exist_ok=True)
    run("retort", "compile", model, "--emit=onnx", "-o", small, *extra)
    assert sizes(small) < 0.95 * sizes(model), f"{name}: {sizes(small)} of {sizes(model)} numbers"
    session = onnxruntime.InferenceSession(str(small))
    values = feeds(session, folder / "test_data_set_0")
    theirs = session.run(None, values)
    off = [compare(name, passes, source, values, theirs, work / "inputs") for source in ([model, *extra], [small])]
    before, after = (json.loads(run("retort", "inspect", path, "--json")) for path in (model, small))
    assert after["decode_step"] == before["decode_step"], (after["decode_step"], after.get("decode_step_reason"))
    found, was = after["attention"], before["attention"]
    assert found["found"] == found["of"] == was["of"] - ("layers" in passes), (name, passes, was, found)
    print(f"{name}, {passes}: {sizes(small)} of {sizes(model)} numbers, {max(off):.1e} apart")
    fused = [n for n in onnx.load(small, load_external_data=False).graph.node if n.op_type == "GroupQueryAttention"]
    assert ("genai" in name) == bool(fused), f"{name}: {len(fused)} fused operations are left"


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    (work / "inputs").mkdir()
    (work / "tokens").write_text(" ".join(map(str, np.random.default_rng(1).integers(3, 120, 1024))))
    chosen = os.environ.get("RETORT_PRUNED", "")
    models = {name: [HEADS, ALL, LAYER] for name in (list(MODELS) + MORE if chosen == "all" else chosen.split(","))} if chosen else MODELS
    for name, all_passes in models.items():
        model = data("onnx-exports", name, "model.onnx")
        if name in UNREAD:
            invent(model, work, name)
        else:
            run("retort", "calibrate", model, f"--tokens={work}/tokens", "--context=32", "--windows=16", "--statistics=gram", "--sensitivity=0", "-o",
                work / f"{name}.statistics")
        for passes in all_passes:
            check(name, passes, work)
sys.exit(0)
