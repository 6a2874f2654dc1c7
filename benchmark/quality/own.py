# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Retort's own forms: budgets of bits a weight, and single methods."""
import json

import numpy as np
import onnx
from onnx import numpy_helper

from quality.bench import Form, retort

BUDGETS = [2.3, 2.6, 3.0, 3.5, 4.0, 4.25, 4.5, 4.9, 5.2, 6.0, 7.0, 8.2]
METHODS = ["compress-quantize-rtn{bits=8}", "compress-quantize-rtn{bits=4 group-size=32}",
           "compress-quantize-gptq{bits=4 group-size=32}", "compress-quantize-gptq{bits=3 group-size=32}"]


def forms(bench):
    for passes in [f"compress-allocate{{target-bits={bits}}}" for bits in BUDGETS] + METHODS:
        library, ledger, inputs, outputs = (bench.work / name for name in ("own.so", "own.json", "inputs", "outputs"))
        retort("compile", bench.model, f"--calibration={bench.statistics}", f"--compress={passes}", f"--ledger={ledger}",
               "-o", library)
        inputs.mkdir(exist_ok=True)
        for name, value in bench.feed(bench.windows).items():
            np.save(inputs / f"{name}.npy", value)
        retort("run", library, f"--inputs={inputs}", f"--outputs={outputs}")
        after = {r["weight"]: r["bytes_after"] for r in json.loads(ledger.read_text())["records"] if r["outcome"] == "passed"}
        logits = numpy_helper.to_array(onnx.load_tensor(outputs / "output_0.pb"))
        yield Form("Retort", passes, bench.bits(sum(after.values())), logits)
