# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""No check of a broadcast is left in what real exports are lowered to: sizes of equal names are one, and so is what follows
from them. Where names say less, models are listed with what is not known."""

import os
import pathlib
import sys
import tempfile

from harness import run, skip

# What the file leaves open.
OPEN = {
    "bert_dynamo18": "positions are cut from a buffer of 64: a longer text has more rows",
    "mamba2_dynamo18": "the mask is an input of another length, cut to rows that are computed",
}

data = os.environ.get("RETORT_TEST_DATA")
if not data:
    skip("RETORT_TEST_DATA names no folder of models")
found = {}
with tempfile.TemporaryDirectory() as folder:
    for model in sorted((pathlib.Path(data) / "onnx-exports").glob("*/model.onnx")):
        text = pathlib.Path(folder) / "lowered.mlir"
        run("retort", "compile", model, "--emit=linalg", "-o", text)
        count = sum("do not broadcast" in line for line in text.open())
        found[model.parent.name] = count
        if bool(count) != (model.parent.name in OPEN):
            sys.exit(f"{model.parent.name}: {count} checks of broadcasts, {'none' if count else 'some'} expected")
if not found:
    skip("there are no exports")
print(f"{len(found)} exports, {len(OPEN)} with checks of broadcasts")
