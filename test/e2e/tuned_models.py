# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Few steps of training of scales, of factors beside weights, and of factors while neurons leave bring a compressed model
closer to what it was, on text that it was not trained on. ONNX Runtime computes of each written file what native code does,
and the file has the form that was asked for: codes that stay, factors or none, smaller matrices."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
    from harness.fitted import MODEL, TOKENIZER, feeds_of, native_output, runtime, unseen_divergence, write_halves, write_inputs
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
RTN = "compress-quantize-rtn{bits=3 group-size=32}"


def arrays(path):
    graph = onnx.load(path).graph
    return {t.name: numpy_helper.to_array(t) for t in graph.initializer}


def written(work, text, *extra):
    """The arrays of the ONNX file that a pipeline writes, and its KL; native code and ONNX Runtime read it alike."""
    small = work / "small.onnx"
    run("retort", "compile", MODEL, "--emit=onnx", f"--compress={text}", "-o", small, *extra)
    session = runtime(small)
    ids = np.random.default_rng(1).integers(3, 400, (1, 24), dtype=np.int64)
    feeds = feeds_of(session, ids)
    theirs = session.run(None, feeds)[0]
    write_inputs(work / "inputs", session, feeds)
    ours = native_output(small, work / "inputs")
    off = np.abs(ours - theirs).max() / np.abs(theirs).max()
    loss = unseen_divergence(work, small)
    print(f"{text.replace(str(work), '')}: KL {loss:.4f}, native code {off:.1e} apart", flush=True)
    assert off < 1e-3, f"{text}: native code and ONNX Runtime are {off:.1e} apart"
    return arrays(small), loss


def sizes(found):
    return sorted({size for array in found.values() if array.ndim == 2 and array.size >= 4096 for size in array.shape})


def check_codes(work, training):
    """Codes are the same bytes with trained scales, and with factors beside them."""
    before, nearest = written(work, RTN)
    codes = {name for name in before if name.endswith("_quantized")}
    assert len(codes) == 42, len(codes)
    after, loss = written(work, f"{RTN},compress-tune-scales{{{training}}}")
    assert loss < 0.95 * nearest, "trained scales are hardly better"
    assert set(after) == set(before) and all(np.array_equal(after[name], before[name]) for name in codes)
    assert any(not np.array_equal(after[name], before[name]) for name in set(before) - codes)
    after, loss = written(work, f"{RTN},compress-tune-lora{{rank=4 {training}}}")
    assert loss < 0.95 * nearest, "trained factors are hardly better"
    assert all(np.array_equal(after[name], before[name]) for name in before), "what stays has changed"
    assert len(set(after) - set(before)) == 84


def check_requantized(work, training):
    """Rounding the sum again costs: the pass tells how much, and keeps it where that is still better."""
    ledger = work / "ledger.json"
    found, _ = written(work, f"{RTN},compress-tune-lora{{merge=requantize {training}}}", f"--ledger={ledger}")
    records = [r for r in json.loads(ledger.read_text())["records"] if "held_out_requantized" in r]
    assert len(records) == 1 and records[0]["held_out_requantized"] > records[0]["held_out_trained"], records
    assert not any("lora" in name for name in found)


def check_neurons(work, tokens, training):
    half = f"compress-prune-structured{{sparsity=0.5 groups=mlp importance=element samples=10 data={tokens}}}"
    found, pruned = written(work, half)
    assert 384 not in sizes(found) and 192 in sizes(found), sizes(found)
    found, loss = written(work, f"{half},compress-tune-lora{{{training}}}")
    assert loss < 0.9 * pruned, "trained factors are hardly better"
    assert sizes(found) == sizes(arrays(work / "small.onnx")) and not any("lora" in name for name in found)
    found, loss = written(work, f"compress-prune-lora{{every=2 {training}}}")
    assert 384 not in sizes(found) and 192 in sizes(found), sizes(found)
    assert loss < 1.2 * pruned, "channels that leave meanwhile cost more than channels that leave at once, untrained"


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    write_halves(work)
    tokens = work / "sample.tokens"
    run("retort", "tokenize", f"--tokenizer={TOKENIZER}", f"--text={work}/sample.txt", "-o", tokens)
    training = f"data={tokens} context=64 batch=4 steps=16 warmup=0.1"
    check_codes(work, training)
    check_requantized(work, training)
    check_neurons(work, tokens, training)
sys.exit(0)
