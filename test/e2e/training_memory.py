# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Thin factors beside weights of 4 bits are trained in the memory of the packed weights, of one block's values and of the logits:
weights are packed once, and what a gradient reads is computed again. RETORT_TRAINED_SHAPE=blocks,width,mlp,heads,groups,words,context
sets the model; `check-large-training` runs it with the shape of a Llama of 1.1 billion weights."""

import os
import pathlib
import sys
import tempfile

import numpy as np
from harness import skip
from harness.memory import peak_of, skip_unless_measurable
from harness.tokens import write_tokens

try:
    import onnx
    from harness.random_weights import Weights
    from onnx import TensorProto, helper
except ImportError:
    skip("the Python package onnx is missing")

SHAPE = os.environ.get("RETORT_TRAINED_SHAPE", "6,512,1408,8,2,2048,256")
BLOCKS, WIDTH, MLP, HEADS, GROUPS, WORDS, CONTEXT = map(int, SHAPE.split(","))
HEAD = WIDTH // HEADS
LINEAR = BLOCKS * (2 * WIDTH * WIDTH + 2 * WIDTH * HEAD * GROUPS + 3 * WIDTH * MLP)


def bound():
    """bytes: packed weights; f16 at the ends, and once more as f32; factors of rank 16 with gradients and moments; a value for each
    block, the values of one, and some copies of the logits; what the program takes"""
    if given := float(os.environ.get("RETORT_TRAINED_BOUND", 0)):
        return given * 1e6
    factors = BLOCKS * 16 * (4 * WIDTH + 2 * (WIDTH + HEAD * GROUPS) + 3 * (WIDTH + MLP))
    values = 4 * CONTEXT * (2 * BLOCKS * WIDTH + 16 * WIDTH + 6 * MLP + 8 * WORDS) + 8 * HEADS * CONTEXT * CONTEXT
    return LINEAR * 0.7 + 8 * WIDTH * WORDS + 28 * factors + values + 260e6


def make(path):
    weights, nodes, tensors = Weights(path.with_name("weights.bin")), [], []

    def node(kind, *inputs, **attributes):
        nodes.append(helper.make_node(kind, inputs, [f"v{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def constant(name, array):
        tensors.append(onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def product(x, name, inputs, outputs):
        tensors.append(weights.add_codes(name + ".codes", inputs, outputs))
        scale = constant(name + ".scale", np.full((inputs // 32, outputs), 0.2 * inputs**-0.5, np.float32))
        return node("MatMul", x, node("DequantizeLinear", name + ".codes", scale, axis=0, block_size=32))

    def ends(name, *shape):
        tensors.append(weights.add(name, *shape, dtype=np.float16))
        return node("Cast", name, to=TensorProto.FLOAT)

    ones = constant("ones", np.ones(WIDTH, np.float32))
    x = node("Gather", ends("embedding", WORDS, WIDTH), "input_ids")
    for b in range(BLOCKS):
        y = node("RMSNormalization", x, ones, axis=-1)
        q = product(y, f"layers.{b}.q", WIDTH, WIDTH)
        k, v = (product(y, f"layers.{b}.{name}", WIDTH, HEAD * GROUPS) for name in "kv")
        mixed = node("Attention", q, k, v, is_causal=1, q_num_heads=HEADS, kv_num_heads=GROUPS)
        x = node("Add", x, product(mixed, f"layers.{b}.o", WIDTH, WIDTH))
        y = node("RMSNormalization", x, ones, axis=-1)
        gate, up = (product(y, f"layers.{b}.{name}", WIDTH, MLP) for name in ("gate", "up"))
        inner = node("Mul", node("Mul", gate, node("Sigmoid", gate)), up)
        x = node("Add", x, product(inner, f"layers.{b}.down", MLP, WIDTH))
    nodes.append(helper.make_node("MatMul", [node("RMSNormalization", x, ones, axis=-1), ends("head", WIDTH, WORDS)], ["logits"]))
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
                              [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "tokens", WORDS])], tensors)
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11).SerializeToString())
    weights.file.close()


skip_unless_measurable(disk=4 * LINEAR)
with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
    work = pathlib.Path(folder)
    make(work / "model.onnx")
    text = np.random.default_rng(2).integers(1, WORDS, 20 * CONTEXT)
    write_tokens(work / "train.tokens", text, WORDS)
    passes = f"compress-tune-lora{{rank=16 loss=ce data={work}/train.tokens context={CONTEXT} batch=1 steps=2 recompute=block}}"
    peak = peak_of("retort", "compile", work / "model.onnx", "--emit=mlir", f"--compress={passes}", "-o", work / "tuned.mlirbc", kind="VmRSS")
    print(f"{LINEAR / 1e6:.0f} million weights of 4 bits: {peak / 1e6:.0f} MB, bound {bound() / 1e6:.0f}", flush=True)
    if peak > bound():
        sys.exit(f"expected at most {bound() / 1e6:.0f} MB of memory")
