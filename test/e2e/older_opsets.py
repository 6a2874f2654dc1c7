# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What operations meant in older opsets, where that takes more than another spelling; Scan along any axis, from either end; If whose
branches differ in rank. ONNX Runtime says what is right."""

import pathlib
import sys
import tempfile

import numpy as np

from harness import run, skip

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    skip("the Python packages onnx and onnxruntime are missing")

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
random = np.random.default_rng(0)


def numbers(*shape):
    return random.standard_normal(shape).astype(np.float32)


def graph(nodes, inputs, outputs, opset, constants=(), name="graph"):
    """`inputs` and `outputs`: names with their types; outputs have no shape."""
    made = helper.make_graph(nodes, name, [helper.make_tensor_value_info(key, *type) for key, type in inputs.items()],
                             [helper.make_tensor_value_info(key, FLOAT, None) for key in outputs],
                             [numpy_helper.from_array(value, key) for key, value in dict(constants).items()])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8 if opset > 11 else 4)


def body(nodes, inputs, outputs):
    return helper.make_graph(nodes, "body", [helper.make_tensor_value_info(key, FLOAT, shape) for key, shape in inputs.items()],
                             [helper.make_tensor_value_info(key, FLOAT, None) for key in outputs])


def check(folder, name, model, inputs):
    here = pathlib.Path(folder) / name
    here.mkdir()
    onnx.save(model, here / "model.onnx")
    session = onnxruntime.InferenceSession(here / "model.onnx", providers=["CPUExecutionProvider"])
    for key, value in inputs.items():
        np.save(here / f"{key}.npy", value)
    run("retort", "run", here / "model.onnx", f"--inputs={here}", f"--outputs={here / 'found'}")
    for k, wanted in enumerate(session.run(None, inputs)):
        found = numpy_helper.to_array(onnx.load_tensor(here / "found" / f"output_{k}.pb"))
        if found.shape != wanted.shape or not np.allclose(found, wanted, 1e-4, 1e-5):
            sys.exit(f"{name}: output {k} is wrong")


def scan(axis, out, backwards, out_backwards, width=4):
    shape, size = [2, width], [2, 4]
    shape.insert(axis % 3, "T")
    size.insert(axis % 3, 7)
    step = body([helper.make_node("Add", ["s", "t"], ["next"]), helper.make_node("Mul", ["next", "t"], ["o"])], {"s": [2, width], "t": [2, width]}, ["next", "o"])
    node = helper.make_node("Scan", ["s0", "x"], ["s", "y"], body=step, num_scan_inputs=1, scan_input_axes=[axis], scan_output_axes=[out],
                            scan_input_directions=[backwards], scan_output_directions=[out_backwards])
    return graph([node], {"s0": (FLOAT, [2, width]), "x": (FLOAT, shape)}, ["s", "y"], 17), {"s0": numbers(2, 4), "x": numbers(*size)}


def scan_batch(with_lengths, backwards):
    step = body([helper.make_node("Add", ["s", "t"], ["next"]), helper.make_node("Mul", ["next", "t"], ["o"])], {"s": [4], "t": [4]}, ["next", "o"])
    node = helper.make_node("Scan", ["n" if with_lengths else "", "s0", "x"], ["s", "y"], body=step, num_scan_inputs=1, directions=[backwards])
    inputs = {"s0": (FLOAT, ["B", 4]), "x": (FLOAT, ["B", "T", 4])}
    given = {"s0": numbers(3, 4), "x": numbers(3, 5, 4)}
    if with_lengths:
        inputs["n"], given["n"] = (INT64, ["B"]), np.array([5, 2, 3])
    return graph([node], inputs, ["s", "y"], 8), given


def softmax(kind, opset, axis, shape):
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["r"]), helper.make_node(kind, ["r"], ["y"], axis=axis)]
    return graph(nodes, {"x": (FLOAT, ["n", 60])}, ["y"], opset, {"shape": np.array(shape)}), {"x": numbers(2, 60)}


def branches(by_shape, given):
    """Squeeze or not, and a sum over all of it."""
    then = body([helper.make_node("Squeeze", ["x", "axes"], ["p"])], {}, ["p"])
    otherwise = body([helper.make_node("Identity", ["x"], ["q"])], {}, ["q"])
    nodes = [helper.make_node("Shape", ["x"], ["sizes"]), helper.make_node("Gather", ["sizes", "one"], ["size"]), helper.make_node("Equal", ["size", "one"], ["b"])]
    nodes = (nodes if by_shape else []) + [helper.make_node("If", ["b"], ["y"], then_branch=then, else_branch=otherwise),
                                           helper.make_node("Exp", ["y"], ["e"]), helper.make_node("ReduceSum", ["e"], ["z"], keepdims=0)]
    inputs = {"x": (FLOAT, ["n", "k", 4])} if by_shape else {"x": (FLOAT, ["n", 1, 4]), "b": (BOOL, [])}
    return graph(nodes, inputs, ["z"], 16, {"axes": np.array([1]), "one": np.array(1)}), given


def main():
    with tempfile.TemporaryDirectory() as folder:
        for k, form in enumerate([(1, 1, 0, 0), (2, 0, 1, 0), (-1, -1, 0, 1), (0, 2, 1, 1), (-2, 1, 1, 1, "P"), (0, -3, 0, 1, "P")]):
            check(folder, f"scan {k}", *scan(*form))
        for lengths in (False, True):
            check(folder, f"scan of a batch, lengths {lengths}", *scan_batch(lengths, int(lengths)))
        for kind in ("Softmax", "LogSoftmax", "Hardmax"):
            for opset, axis, shape in ((9, 3, [0, 3, 4, 5]), (7, 1, [0, 3, 4, 5]), (11, -2, [0, 12, 5]), (12, 0, [0, 12, 5])):
                check(folder, f"{kind} of opset {opset} along {axis}", *softmax(kind, opset, axis, shape))
        norm = helper.make_node("BatchNormalization", ["x", "a", "b", "c", "d"], ["y"], spatial=1)
        check(folder, "BatchNormalization", graph([norm], {"x": (FLOAT, ["n", 3, 4]), **{key: (FLOAT, [3]) for key in "abcd"}}, ["y"], 7),
              {"x": numbers(2, 3, 4), **{key: random.random(3).astype(np.float32) for key in "abcd"}})
        scatter = helper.make_node("Scatter", ["x", "i", "u"], ["y"], axis=1)
        check(folder, "Scatter", graph([scatter], {"x": (FLOAT, [2, 5]), "i": (INT64, [2, 2]), "u": (FLOAT, [2, 2])}, ["y"], 9),
              {"x": numbers(2, 5), "i": np.array([[0, 3], [1, 2]]), "u": numbers(2, 2)})
        for mode in ("nearest", "linear"):
            for scales in ([1, 1, 0.6, 0.6], [1, 1, 0.35, 1], [1, 1, 1.5, 2.3], [1, 1, 2, 3]):
                resize = helper.make_node("Resize", ["x", "s"], ["y"], mode=mode)
                check(folder, f"Resize to the {mode} by {scales}", graph([resize], {"x": (FLOAT, [1, 1, 5, 7])}, ["y"], 10, {"s": np.array(scales, np.float32)}),
                      {"x": numbers(1, 1, 5, 7)})
        for size in (1, 2):
            check(folder, f"branches by size {size}", *branches(True, {"x": numbers(3, size, 4)}))
        for given in (True, False):
            check(folder, f"branches by {given}", *branches(False, {"x": numbers(3, 1, 4), "b": np.array(given)}))


main()
