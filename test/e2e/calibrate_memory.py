# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calibrating a model and fitting it to the sample takes the memory of one of its matrices, not of all, nor of the second moments
of their inputs. RETORT_BLOCK_SHAPE=blocks,width,mlp,heads sets the model; `check-large-calibration` runs it with two blocks of
4096 and 11008, RETORT_BLOCK_PASSES what is run on them."""

import os
import pathlib
import sys
import tempfile

import numpy as np
from harness import skip
from harness.memory import peak_of, skip_unless_measurable

try:
    import onnx
    from harness.random_weights import Weights
    from onnx import TensorProto, helper
except ImportError:
    skip("the Python package onnx is missing")

BLOCKS, WIDTH, MLP, HEADS = map(int, os.environ.get("RETORT_BLOCK_SHAPE", "4,768,2048,12").split(","))
WORDS, CONTEXT, WINDOWS = 512, 128, 8
# MB: what the program takes by itself, and how many f32 matrices of WIDTH x MLP and triangles of MLP x MLP.
BOUND = float(os.environ.get("RETORT_BLOCK_BOUND", 0)) * 1e6 or 60e6 + 8 * 4 * WIDTH * MLP + 3 * 8 * MLP * MLP / 2
PASSES = os.environ.get("RETORT_BLOCK_PASSES", "compress-quantize-gptq{bits=4 refine=1}")


def make(path):
    """A Llama without positions."""
    weights, nodes, tensors = Weights(path.with_name("weights.bin")), [], []

    def node(kind, *inputs, **attributes):
        nodes.append(helper.make_node(kind, inputs, [f"v{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def constant(name, array):
        tensors.append(onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def weight(name, *shape):
        tensors.append(weights.add(name, *shape))
        return name

    apart = constant("apart", np.array([0, -1, HEADS, WIDTH // HEADS]))
    together, scale = constant("together", np.array([0, -1, WIDTH])), constant("scale", np.float32((WIDTH // HEADS) ** -0.5))
    ones = constant("ones", np.ones(WIDTH, np.float32))

    def heads(x):
        return node("Transpose", node("Reshape", x, apart), perm=[0, 2, 1, 3])

    x = node("Gather", weight("embedding", WORDS, WIDTH), "input_ids")
    for b in range(BLOCKS):
        y = node("LayerNormalization", x, ones, axis=-1)
        q, k, v = (heads(node("MatMul", y, weight(f"layers.{b}.{name}", WIDTH, WIDTH))) for name in "qkv")
        shares = node("Softmax", node("Mul", node("MatMul", q, node("Transpose", k, perm=[0, 1, 3, 2])), scale), axis=-1)
        mixed = node("Reshape", node("Transpose", node("MatMul", shares, v), perm=[0, 2, 1, 3]), together)
        x = node("Add", x, node("MatMul", mixed, weight(f"layers.{b}.o", WIDTH, WIDTH)))
        y = node("LayerNormalization", x, ones, axis=-1)
        gate, up = (node("MatMul", y, weight(f"layers.{b}.{name}", WIDTH, MLP)) for name in ("gate", "up"))
        inner = node("Mul", node("Mul", gate, node("Sigmoid", gate)), up)
        x = node("Add", x, node("MatMul", inner, weight(f"layers.{b}.down", MLP, WIDTH)))
    nodes.append(helper.make_node("MatMul", [x, weight("head", WIDTH, WORDS)], ["logits"]))
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
                              [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "tokens", WORDS])], tensors)
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10).SerializeToString())
    weights.file.close()
    return weights.end


def check(what, peak, model):
    print(f"{what}: {peak / 1e6:.0f} MB, the model has {model / 1e6:.0f}, bound {BOUND / 1e6:.0f}", flush=True)
    if peak > BOUND:
        sys.exit(f"expected at most {BOUND / 1e6:.0f} MB of anonymous memory")


skip_unless_measurable(disk=16 * BLOCKS * (WIDTH * WIDTH * 4 + WIDTH * MLP * 3) + 24 * BLOCKS * MLP * MLP)
with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
    work = pathlib.Path(folder)
    size = make(work / "model.onnx")
    np.save(work / "ids.npy", np.random.default_rng(2).integers(0, WORDS, (WINDOWS, CONTEXT)))
    check("calibrate", peak_of("retort", "calibrate", work / "model.onnx", f"--tokens={work}/ids.npy", "--sensitivity=0", "-o", work / "statistics"), size)
    for kind, passes in (("onnx", PASSES), ("so", "compress-quantize-rtn{bits=4 group-size=32}")):
        extra = [f"--calibration={work}/statistics", f"--compress={passes}"]
        check(f"{passes} to {kind}", peak_of("retort", "compile", work / "model.onnx", f"--emit={kind}", "-o", work / f"small.{kind}", *extra), size)
