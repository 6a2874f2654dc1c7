# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`retort run` on exports of language models gives the outputs that were recorded with them, in memory and compiled."""

import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

from harness import data, run

# One of each way to write a model; the folder may hold more.
MODELS = ["stories260k_dynamo18", "stories260k_optimum_past", "gpt2_torchscript17", "qwen3_dynamo18", "t5_dynamo18"]


def tensor(path):
    return numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes()))


def tolerance(case):
    """A ten-thousandth of the largest value of any output."""
    outputs = [tensor(path) for path in sorted(case.glob("output_*.pb"))]
    return 1e-4 * max(float(np.abs(values).max()) for values in outputs if values.size)


for name in MODELS:
    model = data("onnx-exports", name, "model.onnx")
    case = model.parent / "test_data_set_0"
    checks = [f"--inputs={case}", f"--expect={case}", "--rtol=0", f"--atol={tolerance(case):.3g}"]
    print(name, run("retort", "run", model, *checks).splitlines()[0], flush=True)

with tempfile.TemporaryDirectory() as folder:
    model = data("onnx-exports", MODELS[0], "model.onnx")
    run("retort", "compile", model, "-o", f"{folder}/model.so")
    case = model.parent / "test_data_set_0"
    run("retort", "run", f"{folder}/model.so", f"--inputs={case}", f"--expect={case}", f"--atol={tolerance(case):.3g}")
    # Raised and returned, an untouched model is the same file.
    run("retort", "compile", model, "--emit=onnx", "-o", f"{folder}/model.onnx")
    assert (model.read_bytes() == open(f"{folder}/model.onnx", "rb").read()), "another file came back"
