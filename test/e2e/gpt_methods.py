# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GPT-2, whose layers are Gemm with biases, weights stored as inputs x outputs, and whose embedding is the matrix of the logits
too: every method, in native code and in ONNX Runtime; natively the embedding is stored once, though the file has it twice."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import data, run, skip

try:
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

FOLDER = data("onnx-exports", "gpt2_dynamo18")
MODEL, CASE = FOLDER / "model.onnx", FOLDER / "test_data_set_0"
if not MODEL.exists():
    skip(f"{MODEL} is missing")
ENDS = "compress-quantize-rtn{bits=8 ends=true}"
METHODS = {
    "compress-quantize-rtn{bits=4 group-size=32}," + ENDS: 11,
    "compress-prune-magnitude{n=2 m=4},compress-quantize-rtn{bits=4 group-size=32}": 16,
    "compress-factorize-svd{ratio=0.5 whiten=false}": 8,
    "compress-factorize-svd{ratio=0.5}": 5,
    "compress-quantize-gptq{bits=4}," + ENDS: 11,
    "compress-quantize-gptq{form=levels bits=3}": 8,
    "compress-prune-wanda{n=2 m=4},compress-quantize-gptq{bits=4}": 16,
    "compress-prune-sparsegpt{n=2 m=4 bits=4}": 8,
    "compress-allocate{target-bits=5 candidates=integers:4:32,integers:8:32}": 8,
    "compress-scale-inputs,compress-quantize-gptq{bits=4}": 9,
    "compress-quantize-smooth": 8,
    "compress-prune-structured{ratio=0.25}": 2,
}


def feeds():
    graph = onnx.load(MODEL, load_external_data=False).graph
    names = [each.name for each in graph.input if each.name not in {i.name for i in graph.initializer}]
    return {name: numpy_helper.to_array(onnx.load_tensor(str(CASE / f"input_{i}.pb"))) for i, name in enumerate(names)}


def check(work, passes, least):
    flags = [f"--compress={passes}", f"--calibration={work}/statistics"]
    out, ledger = work / "small.onnx", work / "ledger.json"
    run("retort", "compile", MODEL, "--emit=onnx", *flags, f"--ledger={ledger}", "-o", out)
    passed = sum(record["outcome"] == "passed" for record in json.loads(ledger.read_text())["records"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    theirs = onnxruntime.InferenceSession(str(out), options).run(None, feeds())[0]
    run("retort", "run", MODEL, f"--inputs={CASE}", f"--outputs={work}", *flags)
    ours = numpy_helper.to_array(onnx.load_tensor(str(work / "output_0.pb")))
    off = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"{passes}: {passed} changes, {off:.1e} apart", flush=True)
    if passed < least or not off < 1e-4:
        sys.exit(f"{passes}: expected {least} changes at least, and native code as ONNX Runtime")


def check_tied(work):
    """Of the constants those of different numbers, in either order, are stored."""
    known, once = set(), 0
    for each in onnx.load(MODEL).graph.initializer:
        numbers = numpy_helper.to_array(each)
        if numbers.tobytes() in known or numbers.T.copy().tobytes() in known:
            continue
        known.add(numbers.tobytes())
        once += numbers.nbytes
    for flags, most in (([], once + (1 << 14)), ([f"--compress={ENDS}"], once - (1 << 14))):
        run("retort", "compile", MODEL, *flags, "-o", work / "tied.so")
        size = (work / "tied.weights").stat().st_size
        if size > most:
            sys.exit(f"{size} bytes of weights natively, expected at most {most}: an embedding is stored twice")


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    np.save(work / "ids.npy", np.random.default_rng(0).integers(0, 100, 1024))
    run("retort", "calibrate", MODEL, f"--tokens={work}/ids.npy", "--context=32", "--statistics=gram", "--sensitivity=1", "-o", work / "statistics")
    for passes, least in METHODS.items():
        check(work, passes, least)
    check_tied(work)
