# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The code of a model does not grow with its layers, and computes what ONNX Runtime does: a Llama of 24 layers has at most a
fifth more code than one of 6, with caches that are inputs and outputs, and without."""

import pathlib
import struct
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

from harness import run, tool
from harness.llama import Llama

tool("retort")


def code_size(library):
    """bytes of the section .text of an ELF file of 64 bits"""
    data = pathlib.Path(library).read_bytes()
    start, = struct.unpack_from("<Q", data, 0x28)
    width, count, names = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", data, start + i * width) for i in range(count)]
    text = headers[names][4]
    for name, _, _, _, _, size in headers:
        if data[text + name:].startswith(b".text\0"):
            return size
    return 0


def compare(folder, path):
    """of texts of 1 and 5 tokens"""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for length in (1, 5):
        place = folder / "call"
        place.mkdir(exist_ok=True)
        feed = {}
        for value in session.get_inputs():
            shape = [size if isinstance(size, int) else length for size in value.shape]
            feed[value.name] = np.arange(np.prod(shape), dtype=np.int64).reshape(shape) % 7
            np.save(place / f"{value.name}.npy", feed[value.name])
        expected = folder / "expected"
        expected.mkdir(exist_ok=True)
        for value, result in zip(session.get_outputs(), session.run(None, feed)):
            np.save(expected / f"{value.name}.npy", result)
        run("retort", "run", path.with_suffix(".so"), f"--inputs={place}", f"--expect={expected}", "--rtol=1e-3", "--atol=1e-3")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for past in (False, True):
            sizes = []
            for layers in (6, 24):
                path = folder / f"{layers}{'past' if past else ''}.onnx"
                onnx.save(Llama(heads=20, groups=10, size=16, layers=layers, inner=64).model(past=past), path)
                run("retort", "compile", path, "--optimize=2", "-o", path.with_suffix(".so"))
                sizes.append(code_size(path.with_suffix(".so")))
                if not past:
                    compare(folder, path)
            print(f"caches {'given' if past else 'none'}: {sizes[0]} bytes of code for 6 layers, {sizes[1]} for 24")
            if not 0 < sizes[1] <= 1.2 * sizes[0]:
                return "the code grows with the number of layers"
    return 0


sys.exit(main())
