# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Padding in front of a text leaves states alone: its rows are what the text gives by itself, and what ONNX Runtime gives."""

import pathlib
import tempfile

import numpy as np

from harness import data, run, skip

try:
    import onnxruntime
    from onnx import TensorProto, numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

folder = data("onnx-exports")
if not folder.is_dir():
    skip("there are no exports")
PADS, LENGTH = 5, 12
random = np.random.default_rng(0)
ids = random.integers(3, 50, (2, LENGTH))
mask = np.ones((2, LENGTH), np.int64)
mask[1, :PADS] = 0


def logits(model, ids, mask, name):
    """of Retort, which must be those of ONNX Runtime as well"""
    inputs = {"input_ids": ids, "attention_mask": mask}
    wanted = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run([name], inputs)[0]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "in").mkdir()
        for key, array in inputs.items():
            np.save(scratch / "in" / f"{key}.npy", array)
        run("retort", "run", model, f"--inputs={scratch}/in", f"--outputs={scratch}/out")
        tensor = TensorProto()
        tensor.ParseFromString((scratch / "out" / "output_0.pb").read_bytes())
        found = numpy_helper.to_array(tensor)
    assert np.abs(found - wanted)[mask.astype(bool)].max() <= 1e-4 * np.abs(wanted).max()
    return found


for export in ("mamba2_dynamo18", "stories260k_dynamo18_mask_external"):
    model = folder / export / "model.onnx"
    padded, alone = logits(model, ids, mask, "logits"), logits(model, ids[1:, PADS:], mask[1:, PADS:], "logits")
    off = np.abs(padded[1, PADS:] - alone[0]).max() / np.abs(alone).max()
    print(f"{export}: {off:.1e} of the largest logit", flush=True)
    assert off < 1e-5, export
