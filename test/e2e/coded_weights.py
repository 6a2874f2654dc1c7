# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Codes that a file comes with are weights, whatever tool wrote them and however: the model runs as in ONNX Runtime, methods
take the weight as they take numbers where that makes it smaller, and native code and the written file agree; what no method
changes is written byte for byte."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip

try:
    import onnx
    import onnxruntime
    from harness import codes
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

onnxruntime.set_default_logger_severity(4)
SMALLER = "compress-quantize-rtn{bits=2 group-size=32 include=.}"
PRUNED = "compress-prune-magnitude{n=2 m=4 include=.}"


def forms():
    """Name, model, what it computes where ONNX Runtime may not, and whether codes of two bits are smaller than its weight."""
    for bits, zeros, order in ((2, None, None), (2, "packed", "turned"), (2, "parts", None), (4, None, None), (4, None, "plain"),
                               (4, "packed", None), (4, "packed", "turned"), (4, "whole", "turned"), (4, "parts", None),
                               (8, None, None), (8, "packed", "turned"), (8, "parts", None)):
        yield f"n_bits_{bits}_{zeros}_{order}", *codes.n_bits(bits, zeros, order, bias=bits == 4), bits > 2
    yield "n_bits_blocks_whole", *codes.n_bits(4, "packed", block=16, inputs=96), True
    for kind in codes.CODES:
        for sharing, axis in (("tensor", 0), ("axis", 1), ("block", 0 if kind.endswith("4") else 1)):
            use = {"int4": "Gemm", "uint8": "Gather"}.get(kind, "MatMul")
            yield f"dequantized_{kind}_{sharing}_{axis}", codes.dequantized(kind, sharing, axis, zeros=kind[0] == "u", use=use), None, kind[-1] != "2"
    for form in ("uint4", "int4", "bytes4", "bytes8"):
        yield f"looked_up_{form}", codes.looked_up(form, zeros=form != "bytes4"), None, True
    for form, turned in (("gptq", False), ("gptq", True), ("awq", False)):
        yield f"unpacked_{form}_{turned}", *codes.unpacked(form, turned), True


def check_tied(folder):
    """Natively a table that is looked up and multiplied with is stored once."""
    path = folder / "tied.onnx"
    graph = codes.tied()
    onnx.save(graph, path)
    feeds = codes.feeds(graph)
    np.save(folder / "ids.npy", feeds["ids"])
    check(native(path, folder), session(path).run(None, feeds)[0], "a tied table")
    run("retort", "compile", path, "-o", folder / "tied.so")
    size, once = (folder / "tied.weights").stat().st_size, 512 * 256 // 2 + 512 * 8 * 4
    if size > 1.5 * once:
        sys.exit(f"a tied table of {once} bytes of codes and scales takes {size} bytes natively")


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def native(path, folder, *flags):
    run("retort", "run", path, f"--inputs={folder}", f"--outputs={folder}", *flags)
    return numpy_helper.to_array(onnx.load_tensor(str(folder / "output_0.pb")))


def check(found, wanted, what):
    off = np.abs(found - wanted).max() / max(np.abs(wanted).max(), 1e-9)
    if not off < 1e-5:
        sys.exit(f"{what}: off by {off:.1e} of the largest output")


def passed(ledger):
    return [r for r in json.loads(ledger.read_text())["records"] if r["outcome"] == "passed"]


def recompress(name, path, feeds, folder, passes, ends_smaller):
    """In native code and in the file; `ends_smaller`: where False nothing may have happened. The bytes before and after."""
    out, ledger = folder / f"{name}_out.onnx", folder / f"{name}.json"
    run("retort", "compile", path, "--emit=onnx", f"--compress={passes}", f"--ledger={ledger}", "-o", out)
    done = passed(ledger)
    if not done:
        if ends_smaller:
            sys.exit(f"{name}: nothing passed {passes}: {ledger.read_text()}")
        before, after = onnx.load(path), onnx.load(out)
        if before.SerializeToString(deterministic=True) != after.SerializeToString(deterministic=True):
            sys.exit(f"{name}: nothing passed, and the file is another")
        return None
    flags = [f"--compress={passes}"]
    ours = native(path, folder, *flags)
    check(ours, session(out).run(None, feeds)[0], f"{name}: {passes}: native and ONNX Runtime")
    check(native(out, folder), ours, f"{name}: {passes}: the file that was written, natively")
    return done[0]["bytes_before"], done[0]["bytes_after"]


def main():
    counts = {"run": 0, "smaller": 0, "pruned": 0}
    with tempfile.TemporaryDirectory() as scratch:
        check_tied(pathlib.Path(scratch))
        for name, graph, expected, ends_smaller in forms():
            folder = pathlib.Path(scratch) / name
            folder.mkdir()
            path = folder / "model.onnx"
            onnx.save(graph, path)
            feeds = codes.feeds(graph)
            for key, value in feeds.items():
                np.save(folder / f"{key}.npy", value)
            wanted = expected(*feeds.values()) if expected else session(path).run(None, feeds)[0]
            check(native(path, folder), wanted, name)
            counts["run"] += 1
            sizes = recompress(name, path, feeds, folder, SMALLER, ends_smaller)
            if sizes:
                counts["smaller"] += 1
                if not sizes[1] < sizes[0]:
                    sys.exit(f"{name}: {sizes[0]} bytes became {sizes[1]}")
            if "4" in name and "tensor" not in name:
                counts["pruned"] += recompress(name + "_pruned", path, feeds, folder, PRUNED, "parts" not in name) is not None
    print(f"{counts['run']} run, {counts['smaller']} became smaller, {counts['pruned']} pruned")
    if counts["run"] < 35 or counts["smaller"] < 25 or counts["pruned"] < 5:
        sys.exit("expected 35, 25 and 5 at least")


main()
