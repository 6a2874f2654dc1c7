# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compiling takes does not grow beyond the number of nodes: a graph of ten times as many is inspected in at most twelve times the
processor time (a margin for caches), and so are products of shapes; eight times as many parts of a Concat are compiled in at most
sixteen times. RETORT_GROWTH_NODES sets the larger number of nodes; `ninja check-growth` asks for 100,000. With fewer the times are
short, and may be fifteen times as long: other programs of the machine take their part of the caches."""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile

from harness import skip, tool

try:
    import onnx
    from onnx import TensorProto, helper
except ImportError:
    skip("the Python package onnx is missing")

NODES = int(os.environ.get("RETORT_GROWTH_NODES", 20000))


def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def save(path, nodes, inputs, output, constants=()):
    graph = helper.make_graph(nodes, "growth", inputs, [value(output, None)], list(constants))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def chain(path, count):
    """One after the other."""
    kinds = ("Relu", "Neg", "Abs", "Sigmoid")
    nodes = [helper.make_node(kinds[i % 4], [f"v{i}"], [f"v{i + 1}"]) for i in range(count)]
    save(path, nodes, [value("v0", ["n", 8])], f"v{count}")


def shapes(path, count):
    """Shapes that are read, computed, and used."""
    nodes = []
    for i in range(count // 4):
        nodes += [helper.make_node("Shape", [f"v{i}"], [f"s{i}"]), helper.make_node("Gather", [f"s{i}", "first"], [f"d{i}"]),
                  helper.make_node("Concat", [f"d{i}", "width"], [f"c{i}"], axis=0), helper.make_node("Reshape", [f"v{i}", f"c{i}"], [f"v{i + 1}"])]
    save(path, nodes, [value("v0", ["n", 2, 4])], f"v{count // 4}", [helper.make_tensor("first", 7, [1], [0]), helper.make_tensor("width", 7, [1], [8])])


def parts(path, count):
    save(path, [helper.make_node("Concat", [f"x{i}" for i in range(count)], ["y"], axis=1)], [value(f"x{i}", ["n", f"m{i}"]) for i in range(count)], "y")


def seconds(*words):
    """Of processor time, the least of three runs."""
    least = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([tool("retort"), *map(str, words)], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


def check(folder, make, small, large, most, *words):
    times = []
    for count in (small, large):
        path = folder / f"{make.__name__}_{count}.onnx"
        make(path, count)
        times.append(seconds(words[0], path, *words[1:]))
    growth = times[1] / times[0]
    print(f"{make.__name__}: {times[0]:.2f} s for {small}, {times[1]:.2f} s for {large}: {growth:.1f} times")
    return growth <= most


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        most = 12 if NODES >= 100_000 else 15
        fine = [check(folder, make, NODES // 10, NODES, most, "inspect") for make in (chain, shapes)]
        fine.append(check(folder, parts, 32, 256, 16, "compile", "-o", folder / "parts.so"))
    return 0 if all(fine) else "compiling takes more than its share"


if __name__ == "__main__":
    sys.exit(main())
