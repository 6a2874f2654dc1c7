# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention that a sample replaces by something else: native code and ONNX Runtime compute the same, the divergence that is reported is
the one that ONNX Runtime computes on the windows held back, a decode step continues as the whole graph does, and what is chosen is no
worse than what else was tried."""

import json
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    from harness.fitted import MODEL, STORIES, Statistics, calibrate_stories, divergence, feeds_of, logits, native_output, runtime, write_inputs
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
METHOD = "compress-replace-attention-by-retention"
# A window alone and an affine map are among those of which the choice measures all.
FORMS = {"delete": 0, "sinks-window": 8192, "retention": 8448, "hybrid": 16896, "window-average": 8192}


def passes_of(options):
    return f"--compress={METHOD}{{{options}}}"


def export(work, options, *more):
    run("retort", "compile", MODEL, f"--calibration={work}/statistics", passes_of(options), "--emit=onnx", "-o", work / "small.onnx",
        f"--ledger={work}/ledger.json", *more)
    records = [r for r in json.loads((work / "ledger.json").read_text())["records"] if r.get("method") == METHOD]
    return [r for r in records if r["outcome"] == "passed"], next(r for r in records if r["outcome"] == "analysis")


def held_windows(work):
    windows = Statistics(work / "statistics").windows()
    return windows[len(windows) - len(windows) // 8 :]


def reported_kl_is_theirs(work, windows, total):
    theirs = logits(work / "small.onnx", windows)
    kl = divergence(logits(MODEL, windows)[:, :-1], theirs[:, :-1])
    assert abs(kl - total["kl"]) <= 2e-3 * kl + 1e-6, f"reported {total['kl']}, ONNX Runtime computes {kl}"
    return theirs


def native_is_theirs(work, windows, options, theirs):
    session = runtime(MODEL)
    write_inputs(work / "inputs", session, feeds_of(session, windows))
    found = native_output(work / "small.onnx", work / "inputs")
    off = np.abs(found - theirs).max() / np.abs(theirs).max()
    assert off <= 1e-4, f"{options}: native code and ONNX Runtime are {off:.1e} apart"


def step_continues(work, options):
    """The tokens of a decode step, and those that the exported graph gives for the whole text."""
    text = run("retort", "generate", MODEL, f"--tokenizer={STORIES / 'tokenizer.model'}", "--prompt=Tom and his dog", "--tokens=40", "--json",
               f"--calibration={work}/statistics", passes_of(options))
    found = json.loads(text)
    session, known = runtime(work / "small.onnx"), list(found["prompt_tokens"])
    assert len(found["tokens"]) > 8, found
    for token in found["tokens"]:
        row = session.run(None, feeds_of(session, np.array([known], np.int64)))[0][0, -1]
        assert token == row.argmax() or row.max() - row[token] <= 1e-3, f"{options}: token {len(known)} is {token}, not {row.argmax()}"
        known.append(token)


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    calibrate_stories(work / "statistics", "--statistics=moments", windows=8)
    windows = held_windows(work)
    for form, state in FORMS.items():
        options = f"layers=2 candidates={form}" + (f" state-bytes={state}" if state else "")
        layers, total = export(work, options)
        assert [r["substitute"] for r in layers] == [form] and all(r["state_bytes"] <= state for r in layers), layers
        theirs = reported_kl_is_theirs(work, windows, total)
        native_is_theirs(work, windows, options, theirs)
        if form in ("sinks-window", "retention", "window-average"):
            step_continues(work, options)
        print(f"{form}: KL {total['kl']:.4f}, {total['state_bytes']} bytes", flush=True)
        if form in ("retention", "window-average"):
            for operators in ("expanded", "contrib"):
                export(work, options, f"--onnx-retention={operators}")
                off = np.abs(logits(work / "small.onnx", windows) - theirs).max() / np.abs(theirs).max()
                assert off <= 1e-4, f"the forms of retention in ONNX are {off:.1e} apart"
    layers, total = export(work, "layers=3 measured=7 state-bytes=8448")
    for record in layers:
        tried = {key: value for key, value in record.items() if key.startswith("kl_") and key != "kl_so_far"}
        # A hybrid would have half of a round of states.
        assert len(tried) == 6 and record["kl_so_far"] == min(tried.values()), record
    _, total = export(work, "candidates=delete,window state-bytes=1536 max-kl=0.1")
    assert 0 < total["replaced"] < 6 and total["kl"] <= 0.1, total
    reported_kl_is_theirs(work, windows, total)
    _, few = export(work, "candidates=delete,window max-state-bytes=130000")
    assert few["state_bytes"] <= 130000 < few["state_bytes_before"], few
print("natively, in ONNX Runtime and token by token the same")
sys.exit(0)
