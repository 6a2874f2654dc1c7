# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations that move, make or index elements, on sizes, indices and numbers that no one hands in with good intent: an
error that names the node, or what the standard defines. Each case with sizes that the file states, that only the run
knows, and with operands that are constants."""

import concurrent.futures
import itertools
import os
import pathlib
import sys
import tempfile

from harness import run, skip

try:
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper
except ImportError as reason:
    skip(f"no models can be made: {reason}")

REFUSED = None
NAN = np.nan
MOST, LEAST = 2**63 - 1, -(2**63)
x = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
row = np.array([4, 1, 3, 2], np.float32)
empty = np.zeros(0, np.float32)


def sizes(*numbers):
    return np.array(numbers, np.int64)


def floats(*numbers):
    return np.array(numbers, np.float32)


def zeros(*shape):
    return np.zeros(shape, np.int64)


def ones(*shape):
    return np.ones(shape, np.float32)


# Operation, operands (None: omitted), what must come, attributes.
CASES = [
    ("Split", [x, sizes(-1000, 1003)], REFUSED, dict(axis=1)),
    ("Split", [x, sizes(MOST, MOST, 5)], REFUSED, dict(axis=1)),
    ("Split", [x, sizes(1, 1)], REFUSED, dict(axis=1)),
    ("Split", [x, sizes(0, 3)], x[:, :0], dict(axis=1)),
    ("Split", [row, None], REFUSED, dict(num_outputs=7)),
    ("Gather", [x, sizes(2)], REFUSED, {}),
    ("Gather", [x, sizes(LEAST)], REFUSED, {}),
    ("Gather", [x, sizes(-2)], x[:1], {}),
    ("GatherElements", [x, zeros(9, 2)], REFUSED, dict(axis=1)),
    ("GatherElements", [x, zeros(1, 7)], np.full((1, 7), 1, np.float32), dict(axis=1)),
    ("GatherND", [x, zeros(9, 1)], REFUSED, dict(batch_dims=1)),
    ("GatherND", [x, zeros(1, 1)], REFUSED, dict(batch_dims=1)),
    ("ScatterElements", [x, zeros(9, 2), ones(9, 2)], REFUSED, dict(axis=1)),
    ("ScatterElements", [x, zeros(2, 2), ones(1, 1)], REFUSED, dict(axis=1)),
    ("ScatterElements", [x, zeros(1, 1), ones(2, 2)], REFUSED, dict(axis=1)),
    ("ScatterND", [x, zeros(2, 1), ones(1, 1)], REFUSED, {}),
    ("ScatterND", [x, zeros(2, 1), ones(2, 4)], REFUSED, {}),
    ("TensorScatter", [ones(2, 3, 1), ones(2, 4, 1), sizes(0, 0)], REFUSED, dict(axis=1)),
    ("TensorScatter", [ones(2, 3, 1), ones(2, 2, 1), sizes(0, 2)], REFUSED, dict(axis=1)),
    ("TensorScatter", [ones(2, 3, 1), ones(2, 2, 1), sizes(0)], REFUSED, dict(axis=1)),
    ("Reshape", [empty, sizes(2**62, 4)], REFUSED, dict(allowzero=1)),
    ("Reshape", [x, sizes(-2, -3)], REFUSED, {}),
    ("Reshape", [x, sizes(-1, -1)], REFUSED, {}),
    ("Reshape", [x, sizes(4, -1)], REFUSED, {}),
    ("ConstantOfShape", [sizes(2**61 + 1, 8)], REFUSED, {}),
    ("ConstantOfShape", [sizes(2**40)], REFUSED, {}),
    ("ConstantOfShape", [sizes(-2, -3)], REFUSED, {}),
    ("ConstantOfShape", [sizes(2, 0)], np.zeros((2, 0), np.float32), {}),
    ("Expand", [row, sizes(9)], REFUSED, {}),
    ("Expand", [row[:1], sizes(-3)], REFUSED, {}),
    ("Expand", [row[:1], sizes(0)], empty, {}),
    ("Expand", [row, sizes(2, 1)], np.stack([row, row]), {}),
    ("Tile", [row, sizes(2**62 + 1)], REFUSED, {}),
    ("Tile", [row, sizes(-1)], REFUSED, {}),
    ("Tile", [row, sizes(0)], empty, {}),
    ("Pad", [row, sizes(2**62, 2**62)], REFUSED, {}),
    ("Pad", [row, sizes(MOST, MOST)], REFUSED, {}),
    ("Pad", [row, sizes(-3, -3)], REFUSED, {}),
    ("Pad", [row, sizes(-3, 1)], floats(2, 0), {}),
    ("Pad", [empty, sizes(1, 1)], floats(0, 0), {}),
    *[("Pad", [empty, sizes(3, 3)], REFUSED, dict(mode=mode)) for mode in ("wrap", "edge", "reflect")],
    ("Slice", [x, sizes(0), sizes(2), sizes(0), sizes(0)], REFUSED, {}),
    ("Slice", [x, sizes(0, 0), sizes(1, 1), sizes(0, -2)], REFUSED, {}),
    ("Slice", [x, sizes(MOST), sizes(LEAST), sizes(1), sizes(LEAST)], x[:, 2:], {}),
    ("Slice", [x, sizes(LEAST), sizes(MOST), sizes(1), sizes(2)], x[:, ::2], {}),
    ("Squeeze", [x, sizes(1)], REFUSED, {}),
    ("Squeeze", [x[:1], sizes(-3)], REFUSED, {}),
    ("Unsqueeze", [x, sizes(0, 0)], REFUSED, {}),
    ("Unsqueeze", [x, sizes(7)], REFUSED, {}),
    ("Concat", [x, ones(2, 4)], REFUSED, dict(axis=0)),
    ("OneHot", [sizes(0, 1), np.array(-3), floats(0, 1)], REFUSED, {}),
    ("OneHot", [sizes(0, 1), np.array(MOST), floats(0, 1)], REFUSED, {}),
    ("OneHot", [sizes(-1, 5), np.array(2), floats(0, 1)], np.array([[0, 1], [0, 0]], np.float32), {}),
    ("TopK", [x, sizes(-1)], REFUSED, {}),
    ("TopK", [x, sizes(4)], REFUSED, {}),
    ("TopK", [floats(1, NAN, 3), sizes(2)], floats(NAN, 3), {}),
    ("TopK", [floats(1, NAN, 3), sizes(3)], floats(1, 3, NAN), dict(largest=0)),
    ("Range", [np.array(LEAST), np.array(MOST), np.array(1)], REFUSED, {}),
    ("Range", [np.array(LEAST), np.array(MOST), np.array(MOST)], sizes(LEAST, -1, MOST - 1), {}),
    ("Range", [np.array(5), np.array(-5), np.array(LEAST)], sizes(5), {}),
    ("Range", [np.array(0), np.array(5), np.array(0)], REFUSED, {}),
    ("Range", [np.float32(0), np.float32(np.inf), np.float32(1)], REFUSED, {}),
    ("Range", [np.float32(0), np.float32(NAN), np.float32(1)], REFUSED, {}),
    ("Trilu", [x, np.array(MOST)], np.zeros_like(x), {}),
    ("Trilu", [x, np.array(LEAST)], x, {}),
    ("Trilu", [x, np.array(MOST)], x, dict(upper=0)),
    ("EyeLike", [x], np.zeros_like(x), dict(k=LEAST)),
    ("CumSum", [x, np.array(2)], REFUSED, {}),
    ("CumSum", [x, np.array(LEAST)], REFUSED, {}),
    ("ReverseSequence", [x, sizes(4, 1, 1)], REFUSED, {}),
    ("ReverseSequence", [x, sizes(1, 2)], REFUSED, {}),
    ("ReverseSequence", [x, sizes(-1, 1, 1)], REFUSED, {}),
    ("ArgMax", [np.zeros((2, 0), np.float32)], REFUSED, dict(axis=1)),
    ("ArgMax", [np.zeros((0, 2), np.float32)], np.zeros((0, 1), np.int64), dict(axis=1)),
    ("ReduceMax", [np.zeros((2, 0), np.float32), sizes(1)], np.full((2, 1), -np.inf, np.float32), {}),
    ("ReduceMean", [np.zeros((2, 0), np.int32), sizes(1)], REFUSED, {}),
    ("ReduceSum", [x, sizes(2)], REFUSED, {}),
    ("NonZero", [np.zeros((2, 0), np.float32)], np.zeros((2, 0), np.int64), {}),
    # Attributes out of range: the compiler itself says so.
    ("EyeLike", [row], REFUSED, {}),
    ("GatherND", [x, zeros(2, 1)], REFUSED, dict(batch_dims=-1)),
    ("Gather", [x, sizes(0)], REFUSED, dict(axis=MOST)),
    ("Concat", [x, x], REFUSED, dict(axis=LEAST)),
    ("Flatten", [x], REFUSED, dict(axis=3)),
    ("Transpose", [x], REFUSED, dict(perm=[0, 0])),
    ("DepthToSpace", [ones(1, 4, 1, 1)], REFUSED, dict(blocksize=0)),
    ("SpaceToDepth", [ones(1, 1, 4, 4)], REFUSED, dict(blocksize=-2)),
    ("Compress", [x, np.array([True])], REFUSED, dict(axis=5)),
    ("TopK", [x, sizes(1)], REFUSED, dict(axis=-3)),
    ("ScatterElements", [x, zeros(1, 1), ones(1, 1)], REFUSED, dict(axis=9)),
]
MODES = ["stated", "run-time", "constant"]


def save(folder, case, mode):
    operation, operands, want, attributes = case
    given = {f"x{i}": np.asarray(value) for i, value in enumerate(operands) if value is not None}
    outputs = {"Split": attributes.get("num_outputs", len(operands[1]) if operation == "Split" and operands[1] is not None else 1), "TopK": 2}.get(operation, 1)
    node = helper.make_node(operation, [n if n in given else "" for n in (f"x{i}" for i in range(len(operands)))], [f"y{i}" for i in range(outputs)], name="odd", **attributes)
    # The last operand, or the only one, stays an input, or it all would be computed by the compiler.
    constants = {name for name in given if mode == "constant" and name != "x0"}

    def shape(value):
        known = value.shape[-1:] if value.dtype == np.int64 else ()  # lists and tuples of known length
        return value.shape if mode != "run-time" else [f"{id(value)}_{i}" for i in range(value.ndim - len(known))] + list(known)

    inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), shape(v)) for n, v in given.items() if n not in constants]
    graph = helper.make_graph([node], "g", inputs, [helper.make_empty_tensor_value_info(o) for o in node.output], [numpy_helper.from_array(given[n], n) for n in sorted(constants)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 24)], ir_version=10)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "in").mkdir()
    for name, value in given.items():
        if name not in constants:
            np.save(folder / "in" / f"{name}.npy", value)


def check(case, mode):
    """What is wrong; empty where nothing is."""
    operation, _, want, _ = case
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        save(folder, case, mode)
        result = run("retort", "run", folder / "model.onnx", f"--inputs={folder}/in", f"--outputs={folder}/out", "--guard-memory", code=None, timeout=60)
        lines = [line for line in result.stderr.splitlines() if line.startswith("error:")]
        if want is REFUSED:
            if result.returncode == 1 and len(lines) == 1 and len(lines[0]) < 200 and operation in lines[0]:
                return ""
            return f"exit {result.returncode}, {result.stderr[:300]!r}; expected a short error that names {operation}"
        if result.returncode != 0:
            return f"exit {result.returncode}: {result.stderr[:300]}"
        tensor = onnx.TensorProto()
        tensor.ParseFromString((folder / "out" / "output_0.pb").read_bytes())
        got = numpy_helper.to_array(tensor)
        same = got.shape == want.shape and got.dtype == want.dtype and np.array_equal(got, want, equal_nan=want.dtype.kind == "f")
        return "" if same else f"{got.tolist()} of shape {got.shape}, expected {want.tolist()}"


def main():
    wanted = [case for case in CASES if not sys.argv[1:] or case[0] in sys.argv[1:]]
    work = list(itertools.product(wanted, MODES))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [f"{c[0]} of {[None if v is None else np.asarray(v).tolist() for v in c[1]]} {c[3]}, {mode}: {text}" for (c, mode), text in zip(work, pool.map(lambda item: check(*item), work)) if text]
    print("\n".join(found))
    print(f"{len(work)} models, {len(found)} findings")
    sys.exit(bool(found))


main()
