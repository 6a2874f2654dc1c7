#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compress.fake_quantize as ONNX and as compiled code: ONNX Runtime, the code and NumPy agree to the bit."""
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from harness import run

# Shape of the scales of a 7x20 input, axis, block, bits, whether codes have a sign, zero points, what scales are stored as,
# and whether ONNX has such codes.
CASES = [
    ((), 0, 0, 8, True, False, None, True),
    ((20,), 0, 0, 4, True, False, None, True),
    ((7, 1), 0, 0, 8, False, True, None, True),
    ((7, 5), 1, 4, 4, True, False, None, True),
    ((7, 5), 1, 4, 4, False, True, "f16", True),
    ((7, 7), 1, 3, 8, True, False, None, True),
    ((3, 20), 0, 3, 3, True, False, None, False),
    ((3, 20), 0, 3, 2, False, True, "f16", False),
    ((3, 1), 0, 3, 4, True, False, None, False),
    ((7, 5), 1, 4, 5, True, False, "bf16", False),
]


def text(shape, axis, block, bits, signed, zeros, stored):
    table = f"tensor<{''.join(f'{size}x' for size in shape)}xf32>".replace("xxf32", "xf32").replace("<xf32", "<f32")
    kind = f", scale_type = {stored}" if stored else ""
    return f"""module attributes {{onnx.model = #onnx.message<"opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>>}} {{
  func.func @main(%x: tensor<7x20xf32> {{onnx.name = "x"}}, %s: {table} {{onnx.name = "s"}}, %z: {table} {{onnx.name = "z"}})
    -> (tensor<7x20xf32> {{onnx.name = "y"}}, {table} {{onnx.name = "other"}}) {{
  %y = compress.fake_quantize(%x, %s{', %z' if zeros else ''}) {{axis = {axis} : i64, bits = {bits} : i64, block_size = {block} : i64,
    is_signed = {str(signed).lower()}{kind}}} : (tensor<7x20xf32>, {table}{', ' + table if zeros else ''}) -> tensor<7x20xf32>
  %other = onnx.Add(%s, %z) : ({table}, {table}) -> {table}
  return %y, %other : tensor<7x20xf32>, {table}
  }}
}}
"""


def stored_as(scale, kind):
    if kind == "f16":
        return scale.astype(np.float16).astype(np.float32)
    if kind == "bf16":
        bits = scale.view(np.uint32)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    return scale


def naive(x, s, z, axis, block, bits, signed, zeros, stored):
    s = stored_as(s, stored)
    for _ in range(1 if block else 0):
        s = np.repeat(s, block, axis).take(range(x.shape[axis]), axis)
        z = np.repeat(z, block, axis).take(range(x.shape[axis]), axis)
    low = -(2 ** (bits - 1)) if signed else 0
    high = low + 2**bits - 1
    z = np.clip(np.round(z), low, high) if zeros else np.float32(0)
    return ((np.clip(np.round(x / s) + z, low, high) - z) * s).astype(np.float32)


def problems(at):
    random = np.random.default_rng(5)
    for number, (shape, axis, block, bits, signed, zeros, stored, has_codes) in enumerate(CASES):
        x = random.standard_normal((7, 20)).astype(np.float32)
        s = (random.random(shape) * 0.3 + 0.05).astype(np.float32)
        z = (random.standard_normal(shape) * 2 + (0 if signed else 2 ** (bits - 1))).astype(np.float32)
        wanted = naive(x, s, z, axis, block, bits, signed, zeros, stored)
        source, written = at / "m.mlir", at / "m.onnx"
        source.write_text(text(shape, axis, block, bits, signed, zeros, stored))
        run("retort", "compile", source, "--emit=onnx", "-o", written)
        model = onnx.load(written)
        model.ir_version = 10  # which the module does not say
        kinds = [node.op_type for node in model.graph.node]
        if ("QuantizeLinear" in kinds) != has_codes or not {"QuantizeLinear", "Div"} & set(kinds):
            yield f"case {number}: written with {kinds}"
        feeds = {"x": x, "s": np.asarray(s), "z": np.asarray(z)}
        session = onnxruntime.InferenceSession(model.SerializeToString())
        found = session.run(["y"], feeds)[0]
        if not np.array_equal(found, wanted):
            yield f"case {number}: ONNX Runtime is {abs(found - wanted).max()} off"
        inputs = at / "inputs"
        inputs.mkdir(exist_ok=True)
        for place, name in enumerate(feeds):
            (inputs / f"input_{place}.pb").write_bytes(numpy_helper.from_array(feeds[name], name).SerializeToString())
        run("retort", "run", source, f"--inputs={inputs}", f"--outputs={at / 'out'}")
        found = numpy_helper.to_array(onnx.load_tensor(at / "out" / "output_0.pb"))
        if not np.array_equal(found, wanted):
            yield f"case {number}: compiled code is {abs(found - wanted).max()} off"


with tempfile.TemporaryDirectory() as folder:
    found = list(problems(pathlib.Path(folder)))
print("\n".join(found) or f"{len(CASES)} forms agree")
sys.exit(bool(found))
