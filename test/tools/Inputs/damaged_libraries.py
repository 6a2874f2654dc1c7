# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds libraries whose manifests, or files of weights, are not those of a compiled model, and prints what loading each of them says.

usage: damaged_libraries.py FOLDER TOKENIZER
"""
import json
import pathlib
import struct
import subprocess
import sys

folder, tokenizer = pathlib.Path(sys.argv[1]), sys.argv[2]
ID = "0123456789abcdef0123456789abcdef"
WEIGHT = {"offset": 4096, "bytes": 8, "type": "f32", "shape": [2]}
VALUE = {"name": "x", "type": "f32", "shape": [2]}


def function(**parts):
    return {"name": "main", "symbol": "nowhere", "inputs": [], "outputs": [], **parts}


def manifest(*functions, **parts):
    return json.dumps({"retort": 1, "functions": functions, **parts})


def weights(identity, size, written):
    head = b"RETORTW1" + struct.pack("<Q", size) + identity.encode()
    return head + bytes(written - len(head))


def load(name, text, file=None, words=("run", f"--inputs={folder}/inputs"), code=""):
    """Prints what the tool says of a library with this manifest and this file of weights."""
    source = "" if text is None else f"{code}const char retort_manifest[] = {json.dumps(text)};\n"
    path = folder / f"{name}.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", path], input=source, text=True, check=True)
    if file is not None:
        path.with_suffix(".weights").write_bytes(file)
    said = subprocess.run(["retort", words[0], path, *words[1:]], capture_output=True, text=True)
    print(f"{name}: exit {said.returncode}, {said.stderr.strip()}")


(folder / "inputs").mkdir()
load("plain", None)
load("no_json", "{")
load("version", json.dumps({"retort": 7, "functions": []}))
load("cpu", manifest(cpu="bdver2", features=["+sse3", "+xop"]))
load("type", manifest(function(inputs=[{**VALUE, "type": "f33"}])))
load("bytes", manifest(weights=[{**WEIGHT, "bytes": 7}]))
load("shape", manifest(weights=[{**WEIGHT, "shape": [-2]}]))
load("state", manifest(states=[{**VALUE, "shape": [-1]}]))
load("index", manifest(function(states=[3])))
load("default_shape", manifest(function(inputs=[{**VALUE, "default": 0, "default_shape": [-2]}])))
load("default", manifest(function(inputs=[{**VALUE, "default": 0, "default_shape": [2]}])))
load("no_main", manifest())
load("symbol", manifest(function()))
used = manifest(function(), weights=[WEIGHT], id=ID)
load("no_weights", used)
load("other_file", used, b"something else")
load("cut_off", used, weights(ID, 9000, 5000))
load("other_library", used, weights(ID[::-1], 5000, 5000))
load("short", used, weights(ID, 4100, 4100))


def speak(name, inputs, outputs):
    """The same of a model that is to continue a text."""
    words = ("generate", f"--tokenizer={tokenizer}", "--prompt=Once", "--tokens=2")
    load(name, manifest(function(inputs=inputs, outputs=outputs)), None, words, "void nowhere(void **values) {}\n")


def value(name, role, *shape, kind="i64"):
    return {"name": name, "role": role, "type": kind, "shape": shape}


logits = value("logits", "logits", 1, -1, 8, kind="f32")
ids, past = value("ids", "tokens", 1, -1), value("past", "past:0", 1, 2, -1, 4, kind="f32")
speak("no_tokens", [value("mask", "mask", 1, -1)], [logits])
speak("no_role", [ids, value("other", "", 1, -1)], [logits])
speak("no_next", [ids, past], [logits])
speak("two_axes", [ids, {**past, "shape": [1, -1, -1, 4]}], [logits, {**past, "name": "present", "role": ""}])
speak("rank", [{**ids, "shape": [1, 1, 1, -1]}], [logits])
