# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scales fitted again to codes that stay, and biases that take up the mean error, bring a model closer to what it was on
text that the sample did not have: behind a method of the same pipeline, and for codes that NumPy made, whose model in
floats is at hand. ONNX Runtime computes the same of the written files."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import SOURCE, run, skip, tool

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL, TOKENIZER, TEXT = (STORIES / name for name in ("stories.onnx", "tokenizer.json", "sample.txt"))
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


def divergence(work, model, *extra):
    result = run("retort", "eval", model, f"--tokenizer={TOKENIZER}", f"--text={work}/unseen.txt", "--context=64", "--windows=12",
                 f"--against={MODEL}", "--json", *extra)
    return json.loads(result)["kl_mean"]


def check_export(work, model, *extra):
    run("retort", "compile", model, "--emit=onnx", "-o", work / "small.onnx", *extra)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    session = onnxruntime.InferenceSession(str(work / "small.onnx"), options)
    ids = np.random.default_rng(1).integers(3, 400, (1, 24), dtype=np.int64)
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    theirs = session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()})[0]
    for k, each in enumerate(session.get_inputs()):
        (work / f"input_{k}.pb").write_bytes(numpy_helper.from_array(feeds[each.name]).SerializeToString())
    run("retort", "run", model, f"--inputs={work}", f"--outputs={work}", *extra)
    ours = numpy_helper.to_array(onnx.load_tensor(str(work / "output_0.pb")))
    off = np.abs(ours - theirs).max() / np.abs(theirs).max()
    assert off < 1e-3, f"{extra}: native code and ONNX Runtime are {off:.1e} apart"


def calibrate(work, model, name):
    run("retort", "calibrate", model, f"--tokenizer={TOKENIZER}", f"--text={work}/sample.txt", "--context=64", "--windows=32", "--sensitivity=0", "-o",
        work / name)
    return f"--calibration={work}/{name}"


def check_pipeline(work):
    sample = calibrate(work, MODEL, "statistics")
    rtn = f"compress-quantize-rtn{{bits={BITS} group-size={GROUP}}}"
    losses = {}
    for passes in (rtn, f"{rtn},compress-refine-scales", f"{rtn},compress-refine-scales,compress-correct-bias{{create=true}}"):
        losses[passes] = divergence(work, MODEL, sample, f"--compress={passes}")
        print(f"{passes}: KL {losses[passes]:.4f}", flush=True)
    nearest, refined, corrected = losses.values()
    assert refined < 0.95 * nearest, "scales that were fitted are hardly better"
    assert corrected < refined, "biases that were corrected are no better"
    check_export(work, MODEL, sample, f"--compress={passes}")


def check_others(work):
    others, count = rounded_by_others(work)
    sample = calibrate(work, others, "others.statistics")
    ledger = work / "ledger.json"
    found = divergence(work, others)
    refined = divergence(work, others, sample, f"--compress=compress-refine-scales{{reference={MODEL}}}", f"--ledger={ledger}")
    passed = [r for r in json.loads(ledger.read_text())["records"] if r["outcome"] == "passed"]
    print(f"codes of others: KL {found:.4f}, {refined:.4f} with scales fitted in {len(passed)} of {count}", flush=True)
    assert refined < 0.95 * found and len(passed) > count // 2
    check_export(work, others, sample, f"--compress=compress-refine-scales{{reference={MODEL}}}")
    alone = divergence(work, others, sample, "--compress=compress-refine-scales", f"--ledger={ledger}")
    reasons = [r["reason"] for r in json.loads(ledger.read_text())["records"] if r["outcome"] == "missed"]
    assert abs(alone - found) < 1e-9 and any("is not known" in reason for reason in reasons), reasons


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    stories = TEXT.read_text().split("<|endoftext|>")
    half = len(stories) // 2
    (work / "sample.txt").write_text("<|endoftext|>".join(stories[:half]))
    (work / "unseen.txt").write_text("<|endoftext|>".join(stories[half:]))
    check_pipeline(work)
    check_others(work)
sys.exit(0)
