# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every recipe, fitted to a sample and not: what native code computes is what ONNX Runtime computes of the exported file. RETORT_RECIPES=all takes three models and every recipe, as `check-recipes` does; else the recipes that other tests do not run, on the example model."""

import os
import pathlib
import sys
import tempfile

import numpy as np
from harness import SOURCE, run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
EVERYTHING = os.environ.get("RETORT_RECIPES") == "all"
EXAMPLE = SOURCE / "examples" / "stories" / "stories.onnx"
PATHS = sorted((SOURCE / "recipes").glob("*.recipe"))
CALIBRATED = [path.name.removesuffix(".calibrated.recipe") for path in PATHS if path.name.endswith(".calibrated.recipe")]
PLAIN = [path.stem for path in PATHS if not path.name.endswith(".calibrated.recipe")]
FEW = {"calibrated": ["int4", "mixed-4.25", "int2"], "plain": ["int3", "int2", "smallest"]}
# Of ONNX Runtime, which is told to compute in f32.
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
options.log_severity_level = 3


def models():
    root = pathlib.Path(os.environ.get("RETORT_TEST_DATA") or "/nowhere")
    others = [root / "onnx-exports" / name / "model.onnx" for name in ("stories260k_dynamo18", "gpt2_dynamo18")]
    return [EXAMPLE, *(path for path in others if EVERYTHING and path.exists())]


def vocabulary(model):
    """Rows of the largest table that ids are looked up in."""
    graph = onnx.load(model).graph
    sizes = {tensor.name: tensor.dims[0] for tensor in graph.initializer if len(tensor.dims) == 2}
    return max(sizes.get(node.input[0], 0) for node in graph.node if node.op_type == "Gather")


def feeds_of(session, tokens):
    """Ids, a mask of ones, and rising positions."""
    feeds = {"attention_mask": np.ones_like(tokens), "position_ids": np.arange(tokens.shape[1])[None] + 0 * tokens}
    return {i.name: feeds.get(i.name, tokens) for i in session.get_inputs()}


def check(model, how, tokens, work):
    small = work / "small.onnx"
    result = run("retort", "compile", model, *how, "--emit=onnx", "-o", small, code=None)
    if result.returncode:
        return f"is not compiled: {result.stderr.strip().splitlines()[-1]}"
    session = onnxruntime.InferenceSession(str(small), options)
    feeds = feeds_of(session, tokens)
    theirs = session.run(None, feeds)[0]
    for k, each in enumerate(session.get_inputs()):
        (work / f"input_{k}.pb").write_bytes(numpy_helper.from_array(feeds[each.name]).SerializeToString())
    # The file, so that both have the forms that ONNX has; a native recipe may have others.
    run("retort", "run", small, f"--inputs={work}", f"--outputs={work}")
    ours = numpy_helper.to_array(onnx.TensorProto.FromString((work / "output_0.pb").read_bytes()))
    off = np.abs(ours - theirs).max() / np.abs(theirs).max()
    return "" if off <= 1e-3 else f"native code and ONNX Runtime are {off:.1e} apart"


def check_model(model, failures):
    tokens = np.random.default_rng(1).integers(3, vocabulary(model), (24, 24), dtype=np.int64)
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        np.save(work / "sample.npy", tokens)
        run("retort", "calibrate", model, f"--tokens={work}/sample.npy", "--sensitivity=1", "-o", work / "statistics")
        cases = [(f"--recipe={name}", f"--calibration={work}/statistics") for name in (CALIBRATED if EVERYTHING else FEW["calibrated"])]
        cases += [(f"--recipe={name}",) for name in (PLAIN if EVERYTHING else FEW["plain"])]
        for how in cases:
            if how == ("--recipe=long-context",) and not (model.parent / "config.json").exists():
                continue  # nothing tells the trained length
            with tempfile.TemporaryDirectory() as inner:
                problem = check(model, how, tokens[:2], pathlib.Path(inner))
            what = f"{model.parent.name}, {how[0]}{', fitted' if len(how) > 1 else ''}"
            print(f"{what}: {problem or 'as ONNX Runtime computes it'}", flush=True)
            failures += [f"{what}: {problem}"] if problem else []


failures = []
for model in models():
    check_model(model, failures)
sys.exit("\n".join(failures) or 0)
