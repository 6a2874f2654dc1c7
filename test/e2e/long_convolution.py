# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions over all rows before each row, by as many taps as a text is long, are what sums in f64 give: fewer rows than
taps and more, channels that fill no block, texts side by side, a channel of zeros, and filters much smaller than the rows."""

import pathlib
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harness import run

random = np.random.default_rng(1)


def written(path, taps, channels, bias, padded):
    """rows (B x channels x T) and a filter of each channel, that shrinks to nothing; zeros in front by the Conv or by a Pad."""
    fading = np.exp(-np.arange(taps)[::-1] * 4 / taps) * 10.0 ** -random.integers(0, 6, (channels, 1))
    filters = (random.standard_normal((channels, taps)) * fading).astype(np.float32)
    filters[-1] = 0
    weights = [numpy_helper.from_array(filters[:, None], "w")]
    if bias:
        weights.append(numpy_helper.from_array(random.standard_normal(channels).astype(np.float32), "b"))
    names = ["p" if padded else "x", *(w.name for w in weights)]
    nodes = [helper.make_node("Conv", names, ["y"], group=channels, pads=[0, 0] if padded else [taps - 1, 0])]
    if padded:
        nodes.insert(0, helper.make_node("Pad", ["x", "pads"], ["p"]))
        weights.append(numpy_helper.from_array(np.array([0, 0, taps - 1, 0, 0, 0]), "pads"))
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", channels, "T"])
    graph = helper.make_graph(nodes, "long", [value("x")], [value("y")], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return filters[:, ::-1].astype(float), numpy_helper.to_array(weights[1]).astype(float) if bias else np.zeros(channels)


def summed(x, filters):
    rows = x.shape[2]
    return np.array([[np.convolve(row, taps)[:rows] for row, taps in zip(text, filters)] for text in x.astype(float)])


with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    for taps, channels, bias, padded in ((512, 1, False, False), (1000, 20, True, True), (2048, 35, False, False)):
        filters, added = written(work / "m.onnx", taps, channels, bias, padded)
        run("retort", "compile", work / "m.onnx", "-o", work / "m.so")
        for batch, rows in ((1, 1), (1, 2), (2, 5), (1, 511), (3, 1000), (1, 2500)):
            x = random.standard_normal((batch, channels, rows)).astype(np.float32)
            np.save(work / "x.npy", x)
            run("retort", "run", work / "m.so", f"--inputs={work}", f"--outputs={work / 'out'}")
            y = numpy_helper.to_array(onnx.load_tensor(str(work / "out" / "output_0.pb")))
            wanted = summed(x, filters)
            # Of the largest element of each channel: a small channel is as exact as a large one.
            most = np.abs(wanted).max((0, 2), keepdims=True) + 1e-30
            off = (np.abs(y - wanted - added[None, :, None]) / (most + np.abs(added[None, :, None]))).max()
            assert y.shape == x.shape and off < 2e-6, (taps, channels, batch, rows, off)
print("long convolutions are what sums give")
