# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that are no language models are calibrated by tensors: padding does not count, statistics are those of ONNX Runtime's
activations, and what is fitted to them is closer on other inputs than what knows the weights alone."""

import pathlib
import tempfile

import numpy as np
from harness import data, run, skip, tool

try:
    import onnx
    from harness.fitted import Statistics, calibrate, native_output, runtime, write_inputs
    from harness.tiny import Graph
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
RANDOM = np.random.default_rng(3)
SIDE, WIDTH = 6, 96


def vision(path):
    """Patches of an image, an MLP over their pixels, one over the patches, and scores of classes."""
    g = Graph()
    pixels = g.input("pixels", ["batch", 3, 4 * SIDE, 4 * SIDE], onnx.TensorProto.FLOAT)
    cut = g("Transpose", g("Reshape", pixels, [0, 3, SIDE, 4, SIDE, 4]), perm=[0, 2, 4, 1, 3, 5])
    x = g("MatMul", g("Reshape", cut, [0, SIDE * SIDE, 48]), g.weight(48, WIDTH))
    for _ in range(2):
        normal = g("LayerNormalization", x, g.constant(np.ones(WIDTH, np.float32)), axis=-1)
        x = g("Add", x, g("MatMul", g("Relu", g("MatMul", normal, g.weight(WIDTH, 2 * WIDTH))), g.weight(2 * WIDTH, WIDTH)))
        turned = g("Transpose", x, perm=[0, 2, 1])
        mixed = g("MatMul", g("Relu", g("MatMul", turned, g.weight(SIDE * SIDE, 64))), g.weight(64, SIDE * SIDE))
        x = g("Add", x, g("Transpose", mixed, perm=[0, 2, 1]))
    g.output(g("MatMul", x, g.weight(WIDTH, WIDTH)), "features", ["batch", SIDE * SIDE, WIDTH])
    onnx.save(g.model(), path)


def image():
    """Smooth, as pictures are: few directions have most of the variance."""
    small = RANDOM.standard_normal((2, 3, SIDE, SIDE))
    return {"pixels": (np.kron(small, np.ones((4, 4))) + 0.1 * RANDOM.standard_normal((2, 3, 4 * SIDE, 4 * SIDE))).astype(np.float32)}


def error_of(work, model, feeds, passes):
    """Of the first output, relative to the model as it is in ONNX Runtime; natively and exported."""
    session = runtime(model)
    wanted = session.run(None, feeds)[0]
    write_inputs(work / "unseen", session, feeds)
    extra = [f"--calibration={work}/statistics", f"--compress={passes}"]
    ours = native_output(model, work / "unseen", *extra)
    run("retort", "compile", model, "--emit=onnx", "-o", work / "small.onnx", *extra)
    theirs = runtime(work / "small.onnx").run(None, feeds)[0]
    assert np.abs(ours - theirs).max() < 1e-3 * np.abs(theirs).max(), "native code and ONNX Runtime differ"
    return np.linalg.norm(ours - wanted) / np.linalg.norm(wanted)


def compare(work, model, feeds, bits, most):
    nearest = error_of(work, model, feeds, f"compress-quantize-rtn{{bits={bits} group-size=32}}")
    fitted = error_of(work, model, feeds, f"compress-quantize-gptq{{bits={bits}}}")
    print(f"{model.parent.name}/{model.name}, {bits} bits: {nearest:.4f} to nearest, {fitted:.4f} fitted")
    assert fitted < most * nearest, "what was fitted is hardly closer"


def check_vision(work):
    model = work / "vision.onnx"
    vision(model)
    session = runtime(model)
    (work / "images").mkdir()
    for i in range(12):
        write_inputs(work / "images" / f"image_{i}", session, image())
    calibrate(model, work / "statistics", f"--inputs={work}/images")
    found = Statistics(work / "statistics")
    assert found.text["windows"] == 12 and found.text["context"] == 0
    rows = {record["inputs"]: (record["fitted"]["rows"], record["held"]["rows"]) for record in found.text["records"]}
    assert rows[48] == (11 * 2 * SIDE * SIDE, 2 * SIDE * SIDE) and rows[64] == (11 * 2 * WIDTH, 2 * WIDTH), rows
    compare(work, model, image(), 4, 0.8)


def sentences(lengths):
    """A batch that is as long as its longest sentence."""
    longest = max(lengths)
    mask = np.array([[i < length for i in range(longest)] for length in lengths], np.int64)
    return {"input_ids": RANDOM.integers(3, 90, mask.shape), "attention_mask": mask, "token_type_ids": np.zeros_like(mask)}


def check_padding(work, model):
    """A padded batch says the same as its sentences one by one; the places of padding hold other ids."""
    session, batch, lengths = runtime(model), sentences([9, 5, 7]), [9, 5, 7]
    write_inputs(work / "padded", session, batch)
    (work / "apart").mkdir()
    for i, length in enumerate(lengths):
        write_inputs(work / "apart" / f"{i}", session, {name: value[i : i + 1, :length] for name, value in batch.items()})
    for name in ("padded", "apart"):
        calibrate(model, work / f"{name}.statistics", f"--inputs={work}/{name}")
    padded, apart = (Statistics(work / f"{name}.statistics") for name in ("padded", "apart"))
    for one, other in zip(padded.text["records"], apart.text["records"]):
        assert one["weights"] == other["weights"]
        assert one["fitted"]["rows"] == other["fitted"]["rows"] == sum(lengths), (one["weights"], one["fitted"]["rows"])
        a, b = padded.gram(one, "fitted"), apart.gram(other, "fitted")
        assert np.abs(a - b).max() < 1e-4 * np.abs(a).max(), one["weights"]
    print(f"{len(padded.text['records'])} records of {sum(lengths)} rows, padded or not")


def check_encoder(work):
    model = data("onnx-exports", "bert_dynamo18", "model.onnx")
    check_padding(work, model)
    session = runtime(model)
    (work / "sentences").mkdir()
    for i in range(16):
        write_inputs(work / "sentences" / f"{i}", session, sentences(list(RANDOM.integers(12, 40, 4))))
    calibrate(model, work / "statistics", f"--inputs={work}/sentences")
    compare(work, model, sentences([32, 32]), 4, 0.9)


with tempfile.TemporaryDirectory() as folder:
    check_vision(pathlib.Path(folder))
with tempfile.TemporaryDirectory() as folder:
    check_encoder(pathlib.Path(folder))
