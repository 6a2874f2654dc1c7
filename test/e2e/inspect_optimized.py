# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What ONNX Runtime's optimizer makes of the exports (fused norms, fused products, other orders) is recognized like the
exports themselves."""

import json
import pathlib
import tempfile

from harness import data, run, skip

try:
    import onnxruntime
except ImportError:
    skip("onnxruntime is not installed")

LEVELS = {"basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC, "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED}


def optimize(model, level, target):
    """False where ONNX Runtime does not load the model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(target)
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception:
        return False
    return target.exists()


def summary(model):
    found = json.loads(run("retort", "inspect", model, "--json"))
    counts = {key: (found[key]["found"], found[key]["of"]) for key in ("attention", "rms_norms", "layer_norms")}
    ropes = [(rope["count"], rope.get("layout"), rope.get("rotary_width"), rope.get("base")) for rope in found["ropes"]]
    roles = [value["role"] for value in found["inputs"] + found["outputs"]]
    return {**counts, "ropes": ropes, "roles": roles, "cache": found["kv_cache"]}


compared = 0
with tempfile.TemporaryDirectory() as folder:
    for model in sorted(data("onnx-exports").glob("*/model.onnx")):
        if list(model.parent.glob("*.data")):
            continue  # the optimizer writes a model that looks for its data in another folder
        expected = summary(model)
        for name, level in LEVELS.items():
            target = pathlib.Path(folder) / f"{model.parent.name}.{name}.onnx"
            if optimize(model, level, target):
                found = summary(target)
                assert found == expected, f"{target.name}: {found}, expected {expected}"
                compared += 1
assert compared, "ONNX Runtime loaded no model"
print(f"{compared} optimized models")
