# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples that say little, or nonsense: a clear error, or a model that is no worse than what knows the weights alone."""

import pathlib
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
    from harness.fitted import MODEL, TOKENIZER, calibrate, native_output, runtime, write_inputs
    from harness.tiny import Graph
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
RANDOM = np.random.default_rng(4)
INPUTS = 24  # below the group of 32
METHODS = {
    "compress-quantize-gptq{bits=4}": "compress-quantize-rtn{bits=4 group-size=32}",
    "compress-prune-sparsegpt{n=2 m=4}": "compress-prune-magnitude{n=2 m=4}",
    "compress-prune-wanda{n=2 m=4}": None,
    "compress-factorize-svd{ratio=0.9}": None,
    "compress-scale-inputs,compress-quantize-rtn{bits=4 group-size=32}": None,
    "compress-quantize-smooth": None,
}


def make(path):
    g = Graph()
    x = g.input("x", ["batch", INPUTS], onnx.TensorProto.FLOAT)
    g.output(g("MatMul", g("Relu", g("MatMul", x, g.weight(INPUTS, 40))), g.weight(40, 16)), "y", ["batch", 16])
    onnx.save(g.model(), path)


def rows(count):
    return RANDOM.standard_normal((count, INPUTS)).astype(np.float32)


def dead(count):
    x = rows(count)
    x[:, 3::5] = 0
    return x


# Calls of each sample; the error that it makes, where it makes one.
SAMPLES = {
    "dead channels": [dead(64) for _ in range(8)],
    "constant rows": [np.ones((32, INPUTS), np.float32)] * 8,  # the Gram has rank 1
    "zeros": [np.zeros((32, INPUTS), np.float32)] * 8,
    "tiny numbers": [rows(32) * np.float32(1e-20) for _ in range(8)],
    "large numbers": [rows(32) * np.float32(1e8) for _ in range(8)],
    "one call": [rows(64)],
    "one row": [rows(1)],
    "calls of many lengths": [rows(n) for n in (1, 7, 64, 33, 2, 90, 5, 11)],
}
BAD = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "1e+30": 1e30}


def write_sample(folder, session, calls):
    folder.mkdir()
    for i, x in enumerate(calls):
        write_inputs(folder / str(i), session, {"x": x})


def expect_error(*arguments, says, code=1):
    result = run("retort", *arguments, code=None)
    assert result.returncode == code, (arguments, result.returncode, result.stderr)
    errors = [line for line in result.stderr.splitlines() if "error:" in line]
    assert len(errors) == 1 and says in errors[0], (says, result.stderr)


def check_samples(work, model, session):
    for number, (name, calls) in enumerate(SAMPLES.items()):
        write_sample(work / f"sample_{number}", session, calls)
        calibrate(model, work / "statistics", f"--inputs={work}/sample_{number}")
        wanted, folder = session.run(None, {"x": calls[0]})[0], work / f"sample_{number}" / "0"
        size = max(np.linalg.norm(wanted), 1e-30)
        for passes, plain in METHODS.items():
            off, bound = (np.linalg.norm(native_output(model, folder, f"--calibration={work}/statistics", f"--compress={p}") - wanted) / size
                          if p else None for p in (passes, plain))
            assert np.isfinite(off) and off < 1, (name, passes, off)
            assert bound is None or off < 1.1 * bound + 1e-6, (name, passes, off, bound)
        print(f"{name}: fine")


def check_numbers(work, model, session):
    for name, value in BAD.items():
        calls = [rows(4), rows(4)]
        calls[1][2, 5] = value
        folder = work / f"bad_{name}"
        write_sample(folder, session, calls)
        expect_error("calibrate", model, f"--inputs={folder}", "-o", work / "none", says=f"{folder}/1': what '")
        assert not (work / "none").exists() and not (work / "none.part").exists()


def check_flags(work, model):
    sample = work / "sample_0"
    other = work / "other.onnx"
    changed = onnx.load(model)
    changed.graph.initializer[0].raw_data = changed.graph.initializer[0].raw_data[::-1]
    onnx.save(changed, other)
    calibrate(model, work / "statistics", f"--inputs={sample}")
    expect_error("compile", other, f"--calibration={work}/statistics", "--compress=compress-quantize-gptq", "-o", work / "x.so",
                 says="expects statistics of this model, found those of another")
    calibrate(model, work / "moments", f"--inputs={sample}", "--statistics=moments")
    assert (work / "moments").stat().st_size < 0.5 * (work / "statistics").stat().st_size
    run("retort", "compile", model, f"--calibration={work}/moments", "--compress=compress-prune-wanda", "--emit=onnx", "-o", work / "y.onnx")
    expect_error("compile", model, f"--calibration={work}/moments", "--compress=compress-quantize-gptq", "-o", work / "x.so",
                 says="found those of `retort calibrate --statistics=moments`")
    expect_error("compile", model, f"--calibration={work}/statistics", "--compress=compress-quantize-gptq", "-o", work / "x.so",
                 f"--score={work}/score", says="expects statistics of a text, found those of tensors")
    for extra, says, code in (
        ([f"--inputs={work}/nowhere"], "no such folder", 1),
        ([f"--inputs={work}/empty"], "or folders of such, found none", 1),
        ([f"--inputs={sample}", "--sensitivity=1"], "--sensitivity cannot apply: expects --text or --tokens", 2),
        ([f"--inputs={sample}", "--context=4"], "--context cannot apply: tensors have their own sizes", 2),
        ([f"--inputs={sample}", f"--tokens={sample}"], "expects one sample, found --tokens and --inputs", 2),
        ([f"--inputs={sample}", "--layers=x"], "expects --layers to be numbers, found 'x'", 2),
        ([f"--inputs={sample}", "--layers=9"], "matches no weight", 1),
    ):
        (work / "empty").mkdir(exist_ok=True)
        expect_error("calibrate", model, "-o", work / "none", *extra, says=says, code=code)
    assert not (work / "x.so").exists() and not (work / "x.so.part").exists()


def check_text(work):
    (work / "empty.txt").write_text("")
    expect_error("calibrate", MODEL, f"--tokenizer={TOKENIZER}", f"--text={work}/empty.txt", "-o", work / "none", says="empty.txt: the text")


with tempfile.TemporaryDirectory() as scratch:
    work = pathlib.Path(scratch)
    model = work / "model.onnx"
    make(model)
    session = runtime(model)
    check_samples(work, model, session)
    check_numbers(work, model, session)
    check_flags(work, model)
    check_text(work)
