# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What turns a node that fits into one that may not: another size, another rank, a number at the edge."""

import numpy as np
from onnx import AttributeProto

from .draw import EDGES


def resized(draw, array):
    """The same array with another size along one axis, or an axis more or less."""
    if array.ndim == 0 or draw.chance(0.2):
        return np.broadcast_to(array, (draw.choose([0, 1, 2]), *array.shape)).copy() if draw.chance(0.5) else array.reshape(-1)
    axis = draw.integer(0, array.ndim - 1)
    size = draw.choose([0, 1, max(0, array.shape[axis] - 1), array.shape[axis] + 1, array.shape[axis] * 2 + 3])
    if array.shape[axis] == 0:
        shape = list(array.shape)
        shape[axis] = size
        return np.zeros(shape, array.dtype)
    return np.take(array, np.arange(size) % array.shape[axis], axis=axis)


def renumbered(draw, array):
    """An integer array with a number at the edge of its type or of sizes."""
    array = array.copy()
    limits = np.iinfo(array.dtype)
    edges = [edge for edge in EDGES if limits.min <= edge <= limits.max]
    if array.size:
        array.flat[draw.integer(0, array.size - 1)] = draw.choose(edges)
    return array


def mutate(draw, case):
    """Changes one thing of a case in place."""
    kinds = ["size", "number", "attribute"]
    kind = draw.choose(kinds)
    given = [name for name, value in case.inputs.items() if value is not None]
    if kind == "attribute":
        changed = [a for a in case.schema.attributes.values() if a.type in (AttributeProto.INT, AttributeProto.INTS)]
        if changed:
            attribute = draw.choose(changed)
            if attribute.type == AttributeProto.INT:
                case.attributes[attribute.name] = draw.choose(EDGES)
            elif case.attributes.get(attribute.name):
                values = list(case.attributes[attribute.name])
                values[draw.integer(0, len(values) - 1)] = draw.choose(EDGES)
                case.attributes[attribute.name] = values
            return
    if not given:
        return
    name = draw.choose(given)
    value = case.inputs[name]
    if kind == "number":
        lists = [n for n in given if case.inputs[n].dtype.kind in "iu" and case.inputs[n].ndim <= 1 and case.inputs[n].size]
        if lists:
            name = draw.choose(lists)
            case.inputs[name] = renumbered(draw, case.inputs[name])
            return
    case.inputs[name] = resized(draw, value)
