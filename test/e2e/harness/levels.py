# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights of codes of levels, as ONNX has them: written here from the description of compress.decode_levels alone."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

# The upper half of each table.
_UPPER = {
    2: [0.2997714, 1],
    3: [0.1138942, 0.3513124, 0.6245089, 1],
    4: [0.0469866, 0.1420075, 0.2403431, 0.3448525, 0.4597219, 0.5921293, 0.7571636, 1],
    5: [0.0202070, 0.0607384, 0.1016270, 0.1431272, 0.1855208, 0.2291312, 0.2743448, 0.3216404,
        0.3716356, 0.4251622, 0.4833969, 0.5481079, 0.6221695, 0.7108033, 0.8253114, 1],
}


def levels(bits):
    """2^bits levels from -1 to 1, as f32."""
    if bits <= 5:
        upper = np.array(_UPPER[bits], np.float32)
    else:
        upper = np.arange(1, 2**bits, 2, dtype=np.float32) / np.float32(2**bits - 1)
    return np.concatenate([-upper[::-1], upper])


def ladder(low, high):
    """64 floats whose bits are evenly spaced, from `low` to at least `high`."""
    first, last = (int(np.float32(x).view(np.int32)) for x in (low, high))
    return (first + -((first - last) // 63) * np.arange(64)).astype(np.int32).view(np.float32)


def _codes(name, numbers, bits):
    if bits > 4:
        return numpy_helper.from_array(numbers.astype(np.uint8), name)
    flat = np.zeros((numbers.size + 1) // 2 * 2, np.uint8)
    flat[: numbers.size] = numbers.flatten()
    packed = (flat[0::2] | flat[1::2] << 4).tobytes()
    return TensorProto(name=name, data_type=TensorProto.UINT4, dims=numbers.shape, raw_data=packed)


def level_weight(name, codes, places, steps, bits, axis, size):
    """initializers, nodes, and the matrix itself: codes of K x N (axis 0) or N x K (axis 1), places of scales in `steps` for
    groups of `size` along the axis"""
    groups = np.arange(codes.shape[axis]) // size
    initializers = [
        _codes(f"{name}_codes", codes, bits),
        numpy_helper.from_array(levels(bits), f"{name}_levels"),
        numpy_helper.from_array(places.astype(np.uint8), f"{name}_scale"),
        numpy_helper.from_array(steps, f"{name}_ladder"),
        numpy_helper.from_array(groups.astype(np.int64), f"{name}_groups"),
    ]
    nodes = [
        helper.make_node("Cast", [f"{name}_codes"], [f"{name}_code"], to=TensorProto.INT64),
        helper.make_node("Gather", [f"{name}_levels", f"{name}_code"], [f"{name}_numbers"]),
        helper.make_node("Cast", [f"{name}_scale"], [f"{name}_place"], to=TensorProto.INT64),
        helper.make_node("Gather", [f"{name}_ladder", f"{name}_place"], [f"{name}_of_groups"]),
        helper.make_node("Gather", [f"{name}_of_groups", f"{name}_groups"], [f"{name}_of_places"], axis=axis),
        helper.make_node("Mul", [f"{name}_numbers", f"{name}_of_places"], [name]),
    ]
    return initializers, nodes, levels(bits)[codes] * np.take(steps[places], groups, axis)
