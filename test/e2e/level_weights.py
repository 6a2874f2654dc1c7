# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights of levels with scales of six bits, in every width and kind of group, on every kind of CPU: numbers are those of
NumPy and ONNX Runtime, the file of weights has the codes alone, and an export gives the expression back."""

import itertools
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

from harness.levels import ladder, level_weight

tool("retort")
VOCABULARY, WIDTH, HIDDEN = 70, 96, 77
CPUS = ("native", "x86-64-v3", "x86-64")
random = np.random.default_rng(3)


def model(path, bits, size):
    """An embedding that also makes the logits, and two matrices whose sums are no multiples of a block."""
    initializers, nodes, matrices = [], [], {}
    for name, rows, columns, axis in (("E", VOCABULARY, WIDTH, 1), ("up", WIDTH, HIDDEN, 0), ("down", HIDDEN, WIDTH, 0)):
        depth = (rows, columns)[axis]
        count = -(-depth // size)
        codes = random.integers(0, 2**bits, (rows, columns))
        places = random.integers(0, 64, (rows, count) if axis else (count, columns))
        more, made, matrices[name] = level_weight(name, codes, places, ladder(0.02, 0.3), bits, axis, min(size, depth))
        initializers += more
        nodes += made
    nodes += [
        helper.make_node("Gather", ["E", "ids"], ["x"]), helper.make_node("MatMul", ["x", "up"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]), helper.make_node("MatMul", ["r", "down"], ["d"]),
        helper.make_node("Transpose", ["E"], ["head"], perm=[1, 0]), helper.make_node("MatMul", ["d", "head"], ["y"])]
    graph = helper.make_graph(nodes, "levels", [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", VOCABULARY])], initializers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)
    return matrices


def check(at, bits, size, cpu, *flags):
    path = at / "m.onnx"
    m = model(path, bits, size)
    session = onnxruntime.InferenceSession(path)
    cases = []
    for count in (1, 7, 40):
        ids = random.integers(0, VOCABULARY, count)
        expected = (np.maximum(m["E"][ids] @ m["up"], 0) @ m["down"]) @ m["E"].T
        there = session.run(None, {"ids": ids})[0]
        np.testing.assert_allclose(there, expected, rtol=1e-3, atol=1e-4)
        inputs, outputs = at / f"in{count}", at / f"out{count}"
        inputs.mkdir(exist_ok=True), outputs.mkdir(exist_ok=True)
        np.save(inputs / "ids.npy", ids)
        np.save(outputs / "y.npy", expected)
        cases.append((inputs, outputs))
    library = at / "m.so"
    run("retort", "compile", path, f"--target-cpu={cpu}", "-o", library, *flags)
    for inputs, outputs in cases:
        run("retort", "run", library, f"--inputs={inputs}", f"--expect={outputs}", "--rtol=1e-3", "--atol=1e-4")
    # Panels have 32 columns, blocks 32 rows: an upper bound of what codes and scales take.
    upper = sum(-(-n // 32) * 32 * (-(-k * bits // 8) + 4 + -(-k // size) + 4)
                for k, n in ((WIDTH, VOCABULARY), (WIDTH, HIDDEN), (HIDDEN, WIDTH)))
    if size <= 32:
        assert (at / "m.weights").stat().st_size < upper + 8192, ((at / "m.weights").stat().st_size, upper, bits, size)
    run("retort", "compile", path, "--emit=onnx", "-o", at / "again.onnx")
    again = onnx.load(at / "again.onnx")
    assert sum(node.op_type == "Cast" for node in again.graph.node) == 6, "the weights are others in the export"


def main():
    with tempfile.TemporaryDirectory() as folder:
        # Each width on two kinds of CPU, each kind of group on all of them.
        for i, (bits, size) in enumerate(itertools.product(range(2, 9), (8, 16, 32, 64, 500))):
            if (bits + i % 5) % 3 != 1:
                continue
            try:
                check(pathlib.Path(folder), bits, size, CPUS[i % 3], *(["--portable-steps"] if i % 3 == 1 else []))
            except AssertionError as error:
                sys.exit(f"{bits} bits, groups of {size}, {CPUS[i % 3]}: {error}")
    print("levels of 2 to 8 bits: equal to NumPy and ONNX Runtime")


main()
