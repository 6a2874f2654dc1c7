# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What cannot be trained is one error that says why, and leaves no file: other ids, teachers, weights that are no numbers,
windows beyond a table of positions, disks without room. A model of f16 is trained, and written as f16."""

import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

import numpy as np
from harness import SOURCE, run, skip, tool

try:
    import onnx
    from harness import tiny
    from harness.tokens import write_tokens
    from onnx import TensorProto, numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

STORIES = SOURCE / "examples" / "stories" / "stories.onnx"
POSITIONS = 64  # in the table of harness.tiny


def masked(g, rows, columns):
    """tiny.causal, with a number that f16 has."""
    sees = g("GreaterOrEqual", g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0]))
    return g("Where", sees, 0.0, -1e4)


def halved(model):
    """The same with each float as f16."""
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    for value in model.graph.output:
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    return model


def broken(model):
    matrix = next(t for t in model.graph.initializer if list(t.dims) == [tiny.WIDTH, tiny.WORDS])
    array = numpy_helper.to_array(matrix).copy()
    array[0, 0] = np.nan
    matrix.CopyFrom(numpy_helper.from_array(array, matrix.name))
    return model


def encoder():
    """What has rows of numbers, and no logits of its ids."""
    g = tiny.Graph()
    rows = g("Gather", g.weight(tiny.WORDS, tiny.WIDTH), g.input("input_ids", ["batch", "tokens"]))
    g.output(g("Tanh", g("MatMul", rows, g.weight(tiny.WIDTH, tiny.WIDTH))), "last_hidden_state", ["batch", "tokens", tiny.WIDTH])
    return g.model()


def follow(vocabulary, count):
    ids = [1]
    while len(ids) < count:
        ids.append((ids[-1] * 7 + 3) % vocabulary)
    return ids


def fullDisk():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


class Faults:
    def __init__(self, folder):
        self.folder, self.problems = folder, []
        self.tokens, self.others = folder / "a.tokens", folder / "others.tokens"
        write_tokens(self.tokens, follow(tiny.WORDS, 800), tiny.WORDS)
        write_tokens(self.others, follow(tiny.WORDS + 1, 800), tiny.WORDS + 1)

    def save(self, name, model):
        onnx.save(model, self.folder / name)
        return self.folder / name

    def refused(self, what, expected, model, *flags, tokens=None, before=None):
        out = self.folder / "out.onnx"
        words = ["train", model, f"--tokens={tokens or self.tokens}", "--context=16", "--batch=2", "--steps=3", *flags, "-o", out]
        done = subprocess.run([tool("retort"), *map(str, words)], capture_output=True, text=True, timeout=300, preexec_fn=before)
        errors = [line for line in done.stderr.splitlines() if not line.startswith("progress:")]
        if done.returncode != 1 or len(errors) != 1 or not errors[0].startswith("error: ") or expected not in errors[0]:
            self.problems.append(f"{what}: exit {done.returncode}, expects one error with '{expected}', found: {done.stderr}")
        left = sorted(path.name for path in self.folder.iterdir() if path.name.startswith(("out", "saved")))
        if left:
            self.problems.append(f"{what}: left {left}")

    def refuseAll(self):
        whole, nan = self.save("tiny.onnx", tiny.model(masked)), self.save("nan.onnx", broken(tiny.model(masked)))
        self.refused("tokens of more ids", "others.tokens: has ids of a vocabulary of 49, expects at most the model's 48 logits", whole, tokens=self.others)
        self.refused("another teacher", "expects a teacher with the 48 ids of the model, found one with 2048", whole, "--loss=forward-kl", f"--teacher={STORIES}")
        self.refused("no logits", "logits", self.save("encoder.onnx", encoder()))
        self.refused("a weight that is nan", "expects a model whose loss is finite, found nan", nan)
        self.refused("factors beside nan", "expects a model whose loss is finite, found nan", nan, "--parameters=lora")
        self.refused("a teacher that is nan", "the teacher: expects logits that are numbers, found nan", whole, "--loss=forward-kl", f"--teacher={nan}")
        self.refused("windows beyond positions", f"index out of range, in a window of {POSITIONS + 1} tokens ('context')", whole, f"--context={POSITIONS + 1}")
        self.refused("a full disk", "cannot write '", whole, f"--checkpoint={self.folder / 'saved'}", before=fullDisk)
        self.refused("a device to go on from", "'/dev/zero' is no checkpoint of a training: expects a file", whole, "--checkpoint=/dev/zero")

    def trainHalves(self):
        model, out = self.save("half.onnx", halved(tiny.model(masked))), self.folder / "trained.onnx"
        run("retort", "train", model, f"--tokens={self.tokens}", "--context=16", "--batch=4", "--steps=12", "--learning-rate=0.01", "-o", out)
        before, after = ({t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer} for path in (model, out))
        if {name: array.dtype for name, array in before.items()} != {name: array.dtype for name, array in after.items()}:
            self.problems.append("f16: other types than before")
        elif all(np.array_equal(before[name], after[name]) for name in before):
            self.problems.append("f16: nothing was trained")


with tempfile.TemporaryDirectory() as scratch:
    faults = Faults(pathlib.Path(scratch))
    faults.refuseAll()
    faults.trainHalves()
print("\n".join(faults.problems) if faults.problems else "each is refused in one line, and f16 stays f16")
sys.exit(len(faults.problems) > 0)
