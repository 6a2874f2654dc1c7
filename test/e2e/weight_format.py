# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/codebook, built against the installed package, brings a weight format: a model whose embedding, hidden and output
matrices are 16 numbers times scales runs as in NumPy, in an eighth of the bytes, and comes out of an export as it was. The step
of docs/write-a-step.md, as a plugin against the same package, multiplies the codes of a model that is quantized."""

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


STEP_PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(Steps VERSION 1.0 LANGUAGES C CXX)
find_package(Retort REQUIRED)
retort_add_plugin(Steps Steps)
"""
STEP_DIALECT = """
include "mlir/IR/OpBase.td"
def Steps_Dialect : Dialect {
  let name = "steps";
  let cppNamespace = "::my";
}
"""
STEP_HEADER = """
#include "mlir/IR/Dialect.h"
#include "Steps/StepsDialect.h.inc"
"""
STEP_SOURCE = """
#include "Steps/Steps.h"
#include "retort/MultiplyStep.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
using namespace mlir;
using namespace retort;
#include "Steps/StepsDialect.cpp.inc"
%s
void my::StepsDialect::initialize() { addStep(*getContext(), std::make_unique<MultiplyInt16>()); }
"""


def check_step(at):
    folder, page = at / "step" / "Steps", (SOURCE / "test" / "unit" / "StepTutorialTest.cpp").read_text()
    folder.mkdir(parents=True)
    step = page[page.index("namespace {\nclass MultiplyInt16") : page.index("namespace {\nclass StepTutorialTest")]
    (folder.parent / "CMakeLists.txt").write_text(STEP_PROJECT)
    for name, text in (("Steps.td", STEP_DIALECT), ("Steps.h", STEP_HEADER), ("Steps.cpp", STEP_SOURCE % step)):
        (folder / name).write_text(text)
    command("cmake", "-S", folder.parent, "-B", at / "stepped", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={at}/prefix")
    command("cmake", "--build", at / "stepped")
    flags = [f"--plugin={at / 'stepped' / 'libSteps.so'}", "--compress=compress-quantize-rtn{bits=4 group-size=32 include=.}", "--numerics=accurate"]
    w = random.standard_normal((64, 96)).astype(np.float32)
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in (("x", 64), ("y", 96))]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", value[:1], value[1:], [numpy_helper.from_array(w, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), at / "product.onnx")
    run("retort", "compile", at / "product.onnx", *flags, "--emit=llvm", "-o", at / "product.ll")
    if "sext <" not in (ir := (at / "product.ll").read_text()) and "sext i16" not in ir:
        sys.exit("no product is of integers of 16 bits: the step of the plugin was not taken")
    (at / "x").mkdir(), (at / "y").mkdir()
    np.save(at / "x" / "x.npy", random.standard_normal((5, 64)).astype(np.float32))
    run("retort", "run", at / "product.onnx", flags[1], f"--inputs={at}/x", f"--outputs={at}/y")
    run("retort", "run", at / "product.onnx", *flags, f"--inputs={at}/x", f"--expect={at}/y", "--rtol=1e-3", "--atol=1e-3")
    print("a step of a plugin multiplies codes")


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
        check_step(at)


if __name__ == "__main__":
    main()
