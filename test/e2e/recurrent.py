# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LSTM, GRU and RNN compute what ONNX Runtime computes: directions, initial states, sequences of different lengths,
peepholes, clipping, activations and coupled gates; with weights that the file has, and with weights that are inputs. The
layout with the batch first, which ONNX Runtime lacks, is the other one with axes swapped. Quantized ones as well."""

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
ROWS, BATCH, WIDTH, HIDDEN = 5, 3, 7, 19
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
COUNT = {"forward": 1, "reverse": 1, "bidirectional": 2}


def values(*shape):
    return (random.standard_normal(shape) * 0.4).astype(np.float32)


def operands(kind, direction, names):
    """Arrays by the names of the operation's inputs."""
    d, columns = COUNT[direction], GATES[kind] * HIDDEN
    made = {"X": X, "W": values(d, columns, WIDTH), "R": values(d, columns, HIDDEN), "B": values(d, 2 * columns),
            "sequence_lens": np.array([2, ROWS, 0], np.int32), "initial_h": values(d, BATCH, HIDDEN),
            "initial_c": values(d, BATCH, HIDDEN), "P": values(d, 3 * HIDDEN)}
    return {k: v for k, v in made.items() if k in ("X", "W", "R") or k in names.split()}


X = values(ROWS, BATCH, WIDTH)
ORDER = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
EVERY = "B sequence_lens initial_h initial_c P"
VARIANTS = [("LSTM", "forward", "", {}), ("LSTM", "reverse", "B initial_h", {}), ("LSTM", "bidirectional", EVERY, {}),
            ("LSTM", "bidirectional", "B", {"clip": 0.3}), ("LSTM", "forward", "B P", {"input_forget": 1}),
            ("LSTM", "reverse", "sequence_lens", {"activations": ["HardSigmoid", "Softsign", "Relu"], "activation_alpha": [0.3], "activation_beta": [0.4]}),
            ("LSTM", "bidirectional", "B", {"activations": ["Sigmoid", "LeakyRelu", "ScaledTanh", "Affine", "Tanh", "Elu"], "activation_alpha": [0.05, 0.5, 0.7, 1.5], "activation_beta": [1.2, 0.1]}),
            ("GRU", "forward", "B", {}), ("GRU", "forward", "B", {"linear_before_reset": 1}),
            ("GRU", "bidirectional", "B sequence_lens initial_h", {"linear_before_reset": 1}), ("GRU", "bidirectional", "B sequence_lens initial_h", {}),
            ("GRU", "reverse", "B", {"clip": 0.2, "activations": ["Sigmoid", "Softplus"]}), ("GRU", "reverse", "", {"linear_before_reset": 1}),
            ("RNN", "forward", "", {}), ("RNN", "bidirectional", "B sequence_lens initial_h", {"clip": 0.5, "activations": ["Relu", "ThresholdedRelu"], "activation_alpha": [0.2]}),
            ("RNN", "reverse", "B initial_h", {"activations": ["Softsign"]})]


def node(i, kind, direction, given, attributes):
    """One variant, with outputs that are called by its number."""
    inputs = [("X" if k == "X" else f"{k}{i}") if k in given else "" for k in ORDER]
    inputs = inputs[: max(n for n, k in enumerate(inputs) if k) + 1]
    outputs = [f"y{i}", f"h{i}"] + [f"c{i}"] * (kind == "LSTM")
    return helper.make_node(kind, inputs, outputs, name=f"variant{i}", direction=direction, hidden_size=HIDDEN, **attributes)


def model(nodes, outputs, constants, inputs):
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), [f"{k}_{a}" for a in range(v.ndim)] if k == "X" else v.shape) for k, v in inputs.items()],
                              [helper.make_tensor_value_info(k, TensorProto.FLOAT, None) for k in outputs], [numpy_helper.from_array(v, k) for k, v in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)], ir_version=10)


def compare(name, proto, inputs, wanted, tolerance=1e-4):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        onnx.save(proto, folder / "model.onnx")
        for side, arrays in (("in", inputs), ("want", wanted)):
            (folder / side).mkdir()
            for k, v in arrays.items():
                np.save(folder / side / f"{k}.npy", v)
        print(name, run("retort", "run", folder / "model.onnx", f"--inputs={folder}/in", f"--expect={folder}/want", f"--rtol={tolerance}", f"--atol={tolerance}").splitlines()[0], flush=True)


def by_onnxruntime(proto, inputs):
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs)))


arrays, nodes, outputs = {}, [], []
for i, (kind, direction, names, attributes) in enumerate(VARIANTS):
    given = operands(kind, direction, names)
    arrays |= {f"{k}{i}": v for k, v in given.items() if k != "X"}
    nodes.append(node(i, kind, direction, given, attributes))
    outputs += nodes[-1].output
constant = model(nodes, outputs, arrays, {"X": X})
wanted = by_onnxruntime(constant, {"X": X})
compare("constant weights", constant, {"X": X}, wanted)
compare("weights as inputs", model(nodes, outputs, {}, {"X": X} | arrays), {"X": X} | arrays, wanted)

# The batch first: X, states and results are the same with axes swapped.
i, (kind, direction, names, attributes) = 2, VARIANTS[2]
given = {k: arrays[f"{k}{i}"] for k in ORDER[1:] if f"{k}{i}" in arrays}
swapped = {"X": X.swapaxes(0, 1)} | {k: v.swapaxes(0, 1) if k.startswith("initial") else v for k, v in given.items()}
turned = helper.make_node(kind, ORDER, ["y", "h", "c"], direction=direction, hidden_size=HIDDEN, layout=1)
compare("batch first", model([turned], ["y", "h", "c"], {k: v for k, v in swapped.items() if k != "X"}, {"X": swapped["X"]}), {"X": swapped["X"]},
        {"y": wanted[f"y{i}"].transpose(2, 0, 1, 3), "h": wanted[f"h{i}"].swapaxes(0, 1), "c": wanted[f"c{i}"].swapaxes(0, 1)})


def codes(matrix, per_column):
    """Signed codes of directions x inputs x columns, with a scale for each direction or column."""
    turned = matrix.swapaxes(1, 2)
    scale = (np.abs(turned).max(axis=1 if per_column else (1, 2)) / 127).astype(np.float32)
    broad = scale[:, None, :] if per_column else scale[:, None, None]
    return np.round(turned / broad).astype(np.int8), scale, np.zeros_like(scale, np.int8)


# ONNX Runtime's quantized LSTM computes with codes of the input too; the numbers that its weights stand for do better.
for direction, per_column in (("forward", False), ("bidirectional", True)):
    given = operands("LSTM", direction, "B")
    quantized = {k: codes(given[k], per_column) for k in "WR"}
    constants = {"B": given["B"]}
    for k, (q, scale, zero) in quantized.items():
        constants |= {k: q, f"{k}_scale": scale, f"{k}_zero": zero}
    plain = {k: (q.astype(np.float32) * (scale[:, None, :] if per_column else scale[:, None, None])).swapaxes(1, 2) for k, (q, scale, _) in quantized.items()}
    exact = model([helper.make_node("LSTM", ["X", "W", "R", "B"], ["y", "h", "c"], direction=direction, hidden_size=HIDDEN)], ["y", "h", "c"], plain | {"B": given["B"]}, {"X": X})
    dynamic = helper.make_node("DynamicQuantizeLSTM", ["X", "W", "R", "B", "", "", "", "", "W_scale", "W_zero", "R_scale", "R_zero"], ["y", "h", "c"],
                               domain="com.microsoft", direction=direction, hidden_size=HIDDEN)
    compare(f"quantized, {direction}", model([dynamic], ["y", "h", "c"], constants, {"X": X}), {"X": X}, by_onnxruntime(exact, {"X": X}))
