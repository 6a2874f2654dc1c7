# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights of codes in the forms in which tools write them: each a model of one layer, `y = x w (+ b)` or a lookup of rows
of w, and what may be asked of it. Sizes are no multiples of blocks."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
INPUTS, OUTPUTS, BLOCK = 100, 40, 32
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def random(seed=0):
    return np.random.default_rng(seed)


def packed(codes, bits):
    """Codes of the last axis side by side in bytes, the first in the low bits; rows begin at a byte."""
    per = 8 // bits
    rows = np.pad(codes, [(0, 0)] * (codes.ndim - 1) + [(0, -codes.shape[-1] % per)])
    parts = rows.reshape(*rows.shape[:-1], -1, per).astype(np.uint8)
    return sum(parts[..., i] << (bits * i) for i in range(per)).astype(np.uint8)


def initializer(name, value, kind=None, shape=None):
    """Of types that NumPy lacks: raw bytes."""
    if kind is None:
        return numpy_helper.from_array(value, name)
    return helper.make_tensor(name, kind, shape, np.ascontiguousarray(value).tobytes(), raw=True)


def model(nodes, constants, inputs=None, outputs=None, opset=21, ir=10):
    inputs = inputs or [helper.make_tensor_value_info("x", FLOAT, ["rows", INPUTS])]
    outputs = outputs or [helper.make_tensor_value_info("y", FLOAT, ["rows", OUTPUTS])]
    imports = [helper.make_opsetid("", opset), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(helper.make_graph(nodes, "g", inputs, outputs, constants), opset_imports=imports, ir_version=ir)


def n_bits(bits, zeros=None, order=None, bias=False, block=BLOCK, level=1, inputs=INPUTS, seed=0):
    """com.microsoft.MatMulNBits. zeros: None, packed, whole (floats) or parts (floats that are no codes); order: None, plain,
    or turned (inputs belong to groups in any order). With what y is of x: ONNX Runtime 1.32 computes another y where there is an
    order and zero points are packed, or codes have 2 bits, and refuses codes of 8 bits with an order, or with zero points of floats."""
    r = random(seed)
    groups = -(-inputs // block)
    codes = r.integers(0, 1 << bits, (OUTPUTS, groups * block))
    codes[:, inputs:] = 0
    constants = [initializer("w_codes", packed(codes.reshape(OUTPUTS, groups, block), bits)),
                 initializer("w_scales", r.uniform(.01, .1, (OUTPUTS, groups)).astype(np.float32))]
    names = ["x", "w_codes", "w_scales", "", "", ""]
    points = r.integers(0, 1 << bits, (OUTPUTS, groups))
    if zeros:
        names[3] = "w_zeros"
        constants.append(initializer("w_zeros", packed(points, bits) if zeros == "packed" else
                                     (points + (.5 if zeros == "parts" else 0)).astype(np.float32)))
    group = np.arange(inputs, dtype=np.int32) // block
    if order:
        names[4] = "w_order"
        group = r.permutation(group) if order == "turned" else group
        constants.append(initializer("w_order", group))
    added = r.standard_normal(OUTPUTS).astype(np.float32) if bias else np.float32(0)
    if bias:
        names[5] = "w_bias"
        constants.append(initializer("w_bias", added))
    zero = points + (.5 if zeros == "parts" else 0) if zeros else np.full_like(points, 1 << (bits - 1))
    scales = numpy_helper.to_array(constants[1])
    weight = (codes[:, :inputs] - zero[:, group]) * scales[:, group]
    while not names[-1]:
        names.pop()
    node = helper.make_node("MatMulNBits", names, ["y"], domain=MICROSOFT, K=inputs, N=OUTPUTS, bits=bits, block_size=block, accuracy_level=level)
    graph = model([node], constants, [helper.make_tensor_value_info("x", FLOAT, ["rows", inputs])])
    return graph, lambda x: x @ weight.T.astype(np.float32) + added


CODES = {"int2": (TensorProto.INT2, 2, -2), "uint2": (TensorProto.UINT2, 2, 0), "int4": (TensorProto.INT4, 4, -8), "uint4": (TensorProto.UINT4, 4, 0),
         "int8": (TensorProto.INT8, 8, -128), "uint8": (TensorProto.UINT8, 8, 0)}


def coded(name, kind, shape, r):
    element, bits, low = CODES[kind]
    numbers = r.integers(low, low + (1 << bits), shape)
    flat = (numbers.reshape(1, -1) & ((1 << bits) - 1)).astype(np.uint8)
    return initializer(name, packed(flat, bits), element, shape)


def dequantized(kind, sharing, axis=0, zeros=True, use="MatMul", seed=1):
    """onnx.DequantizeLinear with scales per `tensor`, `axis` or `block`; use: MatMul, Gemm (transposed) or Gather."""
    r = random(seed)
    shape = [INPUTS, OUTPUTS] if use == "MatMul" else [OUTPUTS, INPUTS]
    table = {"tensor": [], "axis": [shape[axis]], "block": [-(-size // BLOCK) if i == axis else size for i, size in enumerate(shape)]}[sharing]
    constants = [coded("w_quantized", kind, shape, r), initializer("w_scale", np.asarray(r.uniform(.01, .1, table), np.float32).reshape(table))]
    if zeros:
        constants.append(coded("w_zero_point", kind, table, r))
    attributes = {} if sharing == "tensor" else {"axis": axis}
    if sharing == "block":
        attributes["block_size"] = BLOCK
    nodes = [helper.make_node("DequantizeLinear", ["w_quantized", "w_scale"] + ["w_zero_point"] * zeros, ["w"], **attributes)]
    inputs = outputs = None
    if use == "MatMul":
        nodes.append(helper.make_node("MatMul", ["x", "w"], ["y"]))
    elif use == "Gemm":
        constants.append(initializer("bias", r.standard_normal(OUTPUTS).astype(np.float32)))
        nodes.append(helper.make_node("Gemm", ["x", "w", "bias"], ["y"], transB=1, alpha=.5, beta=2.))
    else:
        inputs = [helper.make_tensor_value_info("ids", INT64, ["rows"])]
        outputs = [helper.make_tensor_value_info("y", FLOAT, ["rows", INPUTS])]
        nodes.append(helper.make_node("Gather", ["w", "ids"], ["y"]))
    two = kind.endswith("2")
    return model(nodes, constants, inputs, outputs, opset=25 if two else 21, ir=13 if two else 10)


def looked_up(form, zeros=True, seed=2):
    """com.microsoft.GatherBlockQuantized of uint4, int4, or bytes that hold codes of 4 or 8 bits."""
    r = random(seed)
    columns, block = 128, 32
    bits = {"bytes8": 8}.get(form, 4)
    names, attributes = ["w_quantized", "ids", "w_scale"], {"block_size": block, "gather_axis": 0, "quantize_axis": 1}
    points = r.integers(0, 1 << bits, (OUTPUTS, columns // block))
    if form.startswith("bytes"):
        attributes["bits"] = bits
        data = initializer("w_quantized", packed(r.integers(0, 1 << bits, (OUTPUTS, columns)), bits))
        table = initializer("w_zero_point", packed(points, bits))
    else:
        data = coded("w_quantized", form, [OUTPUTS, columns], r)
        table = coded("w_zero_point", form, [OUTPUTS, columns // block], r)
    constants = [data, initializer("w_scale", r.uniform(.01, .1, (OUTPUTS, columns // block)).astype(np.float32))]
    if zeros:
        constants.append(table)
        names.append("w_zero_point")
    node = helper.make_node("GatherBlockQuantized", names, ["y"], domain=MICROSOFT, **attributes)
    return model([node], constants, [helper.make_tensor_value_info("ids", INT64, ["rows"])],
                 [helper.make_tensor_value_info("y", FLOAT, ["rows", columns])])


def unpacked(form, turned=False, inputs=96, seed=3):
    """What torch.onnx makes of a layer of AutoGPTQ (`gptq`: eight inputs of an output in an int32, scales gathered by g_idx)
    or AutoAWQ (`awq`: eight outputs of an input, in an order of its own). With what y is of x."""
    r = random(seed)
    groups = inputs // BLOCK
    codes = r.integers(0, 16, (inputs, OUTPUTS))
    points = r.integers(0, 16, (groups, OUTPUTS))
    scales = r.uniform(.01, .1, (groups, OUTPUTS)).astype(np.float32)
    group = np.arange(inputs) // BLOCK
    if turned:
        group = r.permutation(group)
    order = [0, 4, 1, 5, 2, 6, 3, 7] if form == "awq" else list(range(8))  # where AutoAWQ puts output i of eight

    def words(numbers, axis):
        parts = np.moveaxis(numbers, axis, -1).reshape(*np.delete(numbers.shape, axis), -1, 8).astype(np.uint32)
        packed_words = sum(parts[..., i] << np.uint32(4 * order[i]) for i in range(8)).astype(np.uint32)
        return np.moveaxis(packed_words, -1, axis)

    nodes, constants, shift = [], [], np.arange(8, dtype=np.uint32) * 4
    add = lambda kind, ins, out, **kw: nodes.append(helper.make_node(kind, ins, [out], **kw)) or out
    constant = lambda name, value: constants.append(initializer(name, value)) or name

    def unpack(name, numbers, axis, shape, shifts):
        """Of words along `axis`."""
        constant(name, words(numbers, axis))
        wide = add("Unsqueeze", [name, constant(name + "_axis", np.array([axis + 1]))], name + "_wide")
        moved = add("BitShift", [wide, constant(name + "_shift", shifts)], name + "_moved", direction="RIGHT")
        low = add("BitwiseAnd", [moved, constant(name + "_mask", np.array(15, np.uint32))], name + "_low")
        whole = add("Reshape", [low, constant(name + "_shape", np.array(shape))], name + "_whole")
        return add("Cast", [whole], name + "_int", to=TensorProto.INT32)

    if form == "gptq":
        w = unpack("qweight", codes, 0, [inputs, OUTPUTS], shift.reshape(1, 8, 1))
        z = unpack("qzeros", points, 1, [groups, OUTPUTS], shift.reshape(1, 1, 8))
        constant("g_idx", group.astype(np.int64))
        constant("scales", scales)
        s = add("Gather", ["scales", "g_idx"], "s")
        z = add("Gather", [z, "g_idx"], "z")
        centered = add("Sub", [w, z], "centered")
        weight = add("Mul", [s, add("Cast", [centered], "numbers", to=FLOAT)], "w")
    else:
        turn = shift[order].reshape(1, 1, 8)
        w = add("Cast", [unpack("qweight", codes, 1, [inputs, OUTPUTS], turn)], "wf", to=FLOAT)
        z = add("Cast", [unpack("qzeros", points, 1, [groups, OUTPUTS], turn)], "zf", to=FLOAT)
        constant("scales", scales)
        for name, part in (("w3", w), ("z3", z), ("s3", "scales")):
            add("Reshape", [part, constant(name + "_shape", np.array([groups, -1, OUTPUTS]))], name)
        weight = add("Mul", [add("Sub", ["w3", "z3"], "centered"), "s3"], "w_groups")
        weight = add("Reshape", [weight, constant("w_shape", np.array([inputs, OUTPUTS]))], "w")
    add("MatMul", ["x", weight], "y")
    result = model(nodes, constants, [helper.make_tensor_value_info("x", FLOAT, ["rows", inputs])])
    weight = (codes - points[group]) * scales[group]
    return result, lambda x: x @ weight.astype(np.float32)


def feeds(graph, rows=5, seed=9):
    """Random inputs of the model."""
    r = random(seed)
    value = graph.graph.input[0]
    if value.type.tensor_type.elem_type == INT64:
        return {value.name: r.integers(0, OUTPUTS, rows)}
    sizes = [rows if d.dim_param else d.dim_value for d in value.type.tensor_type.shape.dim]
    return {value.name: r.standard_normal(sizes).astype(np.float32)}


def tied(seed=4):
    """A table of codes that is looked up and, reshaped, the matrix of the logits, as Olive and the builder of onnxruntime-genai
    share them."""
    r = random(seed)
    rows, columns = 512, 256
    numbers = r.integers(0, 16, (rows, columns))
    constants = [initializer("table", packed(numbers, 4)), initializer("table_scales", r.uniform(.01, .1, (rows, columns // BLOCK)).astype(np.float32)),
                 initializer("shape", np.array([rows, columns // BLOCK, BLOCK // 2]))]
    nodes = [
        helper.make_node("GatherBlockQuantized", ["table", "ids", "table_scales"], ["x"], domain=MICROSOFT, block_size=BLOCK, bits=4, gather_axis=0, quantize_axis=1),
        helper.make_node("Reshape", ["table", "shape"], ["codes"]),
        helper.make_node("MatMulNBits", ["x", "codes", "table_scales"], ["y"], domain=MICROSOFT, K=columns, N=rows, bits=4, block_size=BLOCK),
    ]
    return model(nodes, constants, [helper.make_tensor_value_info("ids", INT64, ["rows"])], [helper.make_tensor_value_info("y", FLOAT, ["rows", rows])])
