# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a recipe makes of a model is the same natively and as ONNX: equal ledgers but for what weights take where ONNX has another form, which is what the file has, and an exported file in which as much is recognized as in the compressed module that it came from. RETORT_EXPORTS=all takes every model and every recipe, as `check-ledgers` does; else three models."""

import json
import os
import pathlib
import sys
import tempfile

from harness import SOURCE, run, skip

try:
    import onnx
except ImportError as missing:
    skip(f"{missing.name} is not installed")

EXAMPLE = SOURCE / "examples" / "stories" / "stories.onnx"
RECIPES = [f"--recipe={path.stem}" for path in sorted((SOURCE / "recipes").glob("*.recipe"))]
PASSES = [
    "--compress=compress-prune-magnitude{sparsity=0.5 scope=model}",
    "--compress=compress-quantize-rtn{bits=3 group-size=32 symmetric=false},compress-prune-magnitude{sparsity=0.3}",
    "--compress=compress-factorize-svd{rank=4},compress-quantize-rtn{bits=8}",
    "--compress=compress-replace-attention-by-retention{layers=0}",
    "--compress=compress-extend-rope{method=pi factor=2 original-length=64}",
]
FEW = ["genai_stories260k_fp32", "stories260k_dynamo18"]
SEEN = ["attention", "rms_norms", "layer_norms", "decode_step", "kv_cache", "retention"]


def models():
    root = pathlib.Path(os.environ.get("RETORT_TEST_DATA") or "/nowhere")
    everything = os.environ.get("RETORT_EXPORTS") == "all"
    return [EXAMPLE, *(path for path in sorted(root.rglob("*.onnx")) if everything or path.parent.name in FEW)]


def error_of(result):
    lines = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    return lines[0] if lines else f"exit code {result.returncode}"


def counts(path):
    """How much of each kind is recognized; the sizes of rotary embeddings may be written in another order."""
    seen = json.loads(run("retort", "inspect", path, "--json"))
    found = {key: (seen[key]["found"], seen[key]["of"]) if isinstance(seen[key], dict) else seen[key] for key in SEEN if key in seen}
    found["ropes"] = sum(group["count"] for group in seen["ropes"])
    return found


def bytes_in(path):
    """What the weights of a file take by the names of values: all initializers that they are made of."""
    graph = onnx.load(path).graph
    sizes = {tensor.name: len(tensor.raw_data) or tensor.ByteSize() for tensor in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}

    def parts(name):
        if name in sizes:
            return {name}
        node = makers.get(name)
        found = [parts(each) for each in node.input if each] if node is not None else [None]
        return None if None in found else set().union(*found)

    def size(name):
        found = parts(name)
        return None if found is None else sum(sizes[each] for each in found)

    return size


def without_bytes(records):
    return [{key: value for key, value in record.items() if key != "bytes_after"} for record in records]


def wrong_bytes(records, path):
    size = bytes_in(path)
    last = {record["weight"]: record["bytes_after"] for record in records if "bytes_after" in record}
    wrong = {name: (told, size(name)) for name, told in last.items() if size(name) not in (None, told)}
    return [f"the ledger and the file differ in bytes: {wrong}"] if wrong else []


def check(model, option, work):
    outputs = {"native": (work / "native.mlirbc", "--emit=mlir"), "onnx": (work / "small.onnx", "--emit=onnx")}
    results = {way: run("retort", "compile", model, emit, "-o", path, option, f"--ledger={work}/{way}.json", code=None) for way, (path, emit) in outputs.items()}
    errors = {way: error_of(result) for way, result in results.items() if result.returncode}
    if errors:
        same = len(errors) == 2 and errors["native"] == errors["onnx"]
        return [] if same else [f"fails one way alone, or otherwise: {errors}"]
    problems = []
    ledgers = [json.loads((work / f"{way}.json").read_text())["records"] for way in outputs]
    problems += wrong_bytes(ledgers[1], outputs["onnx"][0])
    ledgers = [without_bytes(records) for records in ledgers]
    if ledgers[0] != ledgers[1]:
        problems.append(f"ledgers differ: {[r for r in ledgers[0] if r not in ledgers[1]][:1]} and {[r for r in ledgers[1] if r not in ledgers[0]][:1]}")
    if not all(record["weight"] for record in ledgers[0]):
        problems.append("the ledger has a weight without a name")
    native, exported = (counts(path) for path, _ in outputs.values())
    if native != exported:
        problems.append(f"recognized natively and in the export: {({k: (native[k], exported.get(k)) for k in native if native[k] != exported.get(k)})}")
    return problems


problems = []
for model in models():
    everything = os.environ.get("RETORT_EXPORTS") == "all"
    options = RECIPES + PASSES if everything or model == EXAMPLE else ["--recipe=int4", PASSES[3], PASSES[4]]
    for option in options:
        with tempfile.TemporaryDirectory() as work:
            found = check(model, option, pathlib.Path(work))
        problems += [f"{model.parent.name}/{model.name}, {option}: {problem}" for problem in found]
        if everything and found:
            print(problems[-1], flush=True)
sys.exit("\n".join(problems) or 0)
