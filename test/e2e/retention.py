# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""llm.retention against a reference in double precision and ONNX Runtime's LinearAttention: by all rules, in the recurrent, the chunkwise and the parallel form."""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from harness import BUILD, skip

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")
if not (BUILD / "bin" / "retort").exists():
    skip("retort is not built")

RETORT = BUILD / "bin" / "retort"


def reference(rule, q, k, v, state, decay, beta, scale, bonus=None):
    """Row by row. Heads first: q is B x H x T x D, k, v, decay and beta have G heads. With a bonus (G x D) a row sees the state
    before it, and of itself bonus k' v."""
    q, k, v, state, decay, beta = (x.astype(np.float64) for x in (q, k, v, state, decay, beta))
    repeats, result = q.shape[1] // k.shape[1], []
    for t in range(q.shape[2]):
        row, value, before = k[:, :, t, :, None], v[:, :, t, None, :], state
        if "gated" in rule:
            state = state * np.exp(decay[:, :, t, :, None])
        if "delta" in rule:
            recalled = (row * state).sum(2, keepdims=True)
            value = beta[:, :, t, :, None] * (value - recalled)
        state = state + row * value
        seen = state if bonus is None else before + bonus[None, :, :, None] * row * value
        result.append(scale * (q[:, :, t, :, None] * np.repeat(seen, repeats, 1)).sum(2))
    return np.stack(result, 2), state


def pack(x):
    return np.ascontiguousarray(x.transpose(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1))


def model(rule, heads, groups, chunk, scale, inputs):
    gates = [n if n in inputs else "" for n in ("state", "decay", "beta")]
    node = helper.make_node("LinearAttention", ["q", "k", "v", *gates], ["y", "s"], q_num_heads=heads, kv_num_heads=groups, update_rule=rule, scale=scale, chunk_size=chunk)
    shaped = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [x.shape[0], x.shape[1] if n == "state" else "rows", *x.shape[2:]]) for n, x in inputs.items()]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("y", "s")]
    return helper.make_model(helper.make_graph([node], "retention", shaped, outputs), opset_imports=[helper.make_opsetid("", 27)], ir_version=10)


def retort(path, inputs, folder):
    for i, x in enumerate(inputs.values()):
        (folder / f"input_{i}.pb").write_bytes(numpy_helper.from_array(x).SerializeToString())
    subprocess.run([RETORT, "run", path, f"--inputs={folder}", f"--outputs={folder}"], check=True, capture_output=True)
    return [numpy_helper.to_array(onnx.TensorProto.FromString((folder / f"output_{i}.pb").read_bytes())) for i in range(2)]


def off(found, wanted):
    return np.abs(found - wanted).max() / max(np.abs(wanted).max(), 1e-30)


random, failures, count = np.random.default_rng(1), [], 0
# Rule, heads, key-value heads, rows, head size, value size, whether the decay is one for each key coordinate. Long texts have keys
# of length one, rates up to 2 and decays down to -20 a row: no power of them is larger than one.
cases = [
    ("gated", 2, 1, 2048, 16, 16, True), ("gated_delta", 2, 2, 1500, 64, 16, True), ("delta", 1, 1, 1000, 256, 8, False), ("gated", 1, 1, 4096, 16, 1, False),
    ("linear", 2, 2, 20, 4, 4, False), ("gated", 4, 2, 33, 16, 8, False), ("gated", 2, 2, 9, 128, 64, False), ("gated", 2, 1, 17, 8, 12, True),
    ("delta", 2, 2, 12, 16, 16, False), ("gated_delta", 4, 2, 19, 16, 8, False), ("gated", 2, 2, 1, 32, 32, False), ("gated_delta", 2, 2, 8, 8, 8, True),
]
for rule, heads, groups, rows, size, width, wide in cases:
    shape = lambda h, w: random.standard_normal((2, h, rows, w)).astype(np.float32)
    q, k, v = shape(heads, size), shape(groups, size) / np.float32(size**0.5), shape(groups, width)
    state = random.standard_normal((2, groups, size, width)).astype(np.float32)
    decay = -np.abs(shape(groups, size if wide else 1)) * np.float32(0.2)
    beta = 1 / (1 + np.exp(-shape(groups, 1)))
    if rows >= 1000:
        k /= np.linalg.norm(k, axis=-1, keepdims=True)
        decay, beta = -np.exp(random.uniform(-7, 3, decay.shape)).astype(np.float32), 2 * beta
    scale = float(np.float32(size**-0.5))
    wanted = reference(rule, q, k, v, state, decay, beta, scale)
    inputs = {"q": pack(q), "k": pack(k), "v": pack(v), "state": state}
    inputs |= {"decay": pack(decay)} if "gated" in rule else {}
    inputs |= {"beta": pack(beta)} if "delta" in rule else {}
    for chunk in (1, 7, 16, 64) if rows < 1000 else (16,):
        with tempfile.TemporaryDirectory() as name:
            folder, proto = pathlib.Path(name), model(rule, heads, groups, chunk, scale, inputs)
            onnx.save(proto, folder / "model.onnx")
            theirs = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, inputs)
            ours = retort(folder / "model.onnx", inputs, folder)
        for what, found, want, other in (("result", ours[0], pack(wanted[0]), theirs[0]), ("state", ours[1], wanted[1], theirs[1])):
            count += 1
            if not (off(found, want) <= 1e-5 and off(found, other) <= 1e-5):
                failures.append(f"{rule}, {rows} rows of {size}, chunks of {chunk}: {what} is {off(found, want):.1e} from the reference, {off(found, other):.1e} from ONNX Runtime")

# A constant decay for each head is what the chunkwise form is for; LinearAttention cannot say that, the dialect can.
TEXT = """func.func @main(%q: tensor<2x{heads}x?x{size}xf32> {{onnx.name = "q"}}, %k: tensor<2x{groups}x?x{size}xf32> {{onnx.name = "k"}}, %v: tensor<2x{groups}x?x{width}xf32> {{onnx.name = "v"}},
    %s: tensor<2x{groups}x{size}x{width}xf32> {{onnx.name = "s"}}) -> (tensor<2x{heads}x?x{width}xf32> {{onnx.name = "y"}}, tensor<2x{groups}x{size}x{width}xf32> {{onnx.name = "z"}}) {{
  %g = onnx.Constant() {{value = dense<{decay}> : tensor<1x{groups}x1x1xf32>}} : () -> tensor<1x{groups}x1x1xf32>
  %y, %z = llm.retention gated(%q, %k, %v state %s decay %g) {{scale = {scale:e} : f32, chunk_size = {chunk} : i64}}
      : (tensor<2x{heads}x?x{size}xf32>, tensor<2x{groups}x?x{size}xf32>, tensor<2x{groups}x?x{width}xf32>, tensor<2x{groups}x{size}x{width}xf32>, tensor<1x{groups}x1x1xf32>) -> (tensor<2x{heads}x?x{width}xf32>, tensor<2x{groups}x{size}x{width}xf32>)
  return %y, %z : tensor<2x{heads}x?x{width}xf32>, tensor<2x{groups}x{size}x{width}xf32>
}}
"""
for heads, groups, rows, size, width in ((2, 2, 33, 4, 8), (4, 2, 50, 64, 16), (2, 2, 16, 128, 32), (2, 1, 1, 8, 8)):
    shape = lambda h, w: random.standard_normal((2, h, rows, w)).astype(np.float32)
    q, k, v = shape(heads, size), shape(groups, size) / np.float32(size**0.5), shape(groups, width)
    state = random.standard_normal((2, groups, size, width)).astype(np.float32)
    logs = np.log1p(-(2.0 ** (-5 - np.arange(groups)))).astype(np.float32).reshape(1, groups, 1, 1)
    scale = float(np.float32(size**-0.5))
    decay = np.broadcast_to(logs, (2, groups, rows, 1))
    wanted = reference("gated", q, k, v, state, decay, decay, scale)
    for chunk in (1, 7, 16, 1024):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            text = TEXT.format(heads=heads, groups=groups, size=size, width=width, chunk=chunk, scale=scale, decay=np.array2string(logs, separator=", ", floatmode="unique").replace("\n", ""))
            (folder / "model.mlir").write_text(text)
            ours = retort(folder / "model.mlir", {"q": q, "k": k, "v": v, "s": state}, folder)
        for what, found, want in (("result", ours[0], wanted[0]), ("state", ours[1], wanted[1])):
            count += 1
            if not off(found, want) <= 1e-5:
                failures.append(f"constant decay, {rows} rows of {size}, chunks of {chunk}: {what} is {off(found, want):.1e} from the reference")
# Neither can it say that rows read before they write (RWKV 5 and 6).
BONUS = """func.func @main(%q: tensor<2x4x?x16xf32> {onnx.name = "q"}, %k: tensor<2x2x?x16xf32> {onnx.name = "k"}, %v: tensor<2x2x?x8xf32> {onnx.name = "v"},
    %s: tensor<2x2x16x8xf32> {onnx.name = "s"}, %g: tensor<2x2x?x16xf32> {onnx.name = "g"}, %u: tensor<2x1x16xf32> {onnx.name = "u"}) -> (tensor<2x4x?x8xf32> {onnx.name = "y"}, tensor<2x2x16x8xf32> {onnx.name = "z"}) {
  %a = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %b = onnx.Unsqueeze(%u, %a) : (tensor<2x1x16xf32>, tensor<1xi64>) -> tensor<1x2x1x16xf32>
  %y, %z = llm.retention gated(%q, %k, %v state %s decay %g beta %b) {scale = 2.5e-1 : f32}
      : (tensor<2x4x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x8xf32>, tensor<2x2x16x8xf32>, tensor<2x2x?x16xf32>, tensor<1x2x1x16xf32>) -> (tensor<2x4x?x8xf32>, tensor<2x2x16x8xf32>)
  return %y, %z : tensor<2x4x?x8xf32>, tensor<2x2x16x8xf32>
}
"""
for rows in (1, 2, 50):
    shape = lambda h, w: random.standard_normal((2, h, rows, w)).astype(np.float32)
    q, k, v, decay = shape(4, 16), shape(2, 16), shape(2, 8), -np.abs(shape(2, 16))
    state, bonus = (random.standard_normal(size).astype(np.float32) for size in ((2, 2, 16, 8), (2, 1, 16)))
    wanted = reference("gated", q, k, v, state, decay, decay, 0.25, bonus[:, 0].astype(np.float64))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "model.mlir").write_text(BONUS)
        ours = retort(folder / "model.mlir", {"q": q, "k": k, "v": v, "s": state, "g": decay, "u": bonus}, folder)
    for what, found, want in (("result", ours[0], wanted[0]), ("state", ours[1], wanted[1])):
        count += 1
        if not off(found, want) <= 1e-5:
            failures.append(f"bonus, {rows} rows: {what} is {off(found, want):.1e} from the reference")
print(f"{count - len(failures)} of {count} agree")
sys.exit("\n".join(failures) if failures else 0)
