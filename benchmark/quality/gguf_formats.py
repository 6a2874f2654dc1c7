# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Formats of llama.cpp, as far as its own package gguf writes them: matrices as the numbers that their codes stand for.

A matrix whose rows are no multiple of 32 stays as it is, and counts 32 bits.
"""
import gguf
import numpy as np
import onnx
from gguf import quants
from onnx import numpy_helper

from quality.bench import Form

KINDS = ["Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0"]


def forms(bench):
    for name in KINDS:
        kind = gguf.GGMLQuantizationType[name]
        model, size = onnx.load(bench.model), 0
        for tensor in model.graph.initializer:
            if tensor.name not in bench.matrices:
                continue
            rows = numpy_helper.to_array(tensor).T
            if rows.shape[1] % 32:
                size += 4 * rows.size
                continue
            codes = quants.quantize(np.ascontiguousarray(rows), kind)
            size += codes.nbytes
            numbers = quants.dequantize(codes, kind).T.astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(numbers), tensor.name))
        onnx.save(model, bench.work / "gguf.onnx")
        yield Form("llama.cpp", name, bench.bits(size), bench.logits_of_onnx(bench.work / "gguf.onnx"))
