# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/codebook, built against the installed package, brings a weight format: a model whose embedding, hidden and output
matrices are 16 numbers times scales runs as in NumPy, in an eighth of the bytes, and comes out of an export as it was."""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harness import BUILD, SOURCE, run, skip, tool

VOCABULARY, WIDTH, HIDDEN = 301, 192, 330
BOOK = np.array([-1, -0.7, -0.53, -0.39, -0.28, -0.18, -0.09, 0, 0.08, 0.16, 0.25, 0.34, 0.44, 0.56, 0.72, 1], np.float32)
random = np.random.default_rng(5)


def command(*words):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\nexit code {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def packed(name, codes):
    bits = np.zeros((codes.size + 1) // 2, np.uint8)
    flat = codes.flatten()
    for half in (0, 1):
        part = flat[half::2].astype(np.uint8)
        bits[:part.size] |= part << (4 * half)
    return TensorProto(name=name, data_type=TensorProto.UINT4, dims=codes.shape, raw_data=bits.tobytes())


def model(path):
    """Returns the matrices as NumPy has them. The embedding has a scale for each row and makes the logits too."""
    nodes, constants, matrices = [], [numpy_helper.from_array(BOOK, "book")], {}
    for name, rows, columns, axis in (("E", VOCABULARY, WIDTH, 0), ("up", WIDTH, HIDDEN, 1), ("down", HIDDEN, WIDTH, 1)):
        codes = random.integers(0, 16, (rows, columns))
        scales = random.uniform(0.02, 0.1, (rows, 1) if axis == 0 else (1, columns)).astype(np.float32)
        constants += [packed(f"{name}_codes", codes), numpy_helper.from_array(scales, f"{name}_scales")]
        nodes += [helper.make_node("Cast", [f"{name}_codes"], [f"{name}_wide"], to=TensorProto.INT64),
                  helper.make_node("Gather", ["book", f"{name}_wide"], [f"{name}_numbers"]),
                  helper.make_node("Mul", [f"{name}_numbers", f"{name}_scales"], [name])]
        matrices[name] = BOOK[codes] * scales
    nodes += [helper.make_node("Gather", ["E", "ids"], ["x"]), helper.make_node("MatMul", ["x", "up"], ["h"]),
              helper.make_node("Relu", ["h"], ["r"]), helper.make_node("MatMul", ["r", "down"], ["d"]),
              helper.make_node("Transpose", ["E"], ["head"], perm=[1, 0]), helper.make_node("MatMul", ["d", "head"], ["y"])]
    graph = helper.make_graph(nodes, "books", [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", VOCABULARY])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)
    return matrices


def main():
    if "fsanitize" in (BUILD / "CMakeCache.txt").read_text():
        skip("sanitized build")
    tool("retort")
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        command("cmake", "--install", BUILD, "--prefix", at / "prefix")
        command("cp", "-r", SOURCE / "examples" / "codebook", at / "codebook")
        command("cmake", "-S", at / "codebook", "-B", at / "out", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={at}/prefix")
        command("cmake", "--build", at / "out")
        plugin, path = at / "out" / "libCodebook.so", at / "m.onnx"
        m = model(path)
        for count in (1, 7):
            ids = random.integers(0, VOCABULARY, count)
            inputs, expected = at / f"in{count}", at / f"out{count}"
            inputs.mkdir(), expected.mkdir()
            np.save(inputs / "ids.npy", ids)
            y = (np.maximum(m["E"][ids] @ m["up"], 0) @ m["down"]) @ m["E"].T
            np.save(expected / "y.npy", y)
            run("retort", "run", path, f"--plugin={plugin}", f"--inputs={inputs}", f"--expect={expected}", "--rtol=1e-3", "--atol=1e-5")
        print("values are NumPy's")

        run("retort", "compile", path, f"--plugin={plugin}", "-o", at / "m.so")
        plain = 4 * sum(matrix.size for matrix in m.values())
        size = (at / "m.weights").stat().st_size
        if size > 0.2 * plain:
            sys.exit(f"the weights take {size} bytes, of {plain} in f32")
        print(f"weights take {size / plain:.2f} of the bytes in f32")
        found = json.loads(run("retort", "inspect", path, f"--plugin={plugin}", "--json"))
        if found["parameters"] != plain // 4:
            sys.exit(f"inspect counts {found['parameters']} parameters, of {plain // 4}")

        run("retort", "compile", path, f"--plugin={plugin}", "--emit=onnx", "-o", at / "again.onnx")
        for source in (path, at / "again.onnx"):
            run("retort", "compile", source, f"--plugin={plugin}", f"--dump-phases={at}/phases", "-o", at / "again.so")
            lowered, = (at / "phases").glob("*.lower.mlir")
            products = lowered.read_text().count("linear.product #codebook.panels")
            if products != 3:
                sys.exit(f"{source}: {products} products read the book, not 3")
        print("an export has the same kernels")


if __name__ == "__main__":
    main()
