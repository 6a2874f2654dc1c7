# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Factors that move from activations into weights change no output: models of a dozen architectures are written with scaled
inputs, and ONNX Runtime computes what it computes of the original, within 1e-4 of the largest output. How many matrices
take part says that the forms are found: norms with and without a bias, Gemm, gated layers, values of grouped and of
repeated heads, one product for queries, keys and values."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import data, run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
ROOT = data("onnx-exports")
# Model -> matrices whose inputs can be divided (whether it pays is the sample's to say).
MODELS = {"stories260k_dynamo18": 35, "stories260k_dynamo25": 35, "llama_linear_dynamo23": 14, "gpt2_dynamo18": 6,
          "gpt2_torchscript17": 6, "gpt_neox_dynamo18": 6, "opt_dynamo18": 12, "gemma2_torchscript17": 14, "qwen3_dynamo18": 14,
          "cohere_dynamo18": 14, "mistral_dynamo18": 14}
CANNOT = ("makes its input", "other readers", "reads its input too", "moves its channels", "no product by heads", "kept in a cache",
          "two inputs", "used more than once")


def outputs(path, feeds):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options).run(None, feeds)


def check(name, possible, work):
    model = ROOT / name / "model.onnx"
    sample = model.parent / "test_data_set_0"
    vocabulary = min(onnx.load_tensor(str(sample / "output_0.pb")).dims[-1], 100)
    np.save(work / "ids.npy", np.random.default_rng(0).integers(3, vocabulary - 1, (12, 32)).astype(np.int64))
    run("retort", "calibrate", model, f"--tokens={work}/ids.npy", "--context=32", "--statistics=gram", "--sensitivity=0", "-o", work / "statistics")
    run("retort", "compile", model, f"--calibration={work}/statistics", "--compress=compress-scale-inputs{bits=3 group-size=16}",
        "--emit=onnx", "-o", work / "scaled.onnx", f"--ledger={work}/ledger.json")
    records = [r for r in json.loads((work / "ledger.json").read_text())["records"] if r.get("method") == "compress-scale-inputs"]
    found = [r for r in records if r["outcome"] == "passed" or not any(why in r["reason"] for why in (*CANNOT, "'include'"))]
    scaled = sum(r["outcome"] == "passed" for r in records)
    names = [i.name for i in onnxruntime.InferenceSession(str(model)).get_inputs()]
    feeds = {each: numpy_helper.to_array(onnx.load_tensor(str(sample / f"input_{i}.pb"))) for i, each in enumerate(names)}
    pairs = list(zip(outputs(model, feeds), outputs(work / "scaled.onnx", feeds)))
    off = max(np.abs(a.astype(np.float64) - b).max() / np.abs(a).max() for a, b in pairs)
    print(f"{name}: {scaled} scaled, {len(found)} could be, off by {off:.1e}", flush=True)
    assert off < 1e-4, f"{name}: scaled inputs change outputs by {off:.1e}"
    assert scaled > 0 and len(found) >= possible, f"{name}: inputs of {len(found)} matrices can be divided, expected {possible}"


for name, possible in MODELS.items():
    with tempfile.TemporaryDirectory() as folder:
        check(name, possible, pathlib.Path(folder))
sys.exit(0)
