# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every recipe: what native code computes is what ONNX Runtime computes of the exported file; the file is as small as it should be; quality falls in the order that it must."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import SOURCE, run, skip, tool

try:
    import onnx
    import onnxruntime
    from harness.language import log_softmax
    from harness.tokens import read_tokens
    from onnx import numpy_helper
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
STORIES = SOURCE / "examples" / "stories"
MODEL = STORIES / "stories.onnx"
# Recipe or passes, and the most bytes that the file may take in terms of the model's.
CASES = {
    "--recipe=int8": 0.75,
    "--recipe=int4": 0.70,
    "--recipe=2:4": 1.01,
    "--recipe=low-rank": 1.0,
    "--recipe=long-context": 1.05,
    "--compress=compress-quantize-rtn{bits=3 group-size=32 symmetric=false}": 0.70,
    "--compress=compress-prune-magnitude{sparsity=0.5 scope=model},compress-quantize-rtn{bits=4 group-size=32}": 0.70,
    "--compress=compress-prune-magnitude{n=2 m=4},compress-quantize-rtn{bits=4 group-size=32}": 0.70,
    "--compress=compress-factorize-svd{ratio=0.9},compress-quantize-rtn{bits=8}": 0.75,
    "--compress=compress-quantize-rtn{bits=8},compress-prune-magnitude{sparsity=0.3}": 0.75,
    "--compress=compress-replace-attention-by-retention{layers=1}": 1.05,
    "--compress=compress-replace-attention-by-retention{layers=1},compress-extend-rope{method=pi factor=2 original-length=256},compress-quantize-rtn{bits=8}": 0.75,
}
ids = np.random.default_rng(1).integers(3, 400, (2, 24), dtype=np.int64)
feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
options.log_severity_level = 3


def outputs_of(model):
    session = onnxruntime.InferenceSession(str(model), options)
    return session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()})[0]


def off(found, wanted):
    return np.abs(found - wanted).max() / np.abs(wanted).max()


def check_export(option, share, work):
    small, first = work / "small.onnx", None
    forms = ["--onnx-retention=standard"]
    forms += ["--onnx-retention=expanded", "--onnx-retention=contrib"] if "retention" in option else []
    forms += ["--onnx-weights=contrib"] if "group-size" in option or "int4" in option else []
    for form in forms:
        run("retort", "compile", MODEL, "--emit=onnx", "-o", small, option, form)
        theirs = outputs_of(small)
        if not off(theirs, plain) > 1e-5:
            return "the model did not change"
        if (bytes := small.stat().st_size / MODEL.stat().st_size) > share:
            return f"the file takes {bytes:.3f} of the model's bytes, at most {share}"
        if first is None:
            first = theirs
        elif not off(theirs, first) <= 1e-3:
            return f"with {form} it is {off(theirs, first):.1e} from another form"
    session = onnxruntime.InferenceSession(str(small), options)
    for k, each in enumerate(session.get_inputs()):
        (work / f"input_{k}.pb").write_bytes(numpy_helper.from_array(feeds[each.name]).SerializeToString())
    run("retort", "run", MODEL, option, f"--inputs={work}", f"--outputs={work}")
    ours = numpy_helper.to_array(onnx.TensorProto.FromString((work / "output_0.pb").read_bytes()))
    if not off(ours, theirs) <= 1e-3:
        return f"native code and ONNX Runtime are {off(ours, theirs):.1e} apart"
    return ""


def perplexity(passes, windows, work):
    """By ONNX Runtime, of what is exported."""
    run("retort", "compile", MODEL, "--emit=onnx", "-o", work / "small.onnx", *([f"--compress={passes}"] if passes else []))
    session = onnxruntime.InferenceSession(str(work / "small.onnx"), options)
    logits = session.run(None, {i.name: windows if i.name == "input_ids" else np.ones_like(windows) for i in session.get_inputs()})[0]
    return np.exp(-np.take_along_axis(log_softmax(logits[:, :-1]), windows[:, 1:, None], -1).mean())


def sample_windows(work):
    run("retort", "tokenize", f"--tokenizer={STORIES / 'tokenizer.model'}", f"--text={STORIES / 'sample.txt'}", "-o", work / "sample.tokens")
    return read_tokens(work / "sample.tokens").ids.ravel()[: 6 * 256].reshape(6, 256)


def check_state(passes, work):
    """Tokens that a state of fixed size continues are those that the whole graph gives."""
    text = run("retort", "generate", MODEL, f"--tokenizer={STORIES / 'tokenizer.model'}", "--prompt=Tom and his dog", "--tokens=24", "--json", f"--compress={passes}")
    found = json.loads(text)
    run("retort", "compile", MODEL, "--emit=onnx", "-o", work / "small.onnx", f"--compress={passes}")
    session, known = onnxruntime.InferenceSession(str(work / "small.onnx"), options), list(found["prompt_tokens"])
    for token in found["tokens"]:
        tokens = np.array([known], np.int64)
        inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        row = session.run(None, {i.name: inputs[i.name] for i in session.get_inputs()})[0][0, -1]
        if token != row.argmax() and row.max() - row[token] > 1e-3:
            return f"token {len(known)} is {token}, not {row.argmax()}"
        known.append(token)
    return "" if len(found["tokens"]) > 8 else f"only {len(found['tokens'])} tokens came"


plain, failures = outputs_of(MODEL), []
for option, share in CASES.items():
    with tempfile.TemporaryDirectory() as name:
        problem = check_export(option, share, pathlib.Path(name))
    print(f"{option}: {problem or 'as ONNX Runtime computes it'}", flush=True)
    failures += [f"{option}: {problem}"] if problem else []

with tempfile.TemporaryDirectory() as name:
    problem = check_state("compress-replace-attention-by-retention{layers=1,2}", pathlib.Path(name))
print(f"retention token by token: {problem or 'as the whole graph gives'}", flush=True)
failures += [f"retention token by token: {problem}"] if problem else []

rtn = "compress-quantize-rtn{{bits={} group-size={}}}".format
with tempfile.TemporaryDirectory() as name:
    work = pathlib.Path(name)
    windows = sample_windows(work)
    seen = {what: perplexity(passes, windows, work) for what, passes in {
        "f32": "", "8": rtn(8, 0), "4": rtn(4, 32), "4 for outputs": rtn(4, 0), "3": rtn(3, 32), "2": rtn(2, 32),
        "2:4": "compress-prune-magnitude{n=2 m=4}", "4:8": "compress-prune-magnitude{n=4 m=8}", "half": "compress-prune-magnitude{sparsity=0.5}"}.items()}
print(", ".join(f"{what} {value:.3f}" for what, value in seen.items()))
if abs(seen["8"] / seen["f32"] - 1) > 0.005:
    failures.append("8 bits change the perplexity")
for better, worse in (("f32", "4"), ("4", "3"), ("3", "2"), ("4", "4 for outputs"), ("half", "4:8"), ("4:8", "2:4")):
    if not seen[better] < seen[worse]:
        failures.append(f"{better} is not better than {worse}: {seen[better]:.3f} and {seen[worse]:.3f}")
sys.exit("\n".join(failures) if failures else 0)
