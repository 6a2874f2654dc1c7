# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model that ONNX Runtime's quantizer has quantized, in each form, runs as in ONNX Runtime: with QuantizeLinear and
DequantizeLinear around operations, with operations on codes, with activations quantized as they come; and what the
optimizer makes of these."""

import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harness import run, skip

try:
    import onnxruntime
    from onnxruntime import quantization
except ImportError as reason:
    skip(f"ONNX Runtime's quantizer is missing: {reason}")

onnxruntime.set_default_logger_severity(4)
random = np.random.default_rng(0)
INPUT = {"x": random.standard_normal((2, 5, 16)).astype(np.float32)}
PLAIN = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
EXTENDED = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED


class Samples(quantization.CalibrationDataReader):
    def __init__(self):
        self.rest = [INPUT]

    def get_next(self):
        return self.rest.pop() if self.rest else None


def model():
    """A gated layer, a softmax, a concatenation and a Gemm: all that has a form of its own in codes."""
    weights = {name: random.standard_normal(shape).astype(np.float32) / 4 for name, shape in
               {"up": (16, 24), "gate": (16, 24), "down": (24, 16), "bias": (16,), "last": (10, 32), "lastbias": (10,)}.items()}
    weights["flat"] = np.array([-1, 32], np.int64)
    node = helper.make_node
    nodes = [
        node("MatMul", ["x", "up"], ["u"]), node("MatMul", ["x", "gate"], ["g"]), node("Sigmoid", ["g"], ["s"]),
        node("Mul", ["u", "s"], ["h"]), node("MatMul", ["h", "down"], ["d"]), node("Add", ["d", "bias"], ["b"]),
        node("Softmax", ["b"], ["p"], axis=-1), node("Concat", ["p", "b"], ["c"], axis=-1), node("Reshape", ["c", "flat"], ["f"]),
        node("Gemm", ["f", "last", "lastbias"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 5, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [10, 10])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def session(path, level, optimized=None):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(optimized or "")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def check(path, bound):
    """Sums differ in their order, and a code may be another: a few of its steps are allowed at the end."""
    folder = path.with_suffix("")
    folder.mkdir()
    np.save(folder / "x.npy", INPUT["x"])
    wanted = session(path, PLAIN).run(None, INPUT)[0]
    run("retort", "run", path, f"--inputs={folder}", f"--outputs={folder}")
    found = numpy_helper.to_array(onnx.load_tensor(folder / "output_0.pb"))
    operations = sorted({node.op_type for node in onnx.load(path).graph.node})
    off = np.abs(found - wanted).max()
    print(f"{path.name}: off by {off:.2g} of {np.abs(wanted).max():.2g}, {json.dumps(operations)}", flush=True)
    if off > bound:
        sys.exit(f"{path.name}: expected at most {bound}")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    plain = folder / "plain.onnx"
    onnx.save(model(), plain)
    # Seven bits: with eight, ONNX Runtime's sums of products saturate on processors without VNNI.
    kind = {"weight_type": quantization.QuantType.QInt8, "reduce_range": True}
    for name in ("QDQ", "QOperator"):
        quantization.quantize_static(
            plain, folder / f"{name}.onnx", Samples(), quant_format=quantization.QuantFormat[name],
            per_channel=name == "QDQ", **kind
        )
    quantization.quantize_dynamic(plain, folder / "dynamic.onnx", **kind)
    for name in ("QDQ", "dynamic"):
        session(folder / f"{name}.onnx", EXTENDED, folder / f"{name}_optimized.onnx")
    for name, bound in (("QDQ", 0.1), ("QDQ_optimized", 0.1), ("QOperator", 0.1), ("dynamic", 1e-4), ("dynamic_optimized", 1e-4)):
        check(folder / f"{name}.onnx", bound)
