# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations that ONNX Runtime's optimizer makes of several compute what ONNX Runtime computes."""

import pathlib
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harness import run, skip

try:
    import onnxruntime
except ImportError:
    skip("onnxruntime is not installed")

random = np.random.default_rng(0)
# The parameters are named as the attributes of the activation, which the fused operation puts `activation_` before.
ACTIVATIONS = {
    "Elu": {"alpha": 0.7},
    "HardSigmoid": {"alpha": 0.3, "beta": 0.4},
    "LeakyRelu": {"alpha": 0.2},
    "Relu": {},
    "Selu": {"alpha": 1.5, "gamma": 1.1},
    "Sigmoid": {},
    "Softplus": {},
    "Softsign": {},
    "Tanh": {},
    "ThresholdedRelu": {"alpha": 0.5},
}


def values(*shape):
    return random.standard_normal(shape).astype(np.float32)


def check(name, inputs, weights=None, operands=None, **attributes):
    """One node on `inputs` and constant `weights`, in both."""
    weights = weights or {}
    node = helper.make_node(name, operands or [*inputs, *weights], ["y"], domain="com.microsoft", **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, ["n", *x.shape[1:]]) for k, x in inputs.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(x, k) for k, x in weights.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        onnx.save(model, folder / "model.onnx")
        for side in ("in", "want"):
            (folder / side).mkdir()
        for k, x in inputs.items():
            np.save(folder / "in" / f"{k}.npy", x)
        session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
        np.save(folder / "want" / "y.npy", session.run(None, inputs)[0])
        sides = [f"--inputs={folder}/in", f"--expect={folder}/want"]
        line = run("retort", "run", folder / "model.onnx", *sides, "--rtol=1e-5", "--atol=1e-5").splitlines()[0]
        print(name, attributes, line, flush=True)


x, w, c = values(3, 8), values(8, 5), values(5)
for activation, parameters in ACTIVATIONS.items():
    given = {f"activation_{key}": value for key, value in parameters.items()}
    check("FusedGemm", {"x": x}, {"w": w, "c": c}, activation=activation, **given)
check("FusedGemm", {"x": x}, {"w": w.T.copy()}, activation="Relu", transB=1, alpha=0.5)
check("FusedGemm", {"x": values(8, 3), "w": w}, {"c": c}, activation="Tanh", transA=1, beta=2.0)
check("FusedMatMul", {"x": values(2, 3, 8)}, {"w": w}, alpha=0.25)
check("FusedMatMul", {"x": values(2, 8, 3), "b": values(2, 5, 8)}, transA=1, transB=1, alpha=2.0)
check("QuickGelu", {"x": x}, alpha=1.0)
check("QuickGelu", {"x": x})
check("Gelu", {"x": x})
check("BiasGelu", {"x": values(3, 5)}, {"c": c})
check("FastGelu", {"x": values(3, 5)}, {"c": c})
check("FastGelu", {"x": x})


def experts(activation, fused=1, biases=True, **attributes):
    """Four experts of five rows."""
    weights = {"w1": values(4, 6 * fused, 8)}
    names = ["x", "p", "w1", "b1", "w2", "b2"] if biases else ["x", "p", "w1", "", "w2"]
    weights |= {"b1": values(4, 6 * fused), "w2": values(4, 8, 6), "b2": values(4, 8)}
    check("MoE", {"x": values(5, 8), "p": values(5, 4)}, {k: v for k, v in weights.items() if k in names}, names,
          activation_type=activation, **attributes)


for activation in ("relu", "silu", "gelu", "identity"):
    experts(activation, k=2, normalize_routing_weights=1)
    experts(activation, biases=False)
experts("swiglu", 2, swiglu_fusion=1, k=3)
experts("swiglu", 2, swiglu_fusion=1, k=2, normalize_routing_weights=1, activation_alpha=1.702, activation_beta=1.0, swiglu_limit=1.0)
experts("swiglu", 2, swiglu_fusion=1, swiglu_limit=float("inf"))  # as exporters say that there is none
