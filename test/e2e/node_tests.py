# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The node tests of the package onnx: each compiles and gives the recorded outputs, or is refused for an operation that
node_tests.txt lists.

Usage: node_tests.py [NAME...]   those cases alone, with what `retort run` says of each

RETORT_NODE_TESTS=all runs all cases; without it every third of those that have the same operations, and none that shows
an operation as its function's body does.
"""

import collections
import concurrent.futures
import fnmatch
import os
import pathlib
import re
import signal
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

from harness import run, skip

warnings.filterwarnings("ignore")  # of how the expected outputs are computed
try:
    from onnx.backend.test.case.node import collect_testcases
except ImportError as reason:
    skip(f"the node tests of onnx cannot be made: {reason}")

LIST = pathlib.Path(__file__).with_suffix(".txt")
# Two units of the last place of a number near 1: NumPy, which recorded the outputs, rounds after each step, code once.
BFLOAT16 = 2**-7
MAKE = {"sequence_type": numpy_helper.from_list, "optional_type": numpy_helper.from_optional, "map_type": numpy_helper.from_dict}


def unsupported():
    """Operation, kind of value, or pattern of the names of cases -> why it is not compiled."""
    lines = [line.strip() for line in LIST.read_text().splitlines()]
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))


def operations(graph):
    """All operations of a graph and of the graphs in it, with their domain where they have one."""
    found = set()
    for node in graph.node:
        found.add(f"{node.domain}:{node.op_type}" if node.domain else node.op_type)
        for attribute in node.attribute:
            for inner in [attribute.g, *attribute.graphs]:
                found |= operations(inner)
    return found


def kinds(graph):
    """What of the inputs and outputs no number is: `string`, `sequence`, `optional`, `map`."""
    found = set()
    for value in [*graph.input, *graph.output]:
        kind = value.type.WhichOneof("value")
        if kind != "tensor_type":
            found.add(kind.removesuffix("_type"))
        elif value.type.tensor_type.elem_type == onnx.TensorProto.STRING:
            found.add("string")
    return found


def encoded(value, info):
    if not isinstance(value, onnx.TensorProto):
        value = MAKE.get(info.type.WhichOneof("value"), numpy_helper.from_array)(value, info.name)
    return value.SerializeToString()


def outcome(case):
    """`passes`, `refused`, `wrong` or `broken`, and what the tool says."""
    graph = case.model.graph
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "model.onnx").write_bytes(case.model.SerializeToString())
        for inputs, outputs in case.data_sets:
            for kind, values, infos in (("input", inputs, graph.input), ("output", outputs, graph.output)):
                for k, (value, info) in enumerate(zip(values, infos)):
                    (folder / f"{kind}_{k}.pb").write_bytes(encoded(value, info))
            coarse = any(o.type.tensor_type.elem_type == onnx.TensorProto.BFLOAT16 for o in graph.output)
            # Where sums of large numbers cancel, what is left of them has the bits of the largest.
            largest = max((np.abs(o).max() for o in outputs if "_dft" in case.name), default=0)
            absolute = max(case.atol, coarse * BFLOAT16, 1e-7 * largest)
            tolerance = [f"--rtol={max(case.rtol, coarse * BFLOAT16)}", f"--atol={absolute}"]
            result = run("retort", "run", folder / "model.onnx", f"--inputs={folder}", f"--expect={folder}", *tolerance, code=None)
            if result.returncode:
                return classify(case, result)
    return "passes", ""


def classify(case, result):
    """A refusal is one error that names an operation, a node or a value of the model."""
    said = result.stderr.strip()
    if result.returncode < 0:
        return "broken", signal.Signals(-result.returncode).name
    if "outputs are not those" in said:
        return "wrong", result.stdout.strip()
    graph = case.model.graph
    names = [name.split(":")[-1] for name in operations(graph)]
    names += [value.name for value in [*graph.input, *graph.output, *graph.node]]
    errors = re.findall(r"^error: .*", said, re.M)
    quoted = "|".join(re.escape(name) for name in names if name)
    clear = result.returncode == 1 and len(errors) == 1 and re.search(rf"'([\w.]+\.)?({quoted})['/]", errors[0])
    return "refused" if clear else "broken", said


def excuses(case, listed):
    facts = operations(case.model.graph) | kinds(case.model.graph)
    return {name for name in listed if name in facts or fnmatch.fnmatch(case.name, name)}


def sample(cases):
    seen = collections.Counter()
    for case in cases:
        if not re.search(r"_expanded(_ver\d+)?$", case.name):
            alike = tuple(sorted(operations(case.model.graph)))
            if seen[alike] % 3 == 0:
                yield case
            seen[alike] += 1


def main(names):
    everything = os.environ.get("RETORT_NODE_TESTS") == "all" or names
    cases = collect_testcases(None)
    cases = [c for c in cases if not names or c.name in names] if everything else list(sample(cases))
    listed, used, counts, bad = unsupported(), set(), collections.Counter(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        for case, (what, said) in zip(cases, workers.map(outcome, cases)):
            counts[what] += 1
            why = excuses(case, listed)
            if what == "refused" and why:
                used |= why
            elif what != "passes":
                bad.append(f"{case.name} is {what}: {said}")
            elif case.name in listed:
                bad.append(f"{case.name} passes, and is listed")
            if names:
                print(case.name, what, said)
    if everything and not names:
        bad += [f"no case is refused for '{name}', which is listed" for name in sorted(listed.keys() - used)]
    print(*bad, sep="\n")
    print(f"{len(cases)} node tests:", ", ".join(f"{counts[what]} {what}" for what in ("passes", "refused", "wrong", "broken")))
    sys.exit(bool(bad))


main(sys.argv[1:])
