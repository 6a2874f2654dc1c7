# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Conversions to, from and between floats, and arithmetic in f16 and bf16: the bits are those of NumPy (ml_dtypes for
bf16): rounding to the nearest and ties to even, subnormal numbers, overflow to infinity, signed zeros, NaN."""

import pathlib
import sys
import tempfile

import numpy as np

from harness import run, skip

try:
    import ml_dtypes  # noqa: F401
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    skip("the Python packages onnx and ml_dtypes are missing")

FLOATS = [TensorProto.DOUBLE, TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16]
INTEGERS = [TensorProto.BOOL, TensorProto.INT8, TensorProto.UINT8, TensorProto.INT32, TensorProto.UINT32, TensorProto.INT64, TensorProto.UINT64]
NAMES = TensorProto.DataType.Name
numpy_type = helper.tensor_dtype_to_np_dtype


def floats():
    """Numbers where rounding can go wrong, of both signs: each f16, the middles between neighbours of f16 and of bf16 and
    what lies just beside them, limits, subnormal numbers, infinities, NaNs."""
    half = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    coarse = np.arange(0, 0x7F80, 7, dtype=np.uint32)
    coarse = (coarse << 16).astype(np.uint32).view(np.float32).astype(np.float64)
    middles = [(x[:-1] + x[1:]) / 2 for x in (half, coarse)]
    beside = [np.nextafter(m.astype(np.float32), np.float32(way)).astype(np.float64) for m in middles for way in (0, np.inf)]
    edges = [65504, 65519.99, 65520, 65536, 3.38e38, 3.3961775e38, 3.4e38, 1e39, 1e300, 2**-24, 2**-25, 2**-26, 1e-40, 1e-45, 1e-300, np.inf, np.nan]
    positive = np.concatenate([half, coarse, *middles, *beside, edges])
    return np.concatenate([positive, -positive])


def integers(kind):
    if kind == TensorProto.BOOL:
        return np.array([False, True])
    dtype = numpy_type(kind)
    info, powers = np.iinfo(dtype), [2**i for i in range(np.iinfo(dtype).bits - 1)]
    around = [s * p + d for p in powers for d in (-1, 0, 1) for s in (1, -1)] + [info.max, info.max - 1, info.min]
    return np.array([x for x in around if info.min <= x <= info.max], dtype)


def evaluate(folder, name, nodes, inputs, outputs):
    """The outputs of a graph of `nodes` on arrays; `outputs` are names with their types."""
    here = folder / name
    here.mkdir()
    kinds = {key: helper.np_dtype_to_tensor_dtype(value.dtype) for key, value in inputs.items()}
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info(key, kinds[key], [None]) for key in inputs],
                              [helper.make_tensor_value_info(key, kind, [None]) for key, kind in outputs.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), here / "model.onnx")
    for k, (key, value) in enumerate(inputs.items()):
        onnx.save_tensor(numpy_helper.from_array(value, key), here / f"input_{k}.pb")
    run("retort", "run", here / "model.onnx", f"--inputs={here}", f"--outputs={here / 'found'}")
    return [numpy_helper.to_array(onnx.load_tensor(here / "found" / f"output_{k}.pb")) for k in range(len(outputs))]


def differences(found, wanted):
    """Where the bits differ; one NaN is as good as another."""
    bits = lambda x: np.ascontiguousarray(x).view(f"u{x.dtype.itemsize}")
    same = bits(found) == bits(wanted)
    if not np.issubdtype(wanted.dtype, np.integer) and wanted.dtype != bool:
        same |= np.isnan(found.astype(np.float64)) & np.isnan(wanted.astype(np.float64))
    return np.flatnonzero(~same)


failures = 0


def check(what, found, wanted, sources):
    global failures
    if found.dtype != wanted.dtype or found.shape != wanted.shape:
        failures += 1
        print(f"{what}: {found.dtype}{found.shape}, expected {wanted.dtype}{wanted.shape}")
    elif len(wrong := differences(found, wanted)):
        failures += 1
        for i in wrong[:3]:
            print(f"{what}: {len(wrong)} of {len(wanted)} differ, {[x[i] for x in sources]} gives {found[i]}, not {wanted[i]}")


def through_f32(x, dtype):
    """bf16 is made from f32, as ONNX Runtime makes it."""
    return x.astype(np.float32).astype(dtype) if dtype == numpy_type(TensorProto.BFLOAT16) else x.astype(dtype)


def fits(x, kind):
    """The numbers that a cast to the integer type keeps: ONNX leaves the others undefined."""
    if kind == TensorProto.BOOL:
        return x
    info, wide = np.iinfo(numpy_type(kind)), np.trunc(x.astype(np.float64))
    return x[(wide >= float(info.min)) & (wide < float(info.max))]


def check_casts(folder):
    """One model for each source type casts to all others."""
    for source in FLOATS + INTEGERS:
        values = through_f32(floats(), numpy_type(source)) if source in FLOATS else integers(source)
        for group in (FLOATS, INTEGERS) if source in FLOATS else (FLOATS,):
            targets = [t for t in group if t != source]
            inputs = {f"x{t}": fits(values, t) if group is INTEGERS else values for t in targets}
            nodes = [helper.make_node("Cast", [f"x{t}"], [f"y{t}"], to=t) for t in targets]
            name = f"{NAMES(source)}_to_{'floats' if group is FLOATS else 'integers'}"
            found = evaluate(folder, name, nodes, inputs, {f"y{t}": t for t in targets})
            for target, result, x in zip(targets, found, inputs.values()):
                check(f"{NAMES(source)} to {NAMES(target)}", result, through_f32(x, numpy_type(target)), [x])


# IEEE 754's maximum, where -0 is less than 0; NumPy takes either zero.
zeros = lambda a, b: (a == 0) & (b == 0)
ARITHMETIC = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide,
    "Max": lambda a, b: np.where(zeros(a, b), a + b, np.maximum(a, b)),
    "Min": lambda a, b: np.where(zeros(a, b), -(-a - b), np.minimum(a, b)),
    "Neg": np.negative, "Abs": np.abs, "Sqrt": np.sqrt, "Reciprocal": lambda x: 1 / x, "Floor": np.floor, "Ceil": np.ceil,
    "Round": np.round, "Relu": lambda x: np.where(np.isnan(x), x, np.maximum(x, 0)),
}
ONE_OPERAND = ["Neg", "Abs", "Sqrt", "Reciprocal", "Floor", "Ceil", "Round", "Relu"]
COMPARISONS = {"Less": np.less, "Greater": np.greater, "Equal": np.equal, "LessOrEqual": np.less_equal}


def check_arithmetic(folder, kind):
    """Each operation computes in f32 and rounds once."""
    dtype = numpy_type(kind)
    random = np.random.default_rng(0)
    values = through_f32(floats()[::5], dtype)
    a, b = values, random.permutation(values)
    operands = lambda op: [a] if op in ONE_OPERAND else [a, b]
    operations = {**ARITHMETIC, **COMPARISONS}
    nodes = [helper.make_node(op, ["a", "b"][:len(operands(op))], [op]) for op in operations]
    outputs = {op: TensorProto.BOOL if op in COMPARISONS else kind for op in operations}
    found = evaluate(folder, f"{NAMES(kind)}_arithmetic", nodes, {"a": a, "b": b}, outputs)
    for (op, compute), result in zip(operations.items(), found):
        wanted = compute(*[x.astype(np.float32) for x in operands(op)])
        check(f"{op} in {NAMES(kind)}", result, wanted if op in COMPARISONS else wanted.astype(dtype), operands(op))


FUNCTIONS = {"Exp": np.exp, "Tanh": np.tanh, "Sigmoid": lambda x: 1 / (1 + np.exp(-x)), "Sin": np.sin, "Cos": np.cos, "Log": np.log}


def check_functions(folder, kind):
    """Within one unit in the last place of the narrow type."""
    dtype = numpy_type(kind)
    x = np.linspace(0.01, 8, 997).astype(dtype)
    nodes = [helper.make_node(op, ["x"], [op]) for op in FUNCTIONS]
    found = evaluate(folder, f"{NAMES(kind)}_functions", nodes, {"x": x}, {op: kind for op in FUNCTIONS})
    for (op, compute), result in zip(FUNCTIONS.items(), found):
        wanted = compute(x.astype(np.float64)).astype(dtype)
        apart = np.abs(result.view(np.int16).astype(int) - wanted.view(np.int16).astype(int))
        check(f"{op} in {NAMES(kind)}", np.where(apart <= 1, wanted, result), wanted, [x])


with tempfile.TemporaryDirectory() as temporary, np.errstate(all="ignore"):
    folder = pathlib.Path(temporary)
    check_casts(folder)
    for narrow in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
        check_arithmetic(folder, narrow)
        check_functions(folder, narrow)
if failures:
    sys.exit(f"{failures} results are wrong")
print("all bits as expected")
