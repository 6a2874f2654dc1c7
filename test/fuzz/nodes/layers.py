# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recipes of matrix products, convolutions, pooling, normalizations, quantization."""

import numpy as np

from .recipes import recipe


@recipe("MatMul")
def matmul(draw, schema, types):
    rows, depth, columns = draw.size(), draw.size(), draw.size()
    batch = draw.shape(0, 2)
    return dict(A=draw.numbers(types["A"], [*batch, rows, depth]), B=draw.numbers(types["B"], [*draw.broadcastable(batch), depth, columns])), {}


@recipe("Pow")
def power(draw, schema, types):
    # What an integer is of a power that is none, or below zero, is nowhere said.
    shape, kind = draw.shape(), types["X"]
    exponents = np.abs(draw.numbers(kind, draw.broadcastable(shape), 0)) % 4 if kind.startswith("int") else draw.numbers(kind, draw.broadcastable(shape))
    return dict(X=draw.numbers(kind, shape, 0.06 if kind.startswith("float") else 0), Y=exponents.astype(kind)), {}


@recipe("MatMulInteger")
def matmul_integer(draw, schema, types):
    rows, depth, columns = draw.size(), draw.size(), draw.size()
    inputs = dict(A=draw.numbers(types["A"], [rows, depth]), B=draw.numbers(types["B"], [depth, columns]))
    inputs["a_zero_point"] = draw.numbers(types["A"], []) if draw.chance(0.5) else None
    inputs["b_zero_point"] = draw.numbers(types["B"], draw.choose([[], [columns]])) if draw.chance(0.5) else None
    return inputs, {}


@recipe("Gemm")
def gemm(draw, schema, types):
    rows, depth, columns, a, b = draw.size(), draw.size(), draw.size(), draw.integer(0, 1), draw.integer(0, 1)
    inputs = dict(A=draw.numbers(types["A"], [depth, rows] if a else [rows, depth]), B=draw.numbers(types["B"], [columns, depth] if b else [depth, columns]))
    inputs["C"] = draw.numbers(types["C"], draw.broadcastable([rows, columns])) if draw.chance(0.7) else None
    return inputs, dict(transA=a, transB=b, alpha=0.5, beta=2.0)


def window(draw, dims):
    kernel = [draw.integer(1, 3) for _ in range(dims)]
    attributes = dict(kernel_shape=kernel)
    if draw.chance(0.5):
        attributes["strides"] = [draw.integer(1, 2) for _ in range(dims)]
    if draw.chance(0.3):
        attributes["dilations"] = [draw.integer(1, 2) for _ in range(dims)]
    if draw.chance(0.4):
        attributes["pads"] = [draw.integer(0, k - 1) for k in kernel * 2]
    elif draw.chance(0.3):
        attributes["auto_pad"] = draw.choose(["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
    return attributes


@recipe("Conv")
def conv(draw, schema, types):
    dims, group, outputs, channels = draw.integer(1, 3), draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 2)
    attributes = window(draw, dims)
    image = [k * 2 + draw.integer(0, 2) for k in attributes["kernel_shape"]]
    inputs = dict(X=draw.numbers(types["X"], [draw.integer(1, 2), channels * group, *image]))
    inputs["W"] = draw.numbers(types["W"], [outputs * group, channels, *attributes["kernel_shape"]])
    inputs["B"] = draw.numbers(types["B"], [outputs * group]) if draw.chance(0.5) else None
    return inputs, dict(attributes, group=group)


@recipe("AveragePool", "MaxPool")
def pool(draw, schema, types):
    attributes = window(draw, draw.integer(1, 3))
    image = [k * 2 + draw.integer(0, 2) for k in attributes["kernel_shape"]]
    if draw.chance(0.3):
        attributes["ceil_mode"] = 1
    if schema.name == "AveragePool" and draw.chance(0.5):
        attributes["count_include_pad"] = 1
    return dict(X=draw.numbers(types["X"], [draw.integer(1, 2), draw.integer(1, 2), *image], 0)), attributes


@recipe("GlobalAveragePool", "GlobalMaxPool")
def global_pool(draw, schema, types):
    return dict(X=draw.numbers(types["X"], draw.full(3, 5), 0)), {}


@recipe("Softmax", "LogSoftmax", "Hardmax")
def softmax(draw, schema, types):
    shape = draw.shape(1)
    return dict(input=draw.numbers(types["input"], shape, 0)), dict(axis=draw.axis(len(shape)))


@recipe("LayerNormalization", "RMSNormalization")
def layer_norm(draw, schema, types):
    shape = draw.full(1, 4)
    axis = draw.axis(len(shape))
    inputs = dict(X=draw.numbers(types["X"], shape, 0))
    scale = "Scale" if schema.name == "LayerNormalization" else "scale"
    inputs[scale] = draw.numbers(types[scale], shape[axis % len(shape) :], 0)
    if schema.name == "LayerNormalization":
        inputs["B"] = draw.numbers(types["B"], shape[axis % len(shape) :], 0) if draw.chance(0.5) else None
    return inputs, dict(axis=axis)


@recipe("BatchNormalization")
def batch_norm(draw, schema, types):
    shape = draw.full(2, 4)
    inputs = dict(X=draw.numbers(types["X"], shape, 0))
    for name in ("scale", "B", "input_mean", "input_var"):
        values = draw.numbers(types[name], [shape[1]], 0)
        inputs[name] = np.abs(values) + np.asarray(0.5, values.dtype) if name == "input_var" else values
    return inputs, {}


@recipe("InstanceNormalization", "GroupNormalization")
def instance_norm(draw, schema, types):
    shape, groups = draw.full(3, 4), draw.integer(1, 2)
    attributes = {}
    if schema.name == "GroupNormalization":
        shape[1] *= groups
        attributes["num_groups"] = groups
    first, scale, bias = [i.name for i in schema.inputs]
    return {first: draw.numbers(types[first], shape, 0), scale: draw.numbers(types[scale], [shape[1]], 0), bias: draw.numbers(types[bias], [shape[1]], 0)}, attributes


@recipe("QuantizeLinear", "DequantizeLinear")
def quantize(draw, schema, types):
    shape = draw.full(1, 3)
    axis = draw.axis(len(shape))
    form = draw.choose(["tensor", "axis", "block"])
    block = draw.integer(1, 3)
    scales = list(shape)
    scales[axis] = -(-shape[axis] // block)
    scales = {"tensor": [], "axis": [shape[axis]], "block": scales}[form]
    first, scale, zero = [i.name for i in schema.inputs]
    codes = draw.choose(["int8", "uint8"])
    quantizes = schema.name == "QuantizeLinear"
    inputs = {first: draw.numbers("float32" if quantizes else codes, shape, 0), scale: np.abs(draw.numbers("float32", scales, 0)) + np.float32(0.1)}
    inputs[zero] = draw.numbers(codes, scales, 0) if draw.chance(0.6) else None
    return inputs, dict(axis=axis, block_size=block) if form == "block" else dict(axis=axis)


@recipe("DynamicQuantizeLinear")
def dynamic_quantize(draw, schema, types):
    return dict(x=draw.numbers("float32", draw.full(0, 3), 0)), {}, 3


@recipe("Einsum")
def einsum(draw, schema, types):
    sizes = {letter: draw.integer(1, 3) for letter in "bijk"}
    equation = draw.choose(["bij,bjk->bik", "ij,jk", "ij->ji", "ii->i", "i,j->ij", "bij->b", "...ij,...jk->...ik"])
    inputs = {}
    for i, term in enumerate(equation.split("->")[0].split(",")):
        inputs[f"Inputs{i}"] = draw.numbers(types["Inputs"], [sizes[c] for c in term.replace("...", "b")], 0)
    return inputs, dict(equation=equation)


@recipe("Resize")
def resize(draw, schema, types):
    # ONNX Runtime interpolates along the last two or three axes alone, and floats.
    mode = draw.choose(["nearest", "linear", "cubic"])
    spatial = draw.integer(1, 2) if mode != "cubic" else 2
    kind = types["X"] if mode == "nearest" else "float32"
    image = draw.full(spatial, spatial)
    shape = [draw.integer(1, 2), draw.integer(1, 2), *image]
    inputs = dict(X=draw.numbers(kind, shape, 0), roi=None, scales=None, sizes=None)
    attributes = dict(mode=mode, coordinate_transformation_mode=draw.choose(["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]))
    lead = [2, 2][: 2 if draw.chance(0.5) else 0]
    if not lead:
        attributes["axes"] = list(range(2, 2 + spatial))
    if draw.chance(0.5):
        # Of other scales along the axis, `align_corners` is a matter of rounding.
        factors = [1.0, 2.0, 3.0] if attributes["coordinate_transformation_mode"] == "align_corners" else [0.5, 1.0, 1.5, 2.0, 2.6, 0.8]
        inputs["scales"] = np.array([1.0] * len(lead) + [draw.choose([f for f in factors if f * size >= 1]) for size in image], np.float32)
    else:
        inputs["sizes"] = draw.list(*shape[: len(lead)], *[draw.integer(1, 6) for _ in image])
        if attributes["coordinate_transformation_mode"] != "align_corners" and draw.chance(0.3):
            attributes["keep_aspect_ratio_policy"] = draw.choose(["stretch", "not_larger", "not_smaller"])
    if mode == "nearest":
        attributes["nearest_mode"] = draw.choose(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
    if mode == "cubic":
        attributes.update(cubic_coeff_a=draw.choose([-0.5, -0.75]), exclude_outside=draw.integer(0, 1))
    if mode != "nearest" and len(image) == 2 and draw.chance(0.2):
        attributes["antialias"] = 1
    return inputs, attributes
