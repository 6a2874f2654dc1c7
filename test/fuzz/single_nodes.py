# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random models of one node: Retort against ONNX Runtime, each buffer of the compiled code between guard pages.

usage: single_nodes.py [--cases=N] [--seconds=S] [--from=SEED] [--only=OPERATION,...] [--keep=FOLDER] [--jobs=N]

A finding prints its seed: `--from=SEED --cases=1` shows it again, `--keep` leaves its model and inputs there. What is
known to differ, and why, is said in nodes/differences.txt.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from harness import SOURCE, skip, tool  # noqa: E402

try:
    import numpy as np
    import onnx
    import onnxruntime  # noqa: F401  (used by the oracle)
    from onnx import numpy_helper
except ImportError as reason:
    skip(f"no oracle: {reason}")
from nodes import case as cases  # noqa: E402
from nodes.oracle import Oracle  # noqa: E402
from nodes.verdict import NOTHING, Run, is_known, judge, load_differences  # noqa: E402

warnings.filterwarnings("ignore")
MEMORY = 4 << 30
SECONDS = 30
# Random numbers, what needs more than one node to mean something, what neither oracle computes; attention, whose rows that see
# nothing are not alike in all versions, is drawn by `--only=Attention`.
LEFT_OUT = r"Constant|Bernoulli|Random.*|ConvTranspose|LinearAttention|Attention|CausalConvWithState|SwiGLU|SimplifiedLayerNormalization|Dropout|BitCast|.*Loss"


def operations(only):
    """The operations of ONNX that the dialect has, or those of a list."""
    text = "".join(path.read_text() for path in sorted((SOURCE / "dialects/Onnx/Ops").glob("*.td")))
    names = [n for n in sorted(set(re.findall(r"def Onnx_(\w+)Op\b", text))) if not n.startswith("Microsoft") and onnx.defs.has(n)]
    return [n for n in names if (n in only if only else not re.fullmatch(LEFT_OUT, n))]


class Worker(threading.local):
    """The oracles of one thread."""

    def __init__(self):
        self.runtime, self.reference = Oracle("runtime"), Oracle("reference")


def run_retort(folder):
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    command = ["prlimit", f"--as={MEMORY}", "--core=0", tool("retort"), "run", folder / "model.onnx", f"--inputs={folder}/in", f"--outputs={folder}/out", "--guard-memory", "--threads=1"]
    try:
        with np.load(folder / "inputs.npz") as inputs:
            for i, name in enumerate(inputs.files):
                (folder / "in" / f"input_{i}.pb").write_bytes(numpy_helper.from_array(inputs[name], name).SerializeToString())
        # LLVM's work on a node that runs once takes longer than all else.
        environment = {"RETORT_OPTIMIZE": "0", **os.environ}
        result = subprocess.run([str(c) for c in command], capture_output=True, text=True, errors="replace", timeout=SECONDS, env=environment)
        return Run(result.returncode, result.stderr)
    except subprocess.TimeoutExpired:
        return Run(124, "no end in sight")


def read_outputs(folder, case):
    outputs = {}
    for i in range(case.outputs):
        tensor = onnx.TensorProto()
        path = folder / "out" / f"output_{i}.pb"
        if path.exists():
            tensor.ParseFromString(path.read_bytes())
            outputs[f"out{i}"] = numpy_helper.to_array(tensor)
    return outputs


def load(path):
    with np.load(path) as values:
        return dict(values)


def check(case, folder, worker):
    """What is wrong with a case; empty where nothing is."""
    (folder / "model.onnx").write_bytes(case.model().SerializeToString())
    np.savez(folder / "inputs.npz", **case.given())
    run = run_retort(folder)
    got = read_outputs(folder, case) if run.code == 0 else {}
    findings = []
    for oracle in (worker.runtime, worker.reference):
        answer = oracle.run(folder)
        want = load(folder / "outputs.npz") if answer == "ok" else {}
        finding = judge(case, run, got, answer, want)
        if not finding:
            return ""
        findings.append(finding)
        if run.code not in (0, 1):
            break
    findings = [finding for finding in findings if finding is not NOTHING]
    return "\n    ".join(findings)  # of those that have an opinion, none agrees


def examine(seed, arguments, names, differences, worker):
    try:
        case = cases.make(seed, names)
    except Exception as reason:  # a recipe that does not fit its schema is a fault of the generator
        return f"{seed}: cannot be drawn: {type(reason).__name__}: {reason}"
    if case is None:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        finding = check(case, folder, worker)
        if not finding or is_known(case, finding, differences):
            return ""
        shapes = ", ".join(f"{n}: {v.dtype}{list(v.shape)}" + (f" = {v.tolist()}" if v.size <= 8 else "") for n, v in case.inputs.items() if v is not None)
        if arguments.keep:
            os.makedirs(arguments.keep, exist_ok=True)
            os.rename(folder, pathlib.Path(arguments.keep) / f"{seed}")
            folder.mkdir()
        return f"{seed}: {case.operation} ({case.mode}) {case.attributes} {{{shapes}}}\n    {finding}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--only")
    parser.add_argument("--keep")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    names = operations(arguments.only.split(",") if arguments.only else None)
    differences, worker = load_differences(), Worker()
    end, done, found = time.monotonic() + arguments.seconds, 0, []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        work = lambda seed: examine(seed, arguments, names, differences, worker) if time.monotonic() < end else None
        for finding in pool.map(work, range(arguments.first, arguments.first + arguments.cases)):
            done += finding is not None
            if finding:
                found.append(finding)
                print(finding, flush=True)
    print(f"{done} cases of {len(names)} operations, {len(found)} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
