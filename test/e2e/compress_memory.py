# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compressing a model takes a fraction of its size in memory: weights are read where they lie and written to spill files, a
piece at a time. RETORT_MODEL_GIB sets the size of the model; `check-large` runs it with 3."""

import os
import pathlib
import sys
import tempfile

from harness import skip
from harness.memory import peak_of, skip_unless_measurable

try:
    import onnx
    from onnx import TensorProto, helper
except ImportError:
    skip("the Python package onnx is missing")

GIB = 1 << 30
TOTAL = int(float(os.environ.get("RETORT_MODEL_GIB", 0.375)) * GIB)
WEIGHTS, COLUMNS = 3, 4096
BYTES = TOTAL // WEIGHTS // (COLUMNS * 4 * 32) * (COLUMNS * 4 * 32)
ROWS = BYTES // COLUMNS // 4
# 500 MB for 3 GiB, beside what the program itself takes.
BOUND = 45_000_000 + int(TOTAL / (3 * GIB) * 455_000_000)
RECIPES = {"compress-quantize-rtn{bits=4 group-size=32}": 0.17, "compress-prune-magnitude{n=2 m=4},compress-quantize-rtn{bits=8}": 0.26}


def make(path):
    """Zeros in a sparse file, but for the first row of each weight."""
    tensors, nodes, outputs = [], [], []
    with open(path.with_name("weights.bin"), "wb") as data:
        for i in range(WEIGHTS):
            data.seek(i * BYTES)
            data.write(bytes([0, 0, 0x80 + i, 0x3F]) * COLUMNS)
            tensor = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[ROWS, COLUMNS], data_location=TensorProto.EXTERNAL)
            for key, value in (("location", "weights.bin"), ("offset", i * BYTES), ("length", BYTES)):
                tensor.external_data.add(key=key, value=str(value))
            tensors.append(tensor)
            nodes += [helper.make_node("MatMul", ["x", f"w{i}"], [f"m{i}"]), helper.make_node("Relu", [f"m{i}"], [f"y{i}"])]
            outputs.append(helper.make_tensor_value_info(f"y{i}", TensorProto.FLOAT, [1, COLUMNS]))
        data.truncate(WEIGHTS * BYTES)
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, ROWS])]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString())


skip_unless_measurable(disk=TOTAL)
with tempfile.TemporaryDirectory() as name:
    model, small = pathlib.Path(name, "model.onnx"), pathlib.Path(name, "small.onnx")
    make(model)
    for recipe, share in RECIPES.items():
        peak = peak_of("retort", "compile", model, "--emit=onnx", "-o", small, f"--compress={recipe}")
        size = sum(path.stat().st_size for path in pathlib.Path(name).glob("small.onnx*"))
        print(f"{peak / 1e6:.0f} MB of {TOTAL / 1e6:.0f}, {size / TOTAL:.3f} of the bytes: {recipe}")
        if peak > BOUND:
            sys.exit(f"expected at most {BOUND / 1e6:.0f} MB of anonymous memory")
        if size > share * TOTAL:
            sys.exit(f"expected at most {share} of the bytes")
        onnx.checker.check_model(str(small))
