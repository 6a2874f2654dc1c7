# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes of inputs that contradict each other or attributes, where the file states none: one error line with the name of the
node, and nothing read or written outside of a buffer; the same sizes in the file are refused when it is compiled."""

import pathlib
import tempfile

import numpy as np

from harness import run, skip

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    skip("the Python package onnx is missing")

failures = 0


def ones(*shape, dtype=np.float32):
    return np.ones(shape, dtype)


def save(folder, nodes, inputs, constants, symbolic):
    def shape(k, v):
        return [f"{k}_{a}" for a in range(v.ndim)] if symbolic else v.shape

    given = [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), shape(k, v)) for k, v in inputs.items()]
    graph = helper.make_graph(nodes, "g", given, [helper.make_empty_tensor_value_info(o) for o in nodes[-1].output if o], [numpy_helper.from_array(v, k) for k, v in constants.items()])
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)], ir_version=10)
    onnx.save(proto, folder / "model.onnx")
    (folder / "in").mkdir()
    for k, v in inputs.items():
        np.save(folder / "in" / f"{k}.npy", v)


def refused(node, inputs, constants={}, both=True):
    """A run with sizes that only the run knows, and a compilation that knows them, fail and name the operation."""
    global failures
    for symbolic in (True, False) if both else (True,):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            save(folder, [node], inputs, constants, symbolic)
            result = run("retort", "run", folder / "model.onnx", f"--inputs={folder}/in", f"--outputs={folder}/out", code=None)
            line = result.stderr.strip()
            if result.returncode != 1 or line.count("error:") != 1 or node.op_type not in line or len(line.splitlines()[0]) >= 200:
                failures += 1
                print(f"{node.op_type}, {'symbolic' if symbolic else 'static'}: exit {result.returncode}: {line[:300]}")


def node(kind, inputs, outputs="y", domain="", **attributes):
    return helper.make_node(kind, inputs.split(","), outputs.split(","), name=f"the_{kind}", domain=domain, **attributes)


codes = ones(4, 2, 16, dtype=np.uint8)
refused(node("QuantizeLinear", "x,s"), dict(x=ones(2, 6), s=ones(4)))
refused(node("DequantizeLinear", "x,s,z", axis=0), dict(x=ones(6, 2, dtype=np.int8), s=ones(6), z=ones(2, dtype=np.int8)))
refused(node("MatMulNBits", "x,w,s", domain="com.microsoft", K=64, N=4, bits=4, block_size=32), dict(x=ones(2, 64), s=ones(3)), dict(w=codes))
refused(node("MatMulNBits", "x,w,s", domain="com.microsoft", K=64, N=4, bits=4, block_size=32), dict(x=ones(2, 32), s=ones(8)), dict(w=codes))
refused(node("GatherBlockQuantized", "x,i,s", domain="com.microsoft", block_size=16), dict(x=ones(5, 8, dtype=np.uint8), i=np.array([4]), s=ones(3, 1)), both=False)
refused(node("MatMulInteger", "a,b,z"), dict(a=ones(3, 4, dtype=np.int8), b=ones(4, 2, dtype=np.int8), z=ones(2, dtype=np.int8)), both=False)
refused(node("Gemm", "a,b,c"), dict(a=ones(1, 4), b=ones(4, 2), c=ones(3, 2)), both=False)
refused(node("Einsum", "a,b", equation="ij,jk->ik"), dict(a=ones(2, 3), b=ones(9, 4)))
refused(node("Conv", "x,w,b"), dict(x=ones(1, 2, 5), w=ones(3, 2, 2), b=ones(2)))
refused(node("Conv", "x,w", group=2), dict(x=ones(1, 4, 5), w=ones(3, 2, 2)))
refused(node("Conv", "x,w", kernel_shape=[2]), dict(x=ones(1, 4, 5), w=ones(3, 4, 3)))
refused(node("MaxPool", "x", kernel_shape=[7]), dict(x=ones(1, 4, 5)), both=False)
refused(node("LayerNormalization", "x,w"), dict(x=ones(3, 4), w=ones(5)), both=False)
refused(node("BatchNormalization", "x,s,b,m,v"), dict(x=ones(1, 4, 2), s=ones(4), b=ones(4), m=ones(3), v=ones(4)), both=False)
refused(node("Clip", "x,a"), dict(x=ones(3), a=ones(2)), both=False)
refused(node("LSTM", "x,w,r,,l", hidden_size=3), dict(x=ones(4, 2, 5), w=ones(1, 12, 5), r=ones(1, 12, 3), l=np.array([9, 1], np.int32)), both=False)
refused(node("GRU", "x,w,r,,,h", hidden_size=3), dict(x=ones(4, 2, 5), w=ones(1, 9, 5), r=ones(1, 9, 3), h=ones(1, 1, 3)))

# Bodies whose values change their size.
body = helper.make_graph([helper.make_node("Slice", ["x", "zero", "i1"], ["part"]), helper.make_node("Unsqueeze", ["i", "zero"], ["i1"])][::-1] + [helper.make_node("Identity", ["go"], ["on"])],
                         "body", [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, [])],
                         [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("part", TensorProto.FLOAT, ["k"])])
refused(node("Loop", "n,c", body=body), dict(n=np.array(3), c=np.array(True), x=ones(4)), dict(zero=np.array([0])), both=False)
# What is turned around may be nothing, which begins at no place.
for rows in (0, 1, 3):
    x = np.arange(2 * rows, dtype=np.float32).reshape(rows, 2)
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        bounds = {"start": np.array([-1]), "end": np.array([np.iinfo(np.int64).min]), "axis": np.array([0]), "step": np.array([-1])}
        save(folder, [helper.make_node("Slice", ["x", *bounds], ["y"], name="turn")], {"x": x}, bounds, symbolic=True)
        run("retort", "run", folder / "model.onnx", f"--inputs={folder}/in", f"--outputs={folder}/out", "--guard-memory")
        got = numpy_helper.to_array(onnx.load_tensor(folder / "out" / "output_0.pb"))
    if got.shape != x.shape or not (got == x[::-1]).all():
        print(f"Slice backwards of {rows} rows: {got.shape}")
        failures += 1

print(f"{failures} cases are not refused as they should be")
raise SystemExit(failures > 0)
