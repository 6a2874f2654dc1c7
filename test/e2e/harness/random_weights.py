# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights of large models for tests of memory: random numbers in a file beside the model."""

import numpy as np
from onnx import TensorProto


class Weights:
    """Random numbers, repeated, in one file of external data."""

    def __init__(self, path):
        self.file, self.name, self.end = open(path, "wb"), path.name, 0
        self.random = np.random.default_rng(1)
        self.numbers = self.random.standard_normal(1 << 22).astype(np.float32)

    def add(self, name, *shape, dtype=np.float32):
        """numbers with the deviation 1 / sqrt(inputs)"""
        count = int(np.prod(shape))
        scaled = (self.numbers * np.float32(shape[0] ** -0.5)).astype(dtype)
        for begin in range(0, count, len(scaled)):
            self.file.write(scaled[: min(len(scaled), count - begin)].tobytes())
        kind = TensorProto.FLOAT if dtype == np.float32 else TensorProto.FLOAT16
        return self.tensor(name, kind, shape, count * np.dtype(dtype).itemsize)

    def add_codes(self, name, *shape):
        """numbers of 4 bits with a sign"""
        size = int(np.prod(shape)) // 2
        self.file.write(self.random.bytes(size))
        return self.tensor(name, TensorProto.INT4, shape, size)

    def tensor(self, name, kind, shape, size):
        tensor = TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", self.name), ("offset", self.end), ("length", size)):
            tensor.external_data.add(key=key, value=str(value))
        self.end += size
        return tensor
