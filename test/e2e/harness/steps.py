# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compiled model, read through its decode step by the C interface of the runtime."""

import ctypes
import json
import pathlib
import sys
import tempfile

import numpy as np

import harness

i64 = ctypes.c_int64


def manifest_of(library):
    """What a compiled model says of itself."""
    content = library.read_bytes()
    text = content[content.index(b'{"retort":'):].decode(errors="replace")
    return json.JSONDecoder().raw_decode(text)[0]


def load_runtime():
    runtime = ctypes.CDLL(str(harness.BUILD / "lib" / "libRetortRuntime.so"))
    for function in ("retort_model_load", "retort_session_start", "retort_call"):
        getattr(runtime, function).restype = ctypes.c_void_p
    runtime.retort_last_error.restype = ctypes.c_char_p
    return runtime


def logits_of_steps(runtime, library, ids, prompt):
    """Rows of logits: the first `prompt` tokens at once, then one token after the other."""

    def expect(ok):
        if not ok:
            sys.exit(runtime.retort_last_error().decode())
        return ctypes.c_void_p(ok)

    model = expect(runtime.retort_model_load(str(library).encode()))
    session = expect(runtime.retort_session_start(model))
    data, width, rows = ctypes.POINTER(ctypes.c_float)(), i64(), []
    for part in [ids[:prompt]] + [[token] for token in ids[prompt:]]:
        failed = runtime.retort_session_step(session, (i64 * len(part))(*part), ctypes.c_size_t(len(part)),
                                             ctypes.byref(data), ctypes.byref(width))
        if failed:
            expect(None)
        rows.append(np.ctypeslib.as_array(data, (len(part), width.value)).copy())
    runtime.retort_session_free(session)
    return np.concatenate(rows)


def check_all(runtime, names, check):
    """Runs check(runtime, name, place of a library) for each model; ends the test with what it says of those that fail."""
    bad = []
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            problem = check(runtime, name, pathlib.Path(scratch) / "model.so")
        bad += [f"{name}: {problem}"] if problem else []
    if bad:
        sys.exit("\n".join(["failed"] + bad))
