# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a model should give: by ONNX Runtime in a process of its own, which may die of the model, else by onnx.reference.

As a program: reads paths of folders with model.onnx and inputs.npz, answers each by a line, `ok` or why not, and writes
outputs.npz.
"""

import os
import pathlib
import resource
import select
import subprocess
import sys

MEMORY = 4 << 30
SECONDS = 20


class Oracle:
    """Starts the process anew where it died or does not answer."""

    def __init__(self, kind):
        self.kind = kind
        self.process = None

    def run(self, folder):
        """`ok`, or why there is no result."""
        if self.process is None:
            command = [sys.executable, "-B", "-m", "nodes.oracle", self.kind]
            self.process = subprocess.Popen(command, cwd=pathlib.Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            self.process.stdin.write(f"{folder}\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
            answer = self.process.stdout.readline().strip() if ready else ""
        except BrokenPipeError:
            answer = ""
        if answer:
            return answer
        self.close()
        return "died"

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def runtime(model, inputs):
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]).run(None, inputs)


def reference(model, inputs):
    import onnx
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(onnx.load_from_string(model)).run(None, inputs)


def serve(kind):
    import warnings

    import numpy as np

    warnings.filterwarnings("ignore")
    # What libraries print goes nowhere.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    evaluate = {"runtime": runtime, "reference": reference}[kind]
    for line in sys.stdin:
        folder = pathlib.Path(line.strip())
        try:
            with np.load(folder / "inputs.npz") as inputs:
                outputs = evaluate((folder / "model.onnx").read_bytes(), dict(inputs))
            np.savez(folder / "outputs.npz", **{f"out{i}": value for i, value in enumerate(outputs)})
            answer = "ok"
        except BaseException as reason:  # whatever it is, it is no result
            answer = f"refused: {type(reason).__name__}: {reason}".replace("\n", " ")[:300]
        answers.write(answer + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
