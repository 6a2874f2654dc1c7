# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every width of codes and size of groups, with scales of f32 and of f16: one pass rounds 35 matrices of one model, each to a
form of its own by its name, with last groups that are short. Native code and ONNX Runtime compute what NumPy does, and
nothing is padded in the file."""

import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
K, N = 300, 8
FORMS = [(bits, group) for bits in range(2, 9) for group in (16, 32, 64, 128, 256)]
random = np.random.default_rng(0)
WEIGHTS = {f"w{bits}_{group}": (random.standard_normal((K, N)) / 20).astype(np.float32) for bits, group in FORMS}
X = random.standard_normal((1, 5, K)).astype(np.float32)


def model():
    nodes = [helper.make_node("MatMul", ["x", name], [f"y_{name}"]) for name in WEIGHTS]
    nodes.append(helper.make_node("Concat", [f"y_{name}" for name in WEIGHTS], ["all"], axis=-1))
    nodes.append(helper.make_node("Sigmoid", ["all"], ["y"]))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "g", [value("x", TensorProto.FLOAT, [1, "n", K])], [value("y", TensorProto.FLOAT, [1, "n", N * len(WEIGHTS)])],
                              [numpy_helper.from_array(w, name) for name, w in WEIGHTS.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def rounded(weight, bits, group, kind):
    result = np.empty_like(weight)
    for begin in range(0, K, group):
        part = weight[begin:begin + group]
        scale = (np.abs(part).max(0) / np.float32(2 ** (bits - 1) - 0.5)).astype(kind).astype(np.float32)
        codes = np.clip(np.rint(part / scale), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        result[begin:begin + group] = codes * scale
    return result


def check(scales, work):
    kind = {"f32": np.float32, "f16": np.float16}[scales]
    expected = np.concatenate([X.astype(np.float64) @ rounded(WEIGHTS[f"w{b}_{g}"], b, g, kind) for b, g in FORMS], -1)
    expected = 1 / (1 + np.exp(-expected))
    formats = ",".join(f"^w{bits}_{group}$={bits}:{group}" for bits, group in FORMS)
    passes = f"--compress=compress-quantize-rtn{{scales={scales} formats={formats}}}"
    run("retort", "run", work / "model.onnx", f"--inputs={work}", f"--outputs={work}", passes)
    found = {"native": numpy_helper.to_array(onnx.load_tensor(str(work / "output_0.pb")))}
    for form in ("standard", "contrib"):
        small = work / f"{form}.onnx"
        run("retort", "compile", work / "model.onnx", passes, "--emit=onnx", f"--onnx-weights={form}", "-o", small)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
        found[form] = onnxruntime.InferenceSession(str(small), options).run(None, {"x": X})[0]
    (work / "again").mkdir(exist_ok=True)
    run("retort", "run", work / "standard.onnx", f"--inputs={work}", f"--outputs={work}/again")
    found["read again"] = numpy_helper.to_array(onnx.load_tensor(str(work / "again" / "output_0.pb")))
    for who, values in found.items():
        off = np.abs(values - expected).reshape(-1, len(FORMS), N).max((0, 2))
        worst = int(off.argmax())
        print(f"{scales}, {who}: off by {off.max():.1e}", flush=True)
        assert off.max() < 1e-5, f"{scales}, {who}: {FORMS[worst]} is off by {off[worst]:.1e}"
    tensors = {t.name: t for t in onnx.load(work / "standard.onnx").graph.initializer}
    for bits, group in FORMS:
        codes, table = tensors[f"w{bits}_{group}_quantized"], tensors[f"w{bits}_{group}_scale"]
        assert list(codes.dims) == [K, N], f"{bits} bits in groups of {group}: codes of {list(codes.dims)}"
        assert list(table.dims) == [-(-K // group), N], f"{bits} bits in groups of {group}: scales of {list(table.dims)}"
        assert (table.data_type == TensorProto.FLOAT16) == (scales == "f16")


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    onnx.save(model(), work / "model.onnx")
    np.save(work / "x.npy", X)
    for scales in ("f32", "f16"):
        check(scales, work)
sys.exit(0)
