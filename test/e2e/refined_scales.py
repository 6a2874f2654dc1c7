# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scales fitted again to codes that stay, and biases that take up the mean error, bring a model closer to what it was on
text that the sample did not have: behind a method of the same pipeline, and for codes that NumPy made, whose model in
floats is at hand. ONNX Runtime computes the same of the written files."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import skip, tool

try:
    import onnx
    from harness.fitted import MODEL, TOKENIZER, calibrate, check_export, unseen_divergence, write_halves
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
BITS, GROUP = 3, 32


def rounded_by_others(work):
    """Unsigned codes of 4 bits of which 3 are used, with zero points, in groups of inputs: names as quantizers give them."""
    model = onnx.load(MODEL)
    matrices = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer if len(t.dims) == 2}
    products = [n for n in model.graph.node if n.op_type == "MatMul" and n.input[1] in matrices]
    products = [n for n in products if "logits" not in n.output[0] and not any(n.output[0] == o.name for o in model.graph.output)]
    nodes = []
    for node in model.graph.node:
        if node in products:
            name, weight = node.input[1], matrices[node.input[1]]
            parts = [weight[i:i + GROUP] for i in range(0, len(weight), GROUP)]
            low, high = (np.stack([f(part, axis=0) for part in parts]) for f in (np.min, np.max))
            scale = ((high.clip(0) - low.clip(None, 0)) / (2**BITS - 1)).astype(np.float32)
            zero = np.rint(-low.clip(None, 0) / scale)
            place = np.arange(len(weight)) // GROUP
            codes = np.clip(np.rint(weight / scale[place]) + zero[place], 0, 2**BITS - 1)
            model.graph.initializer.extend([helper.make_tensor(f"{name}_quantized", TensorProto.UINT4, codes.shape, codes.astype(np.uint8).ravel()),
                                            numpy_helper.from_array(scale, f"{name}_scales"),
                                            helper.make_tensor(f"{name}_zeros", TensorProto.UINT4, zero.shape, zero.astype(np.uint8).ravel())])
            nodes.append(helper.make_node("DequantizeLinear", [f"{name}_quantized", f"{name}_scales", f"{name}_zeros"], [f"{name}_dq"], axis=0, block_size=GROUP))
            node.input[1] = f"{name}_dq"
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    rounded = {n.input[1][:-3] for n in products}
    kept = [t for t in model.graph.initializer if t.name not in rounded]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    for each in model.opset_import:
        each.version = max(each.version, 21) if each.domain == "" else each.version
    model.ir_version = max(model.ir_version, 10)
    onnx.save(model, work / "others.onnx")
    return work / "others.onnx", len(rounded)


def calibrate_half(work, model, name):
    calibrate(model, work / name, f"--tokenizer={TOKENIZER}", f"--text={work}/sample.txt", "--context=64", "--windows=32")
    return f"--calibration={work}/{name}"


def check_pipeline(work):
    sample = calibrate_half(work, MODEL, "statistics")
    rtn = f"compress-quantize-rtn{{bits={BITS} group-size={GROUP}}}"
    losses = {}
    for passes in (rtn, f"{rtn},compress-refine-scales", f"{rtn},compress-refine-scales,compress-correct-bias{{create=true}}"):
        losses[passes] = unseen_divergence(work, MODEL, sample, f"--compress={passes}")
        print(f"{passes}: KL {losses[passes]:.4f}", flush=True)
    nearest, refined, corrected = losses.values()
    assert refined < 0.95 * nearest, "scales that were fitted are hardly better"
    assert corrected < refined, "biases that were corrected are no better"
    check_export(work, sample, f"--compress={passes}")


def check_others(work):
    others, count = rounded_by_others(work)
    sample = calibrate_half(work, others, "others.statistics")
    ledger = work / "ledger.json"
    found = unseen_divergence(work, others)
    refined = unseen_divergence(work, others, sample, f"--compress=compress-refine-scales{{reference={MODEL}}}", f"--ledger={ledger}")
    passed = [r for r in json.loads(ledger.read_text())["records"] if r["outcome"] == "passed"]
    print(f"codes of others: KL {found:.4f}, {refined:.4f} with scales fitted in {len(passed)} of {count}", flush=True)
    assert refined < 0.95 * found and len(passed) > count // 2
    check_export(work, sample, f"--compress=compress-refine-scales{{reference={MODEL}}}", model=others)
    alone = unseen_divergence(work, others, sample, "--compress=compress-refine-scales", f"--ledger={ledger}")
    reasons = [r["reason"] for r in json.loads(ledger.read_text())["records"] if r["outcome"] == "missed"]
    assert abs(alone - found) < 1e-9 and any("is not known" in reason for reason in reasons), reasons


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    write_halves(work)
    check_pipeline(work)
    check_others(work)
sys.exit(0)
