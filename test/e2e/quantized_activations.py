# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights and activations of eight bits: ONNX Runtime fuses every product; one product computes the same in native code, in
ONNX Runtime as the graph says, and in its fused kernel. Of a whole model the three differ where an activation lies between
two codes and becomes another: then, and no more, than ONNX Runtime differs from itself."""

import collections
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
    import onnxruntime
    from harness.fitted import MODEL, calibrate_stories, divergence
    from onnx import numpy_helper
    from onnx.utils import Extractor
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
PLAIN, FULL = (getattr(onnxruntime.GraphOptimizationLevel, name) for name in ("ORT_DISABLE_ALL", "ORT_ENABLE_ALL"))
FUSED = ("MatMulIntegerToFloat", "DynamicQuantizeMatMul")


def outputs(model, feeds, level=PLAIN, optimized=""):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(optimized)
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model if isinstance(model, bytes) else str(model), options).run(None, feeds)


def native(model, feeds, work, *extra):
    work.mkdir(exist_ok=True)
    for k, (name, value) in enumerate(feeds.items()):
        (work / f"input_{k}.pb").write_bytes(numpy_helper.from_array(value, name).SerializeToString())
    run("retort", "run", model, f"--inputs={work}", f"--outputs={work}", *extra)
    return numpy_helper.to_array(onnx.load_tensor(str(work / "output_0.pb")))


# Without VNNI, ONNX Runtime sums pairs of products of 8 bits in 16, which may overflow.
SATURATES = "vnni" not in pathlib.Path("/proc/cpuinfo").read_text()


def check_products(small, feeds, work):
    """A few products alone, from the activation on, with what they get in the model."""
    model = onnx.shape_inference.infer_shapes(onnx.load(small))
    maker = {o: node for node in model.graph.node for o in node.output}
    products = [n for n in model.graph.node if n.op_type in ("MatMul", "Gemm") and
                all(maker.get(i) and maker[i].op_type == "DequantizeLinear" for i in n.input[:2])]
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    chosen = products[:: max(len(products) // 5, 1)]
    sources = [maker[maker[n.input[0]].input[0]].input[0] for n in chosen]
    known = {o.name for o in shown.graph.output}
    for value in dict.fromkeys(sources):
        if value not in known:
            shown.graph.output.append(onnx.helper.make_empty_tensor_value_info(value))
    names = [o.name for o in shown.graph.output]
    activations = dict(zip(names, outputs(shown.SerializeToString(), feeds)))
    for product, source in zip(chosen, sources):
        piece = work / "piece.onnx"
        onnx.save(Extractor(model).extract_model([source], [product.output[0]]), piece)
        given = {source: activations[source]}
        expected = outputs(piece, given)[0]
        results = {"native": native(piece, given, work / "piece")}
        if not SATURATES:
            results["fused"] = outputs(piece, given, FULL)[0]
        for who, found in results.items():
            off = np.abs(found - expected).max() / np.abs(expected).max()
            assert off < 1e-5, f"{product.output[0]}: {who} is off by {off:.1e}"
    return len(products)


def check(activations, work):
    passes = f"compress-quantize-smooth{{activations={activations} limit=0}}"
    small = work / f"{activations}.onnx"
    extra = [f"--calibration={work}/statistics", f"--compress={passes}"]
    run("retort", "compile", MODEL, "--emit=onnx", "-o", small, *extra)
    ids = np.random.default_rng(1).integers(3, 400, (1, 48), dtype=np.int64)
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    names = [i.name for i in onnxruntime.InferenceSession(str(MODEL)).get_inputs()]
    feeds = {name: feeds[name] for name in names}
    reference = outputs(MODEL, feeds)[0]
    plain, fused = outputs(small, feeds)[0], outputs(small, feeds, FULL, work / "optimized.onnx")[0]
    ours = native(MODEL, feeds, work / "whole", *extra)
    kinds = collections.Counter(node.op_type for node in onnx.load(work / "optimized.onnx").graph.node)
    products = check_products(small, feeds, work)
    assert sum(kinds[kind] for kind in FUSED) == products > 0, f"{products} products, fused: {dict(kinds)}"
    largest = np.abs(plain).max()
    rows = {who: np.abs(found - plain).max(-1)[0] / largest for who, found in (("native", ours), ("fused", fused))}
    apart = {who: divergence(plain, found) for who, found in (("native", ours), ("fused", fused))}
    lost = divergence(reference, plain)
    for who, off in rows.items():
        print(f"{activations}, {who}: {np.mean(off < 1e-4):.0%} of the rows within 1e-4 of the largest logit of ONNX Runtime's, at most {off.max():.1e}; KL {apart[who]:.1e} "
              f"beside {lost:.1e} that the codes cost", flush=True)
        assert (who == "fused" and SATURATES) or apart[who] < max(lost, 1e-4), f"{activations}, {who}: further from the graph than that is from the model"


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    calibrate_stories(work / "statistics", "--statistics=gram")
    for activations in ("static", "dynamic"):
        check(activations, work)
sys.exit(0)
