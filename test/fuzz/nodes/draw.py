# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random shapes, types, numbers: mostly what an operation expects, now and then what it does not."""

import numpy as np

FLOATS = ["float32", "float64", "float16"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
# Integers at which sizes, indices and sums of them go wrong.
EDGES = [0, -1, 1, 2, -2, 7, -7, 100, -100, 2**31, -(2**31), 2**32 + 1, 2**61 + 1, 2**62, 2**63 - 1, -(2**63), -(2**63) + 1]
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30, -1e30, 1e-30]


class Draw:
    """Everything that is random about one case; the same seed draws the same."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def chance(self, share):
        return self.random.random() < share

    def choose(self, options):
        return options[int(self.random.integers(len(options)))]

    def integer(self, low, high):
        """Both ends included."""
        return int(self.random.integers(low, high + 1))

    def size(self):
        return self.choose([0, 1, 1, 2, 2, 3, 3, 4, 5])

    def shape(self, low=0, high=4):
        return [self.size() for _ in range(self.integer(low, high))]

    def full(self, low=1, high=4):
        """A shape without sizes of 0."""
        return [max(1, size) for size in self.shape(low, high)]

    def broadcastable(self, shape):
        """A shape that broadcasts against `shape`."""
        kept = shape[self.integer(0, len(shape)) if self.chance(0.3) else 0 :]
        return [1 if self.chance(0.2) else size for size in kept]

    def axis(self, rank):
        return self.integer(-rank, rank - 1) if rank else 0

    def numbers(self, kind, shape, special=0.06):
        """An array of an element type, `special` of all with numbers that arithmetic treats apart."""
        shape = tuple(shape)
        if kind == "bool":
            return self.random.random(shape) < 0.5
        if kind in FLOATS:
            values = (self.random.standard_normal(shape) * 2).astype(kind)
            edges = np.array(SPECIAL, np.float64)
        else:
            values = self.random.integers(0 if kind in UNSIGNED else -5, 6, shape).astype(kind)
            edges = np.array([np.iinfo(kind).min, np.iinfo(kind).max, 0, 1])
        if self.chance(special) and values.size:
            with np.errstate(over="ignore"):
                at = self.random.random(shape) < 0.3
                values = np.where(at, self.random.choice(edges.astype(kind) if kind in FLOATS else edges.astype(kind), shape), values)
        return values.astype(kind)

    def indices(self, kind, shape, size):
        """Positions along an axis of `size`, now and then one beyond it."""
        values = self.random.integers(-max(size, 1), max(size, 1), shape)
        if self.chance(0.05) and values.size:
            values.flat[0] = self.choose([size, -size - 1, *EDGES]) if kind == "int64" else size
        return values.astype(kind)

    def list(self, *values):
        return np.array(values, np.int64)
