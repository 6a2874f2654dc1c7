# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Experts count the tokens that chose them; one that no token chose is compressed by its weights alone, and the ledger says so."""

import json
import pathlib
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
    from onnx import numpy_helper
    from harness import tiny
    from harness.fitted import Statistics, calibrate, runtime
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
METHODS = ["compress-quantize-gptq{bits=4 group-size=8}", "compress-prune-sparsegpt{n=2 m=4}", "compress-prune-wanda{n=2 m=4}"]


def unwanted_expert(model):
    """No token chooses the last expert of any layer: the router's matrix has the least score for it, whatever the row is."""
    routers = [t for t in model.graph.initializer if list(t.dims) == [tiny.WIDTH, tiny.EXPERTS]]
    assert len(routers) == 2, [t.name for t in routers]
    for tensor in routers:
        for node in model.graph.node:
            if tensor.name in node.input:
                scores = node.output[0]
                biased = f"{scores}_biased"
                for reader in model.graph.node:
                    reader.input[:] = [biased if name == scores else name for name in reader.input]
                place = list(model.graph.node).index(node) + 1
                bias = f"{tensor.name}_bias"
                model.graph.initializer.append(numpy_helper.from_array(np.array([0] * (tiny.EXPERTS - 1) + [-1e4], np.float32), bias))
                model.graph.node.insert(place, onnx.helper.make_node("Add", [scores, bias], [biased]))
                break
    return model


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    path = work / "model.onnx"
    onnx.save(unwanted_expert(tiny.model(mlp=tiny.experts_by_choice)), path)
    ids = np.random.default_rng(2).integers(0, tiny.WORDS, (16, 24))
    np.save(work / "ids.npy", ids)
    calibrate(path, work / "statistics", f"--tokens={work}/ids.npy")
    records = Statistics(work / "statistics").text["records"]
    # Two experts of each token, in two layers; a record for what goes in, and one for the hidden rows, of each expert.
    for inputs in (tiny.WIDTH, 24):
        experts = [r for r in records if r["inputs"] == inputs and r["fitted"]["rows"] + r["held"]["rows"] != ids.size]
        rows = [r["fitted"]["rows"] + r["held"]["rows"] for r in experts]
        assert len(rows) == 2 * tiny.EXPERTS and sum(rows) == 2 * ids.size * tiny.CHOSEN, (inputs, rows)
        assert rows.count(0) == 2, rows
    wanted = runtime(path).run(None, {"input_ids": ids[:1]})[0]
    for passes in METHODS:
        ledger = work / "ledger.json"
        run("retort", "compile", path, "--emit=onnx", "-o", work / "small.onnx", f"--calibration={work}/statistics", f"--compress={passes}",
            f"--ledger={ledger}")
        done = [r for r in json.loads(ledger.read_text())["records"] if r["outcome"] == "passed"]
        alone = [r for r in done if "no row of the sample reached it" in r.get("reason", "")]
        assert len(alone) == 4, (passes, [r.get("reason") for r in done])
        assert all("output_error" not in r for r in alone)
        found = runtime(work / "small.onnx").run(None, {"input_ids": ids[:1]})[0]
        assert np.isfinite(found).all()
        print(f"{passes}: {len(done)} weights, {len(alone)} of them by themselves, "
              f"{np.linalg.norm(found - wanted) / np.linalg.norm(wanted):.3f} off")
