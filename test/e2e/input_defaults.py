# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs that have initializers: what a caller gives is used, in memory, compiled, and after a way through ONNX; what is
left out is the default. A weight that a product reads stays a constant, and who gives it learns that."""

import ctypes
import pathlib
import sys
import tempfile

import numpy as np

import harness
from harness import run, skip

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    skip("the Python package onnx is missing")

rng = np.random.default_rng(0)
W = rng.standard_normal((48, 40)).astype(np.float32)
A, B = rng.standard_normal((48, 4)).astype(np.float32), rng.standard_normal((4, 40)).astype(np.float32)
x, bias = rng.standard_normal((3, 48)).astype(np.float32), rng.standard_normal(40).astype(np.float32)
node = helper.make_node


def value(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def save(path, ir_version=10):
    """x W + (x A) B + bias, where all but x are inputs with initializers; A and B have no columns by default."""
    nodes = [node("MatMul", ["x", "W"], ["p"]), node("MatMul", ["x", "A"], ["q"]), node("MatMul", ["q", "B"], ["r"]),
             node("Add", ["p", "r"], ["s"]), node("Add", ["s", "bias"], ["y"])]
    inputs = [value("A", 48, "r"), value("x", "n", 48), value("W", 48, 40), value("B", "r", 40), value("bias", 40)]
    constants = {"W": W, "A": np.zeros((48, 0), np.float32), "bias": np.ones(40, np.float32), "B": np.zeros((0, 40), np.float32)}
    graph = helper.make_graph(nodes, "g", inputs, [value("y", "n", 40)], [numpy_helper.from_array(t, n) for n, t in constants.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=ir_version), path)
    return path


def feed(folder, **arrays):
    folder.mkdir()
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


def expect(found, wanted, what):
    if found.shape != wanted.shape or np.abs(found - wanted).max() > 1e-4 * np.abs(wanted).max():
        sys.exit(f"{what}: {found.reshape(-1)[:3]}, not {wanted.reshape(-1)[:3]}")
    print(f"{what}: as expected")


def refused(model, folder, text):
    result = run("retort", "run", model, f"--inputs={folder}", code=None)
    if result.returncode != 1 or text not in result.stderr or result.stderr.count("error:") != 1:
        sys.exit(f"{model.name} on {folder.name}: exit {result.returncode}, {result.stderr!r}, not {text!r}")
    print(f"{folder.name}: refused")


class Tensor(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("rank", ctypes.c_int64), ("shape", ctypes.POINTER(ctypes.c_int64)), ("data", ctypes.c_void_p)]


def call(library, names, **given):
    """The first result by the C interface; what is not given has type 0."""
    runtime = ctypes.CDLL(str(harness.BUILD / "lib" / "libRetortRuntime.so"))
    for function in ("retort_model_load", "retort_call"):
        getattr(runtime, function).restype = ctypes.c_void_p
    runtime.retort_result.restype, runtime.retort_last_error.restype = Tensor, ctypes.c_char_p
    model = ctypes.c_void_p(runtime.retort_model_load(str(library).encode()))
    has = [runtime.retort_input_has_default(model, b"main", ctypes.c_int64(i)) for i in range(len(names))]
    if has != [int(n != "x") for n in names]:
        sys.exit(f"inputs with defaults: {has}")
    inputs = (Tensor * len(names))()
    for i, name in enumerate(names):
        if name in given:
            array = np.ascontiguousarray(given[name])
            inputs[i] = Tensor(1, array.ndim, (ctypes.c_int64 * array.ndim)(*array.shape), array.ctypes.data)
    results = runtime.retort_call(model, b"main", inputs, ctypes.c_size_t(len(names)))
    if not results:
        sys.exit(runtime.retort_last_error().decode())
    result = runtime.retort_result(ctypes.c_void_p(results), ctypes.c_size_t(0))
    shape = [result.shape[i] for i in range(result.rank)]
    return np.ctypeslib.as_array(ctypes.cast(result.data, ctypes.POINTER(ctypes.c_float)), shape).copy()


with tempfile.TemporaryDirectory() as folder:
    at = pathlib.Path(folder)
    model = save(at / "model.onnx")
    given, alone = feed(at / "given", x=x, A=A, B=B, bias=bias), feed(at / "alone", x=x)
    all_of_it, plain = x @ W + x @ A @ B + bias, x @ W + 1
    run("retort", "compile", model, "-o", at / "model.so")
    run("retort", "compile", model, "--recipe=int8", "--emit=onnx", "-o", at / "int8.onnx")
    run("retort", "compile", model, "--emit=onnx", "-o", at / "same.onnx")
    if (at / "same.onnx").read_bytes() != model.read_bytes():
        sys.exit("a model that nothing changes is written with other bytes")
    run("retort-translate", "--import-onnx", model, "-o", at / "m.mlirbc")
    run("retort", "compile", at / "m.mlirbc", "--emit=mlir", "-o", at / "raised.mlirbc")
    run("retort", "compile", at / "raised.mlirbc", "--emit=onnx", "-o", at / "back.onnx")
    for path in (model, at / "model.so", at / "int8.onnx", at / "raised.mlirbc", at / "back.onnx"):
        for inputs, wanted in ((given, all_of_it), (alone, plain)):
            run("retort", "run", path, f"--inputs={inputs}", f"--outputs={at / 'out'}")
            found = numpy_helper.to_array(onnx.load_tensor(at / "out" / "output_0.pb"))
            if "int8" in path.name:
                found = found + (wanted - found) * (np.abs(found - wanted) < 0.03 * np.abs(wanted).max())
            expect(found, wanted, f"{path.name}, {inputs.name}")
    names = ["A", "x", "B", "bias"]
    expect(call(at / "model.so", names, x=x), plain, "the C interface, defaults")
    expect(call(at / "model.so", names, x=x, A=A, B=B, bias=bias), all_of_it, "the C interface, all given")
    for path in (model, at / "model.so"):
        listed = run("retort", "inspect", path)
        if not all(text in listed for text in ("A: f32 [48, r], has a default", "B: f32 [r, 40], has a default", "bias: f32 [40], has a default", "x: f32 [n, 48]\n")) or "W: " in listed:
            sys.exit(f"inspect: {listed}")
    if "input f32[48][?] A, by default weight" not in (at / "model.h").read_text():
        sys.exit("the header does not tell the default of A")
    refused(model, feed(at / "weight", x=x, W=W), "'W' is a constant that the code was compiled for, no input")
    refused(at / "model.so", at / "weight", "'W' is a constant that the code was compiled for")
    refused(model, feed(at / "unknown", x=x, alpha=bias), "alpha.npy' is no input of the model")
    refused(model, feed(at / "other-ranks", x=x, A=A), "dimension 'r' is")
    refused(model, feed(at / "no-x", A=A, B=B), "holds no input 'x'")
    run("retort", "run", model, f"--inputs={feed(at / 'output', x=x, y=x)}")
    old = save(at / "old.onnx", ir_version=3)
    refused(old, feed(at / "constant", x=x, bias=bias), "'bias' is a constant that the code was compiled for")
