#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A training that is interrupted, or killed, goes on from its checkpoint to the model of a straight one; threads make no
difference; a rate that destroys everything changes nothing."""
import pathlib
import signal
import subprocess
import sys
import tempfile

from harness import run, skip, tool
from harness.interrupted import ended

try:
    import onnx
    from harness import tiny
    from harness.tokens import write_tokens
except ImportError as missing:
    skip(f"{missing.name} is not installed")

PRUNE = "compress-prune-magnitude{sparsity=0.5}"


def words(tokens, output, more="", threads=1, rate=1e-2):
    # A pruned model gets better within few steps.
    options = f"data={tokens} steps=12 batch=2 context=32 evaluate-every=3 loss=forward-kl learning-rate={rate} {more}"
    model = tokens.with_name("tiny.onnx")
    return [model, "--emit=onnx", f"--compress={PRUNE},compress-tune{{{options}}}", "--progress=plain", f"--threads={threads}", "-o", output]


def follow(count):
    ids = [1]
    while len(ids) < count:
        ids.append((ids[-1] * 7 + 3) % tiny.WORDS)
    return ids


def end(command, at_step, how):
    """Ends a training when it says that it has made so many steps: (exit code, stderr)."""
    return ended(command[-1].parent, how, "compile", *command, line=f"progress: step {at_step} of 12", count=1)


def refused(command, expected):
    result = subprocess.run([tool("retort"), "compile", *map(str, command)], capture_output=True, text=True)
    if result.returncode != 1 or expected not in result.stderr:
        yield f"expects '{expected}', found exit {result.returncode}: {result.stderr}"


def problems(folder):
    tokens, straight, resumed, saved = (folder / name for name in ("train.tokens", "straight.onnx", "resumed.onnx", "saved"))
    write_tokens(tokens, follow(800), tiny.WORDS)
    onnx.save(tiny.model(layers=1), tokens.with_name("tiny.onnx"))
    run("retort", "compile", *words(tokens, straight))
    run("retort", "compile", *words(tokens, resumed, threads=2))
    if straight.read_bytes() != resumed.read_bytes():
        yield "two threads make another model"
    resumed.unlink()
    keeps = words(tokens, resumed, f"checkpoint={saved} save-every=1")
    code, said = end(keeps, 2, signal.SIGINT)
    if code != 1 or f"interrupted: '{saved}' has what is done, and the same command goes on from there" not in said:
        yield f"interrupted: exit {code}: {said}"
    if resumed.exists() or not saved.exists():
        yield f"left {sorted(path.name for path in folder.iterdir())}"
        return
    code, said = end(keeps, 6, signal.SIGKILL)
    if code != -signal.SIGKILL or "progress: step 3 of 12" not in said:
        yield f"killed: exit {code}: {said}"
    yield from refused(words(tokens, resumed, f"checkpoint={saved} seed=8"), "seed is 8, in the file it is 7")
    whole = saved.read_bytes()
    saved.write_bytes(whole[:-1])
    yield from refused(keeps, "is a damaged checkpoint")
    saved.write_bytes(whole)
    run("retort", "compile", *keeps)
    if resumed.read_bytes() != straight.read_bytes():
        yield "what was interrupted and killed comes to another model"
    plain, destroyed = folder / "plain.onnx", folder / "destroyed.onnx"
    run("retort", "compile", tokens.with_name("tiny.onnx"), "--emit=onnx", f"--compress={PRUNE}", "-o", plain)
    run("retort", "compile", *words(tokens, destroyed, rate=100))
    if plain.read_bytes() != destroyed.read_bytes():
        yield "a rate of 100 changed the model"
    if straight.read_bytes() == plain.read_bytes():
        yield "nothing was trained"


with tempfile.TemporaryDirectory() as scratch:
    found = list(problems(pathlib.Path(scratch)))
print("\n".join(found) if found else "what was interrupted goes on to the same model")
sys.exit(len(found) > 0)
