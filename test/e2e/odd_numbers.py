# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Numbers at the edge: what the standard defines, or ONNX Runtime and NumPy compute, is computed in compiled code and where
it is folded, and the same in both: NaN, infinities, the least integer, shifts by the width, powers of integers, casts of
what does not fit. A division of integers by zero is an error of the node."""

import pathlib
import tempfile
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harness import run, skip

try:
    import onnxruntime  # noqa: F401
except ImportError:
    skip("onnxruntime is not installed")

warnings.filterwarnings("ignore")
nan, inf, f32 = np.nan, np.inf, np.float32
real = np.array([nan, -inf, inf, -2.5, -0.0, 0, 0.5, 3, -7, 1e30], f32)
other = np.array([1, nan, 2, nan, 0, -1, inf, 3, 2, -1], f32)
least = {t: np.iinfo(t).min for t in (np.int8, np.int16, np.int32, np.int64)}
numbers = {np.dtype(t).name: TensorProto.DataType.Value(np.dtype(t).name.upper()) for t in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64)}


def as_x86(x, dtype):
    """A float as an integer of at most 64 bits: through the least integer of 32 bits, or of 64, where it does not fit."""
    bits = 32 if np.iinfo(dtype).bits < 32 or dtype == np.int32 else 64
    def one(v):
        if dtype == np.uint64 and v >= 2.0**63:
            return (one_signed(v - 2.0**63, 64) ^ (1 << 63)) & (2**64 - 1)
        return one_signed(v, bits) & (2**64 - 1)
    def one_signed(v, bits):
        return int(v) if -(2.0 ** (bits - 1)) <= v < 2.0 ** (bits - 1) else -(2 ** (bits - 1))
    return np.array([one(float(v)) for v in x], np.uint64).astype(dtype)


def by_onnxruntime(node, inputs):
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for k, v in inputs.items()],
                              [helper.make_empty_tensor_value_info(node.output[0])])
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, inputs)[0]


nodes, arrays, wanted = [], {}, {}


def case(kind, inputs, expected=None, **attributes):
    """`expected` is None where ONNX Runtime says."""
    i = len(nodes)
    names = [f"{k}{i}" for k in range(len(inputs))]
    node = helper.make_node(kind, names, [f"y{i}"], name=f"{kind}_{i}", **attributes)
    given = dict(zip(names, map(np.asarray, inputs)))
    nodes.append(node)
    arrays.update(given)
    wanted[f"y{i}"] = by_onnxruntime(node, given) if expected is None else np.asarray(expected)


case("Sign", [real], np.sign(real))
far = np.array([nan, inf, 1e-6, 1, 1.001, 1.5, 7, 1e8, 3e9, 1e30, 3e38], f32)
case("Acosh", [far], np.arccosh(far.astype(float)).astype(f32))
case("Asinh", [np.concatenate([far, -far, real])], np.arcsinh(np.concatenate([far, -far, real]).astype(float)).astype(f32))
whole = np.arange(-6, 6).reshape(3, 4)
for dtype in (np.int32, np.int64):
    left, right, summand = whole.astype(dtype), whole.T.astype(dtype), np.array([[1, -2, 3]], dtype)
    case("Gemm", [left, right, summand], np.trunc(0.5 * (left @ right) + 0.75 * summand).astype(dtype), alpha=0.5, beta=0.75)
    case("Gemm", [left, right], np.trunc(0.3 * (left @ right)).astype(dtype), alpha=0.3)
case("Relu", [real], np.maximum(real, 0))
case("HardSigmoid", [real], np.where(np.isnan(real), nan, np.clip(0.2 * real + 0.5, 0, 1)).astype(f32))
for kind in ("LeakyRelu", "Elu", "Selu", "ThresholdedRelu", "Sigmoid", "Tanh", "Erf", "Abs", "Neg", "Floor", "Round", "IsInf", "IsNaN", "Exp", "Sqrt", "Reciprocal"):
    case(kind, [real])
case("Celu", [real], np.where(real > 0, real, np.expm1(real)))
case("Max", [real, other], np.maximum(real, other))
case("Min", [real, other], np.minimum(real, other))
case("Clip", [real, f32(-1), f32(2)], np.clip(real, -1, 2))
case("Clip", [real, f32(2), f32(-1)], np.minimum(np.maximum(real, 2), -1))
case("Mod", [real, other], np.fmod(real, other), fmod=1)
case("Div", [real, other], real / other)
case("Equal", [real, other], real == other)
case("Less", [real, other], real < other)
case("Where", [real > 0, real, other], np.where(real > 0, real, other))
for dtype, low in least.items():
    a, b = np.array([low, low, 7, -7, 7, -7], dtype), np.array([-1, 1, -2, 2, 2, -2], dtype)
    quotient = [int(np.trunc(int(x) / int(y))) if int(x) != low else low for x, y in zip(a, b)]
    case("Div", [a, b], np.array(quotient, np.int64).astype(dtype))
    case("Mod", [a, b], np.array([int(x) % int(y) for x, y in zip(a, b)], dtype))
    case("Abs", [a], np.abs(a))
    case("Neg", [a], -a)
case("Mod", [np.array([least[np.int64], 7, -7]), np.array([-1, -2, 2])], [0, 1, -1], fmod=1)
case("Div", [np.array([2**64 - 1, 7], np.uint64), np.array([2, 2**63], np.uint64)], np.array([2**63 - 1, 0], np.uint64))
case("Max", [np.array([2**63, 1], np.uint64), np.array([1, 2], np.uint64)], np.array([2**63, 2], np.uint64))
case("Clip", [np.array([2**63, 1], np.uint64), np.uint64(2), np.uint64(2**62)], np.array([2**62, 2], np.uint64))
for way, shifted in (("LEFT", [0, 2, 0]), ("RIGHT", [0, 0, 0])):
    case("BitShift", [np.array([1, 1, 255], np.uint8), np.array([8, 1, 255], np.uint8)], np.array(shifted, np.uint8), direction=way)
case("Pow", [np.array([2, -1, -1, 1, 0, 3, -2]), np.array([-1, -1, -2, -9, 3, 5, 3])], [0, -1, 1, 1, 0, 243, -8])
case("Pow", [np.array([2, 3], np.int32), np.array([31, 40], np.int64)], (np.array([2, 3]) ** np.array([31, 40])).astype(np.int32))
case("Pow", [np.array([2, 2, -8], f32), np.array([-1, 0.5, 3], f32)])
outside = np.array([nan, inf, -inf, 300, -1.5, 3e9, -3e9, 1e19, 2.0**63, 2.0**64, 0.99, 255.7], f32)
for name, number in numbers.items():
    case("Cast", [outside], as_x86(outside, np.dtype(name).type), to=number)
case("Cast", [outside], outside != 0, to=TensorProto.BOOL)
case("QuantizeLinear", [np.array([nan, inf, -inf, 1e9, -1e9, 0.5, 1.5], f32), f32(1), np.int8(3)], np.array([-128, 127, -128, 127, -128, 3, 5], np.int8))
case("QuantizeLinear", [np.array([-5, 1e9, 2.5], f32), f32(1), np.uint16(7)], np.array([2, 65535, 9], np.uint16))
case("Hardmax", [np.array([[nan, 1], [-inf, -inf], [3, 3]], f32)[1:]], np.array([[1, 0], [1, 0]], f32))


def model(constant):
    info = [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), [f"{k}_{a}" for a in range(v.ndim)]) for k, v in arrays.items()]
    graph = helper.make_graph(nodes, "g", [] if constant else info, [helper.make_empty_tensor_value_info(k) for k in wanted], [numpy_helper.from_array(v, k) for k, v in arrays.items() if constant])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def compute(folder, proto, inputs, code=0):
    folder.mkdir()
    onnx.save(proto, folder / "model.onnx")
    (folder / "in").mkdir()
    for k, v in inputs.items():
        np.save(folder / "in" / f"{k}.npy", v)
    return run("retort", "run", folder / "model.onnx", f"--inputs={folder}/in", f"--outputs={folder}/out", code=code)


failures = 0
with tempfile.TemporaryDirectory() as place:
    place = pathlib.Path(place)
    for mode, inputs in (("compiled", arrays), ("folded", {})):
        compute(place / mode, model(mode == "folded"), inputs)
        for k, (node, (name, want)) in enumerate(zip(nodes, wanted.items())):
            found = numpy_helper.to_array(onnx.load_tensor(place / mode / "out" / f"output_{k}.pb"))
            same = found.dtype == want.dtype and found.shape == want.shape and np.allclose(found, want, rtol=1e-5, atol=1e-6, equal_nan=True) if want.dtype.kind == "f" else np.array_equal(found, want)
            if not same:
                failures += 1
                print(f"{mode}: {node.op_type} of {[arrays[i].tolist() for i in node.input]}: {found}, wanted {want}")
    for kind in ("Div", "Mod"):
        for constant in (False, True):
            graph = helper.make_graph([helper.make_node(kind, ["a", "b"], ["y"], name="the_division")], "g", [helper.make_tensor_value_info(k, TensorProto.INT64, ["n"]) for k in ("a", "b")[: 2 - constant]],
                                      [helper.make_tensor_value_info("y", TensorProto.INT64, ["n"])], [numpy_helper.from_array(np.array([3, 0]), "b")] if constant else [])
            proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
            result = compute(place / f"{kind}{constant}", proto, {"a": np.array([1, 2])} | ({} if constant else {"b": np.array([3, 0])}), code=None)
            if result.returncode != 1 or "the_division" not in result.stderr or "division by zero" not in result.stderr:
                failures += 1
                print(f"{kind} by zero: exit {result.returncode}: {result.stderr}")
print(f"{len(nodes)} nodes, compiled and folded: {failures} differ")
raise SystemExit(failures > 0)
