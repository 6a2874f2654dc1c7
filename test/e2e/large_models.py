# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of 3 GB take the memory of their structure: weights stay in the mapped file on the way in and on the way out, to
bytecode and to ONNX. The files are sparse where this test makes them, and whole where the tools do."""

import os
import pathlib
import sys
import tempfile

from harness import skip
from harness.memory import peak_of, skip_unless_measurable
from harness.wire import varint

try:
    import onnx
    from onnx import TensorProto, helper
except ImportError:
    skip("the Python package onnx is missing")

GIB = 1 << 30
BOUND = 100 << 20
WEIGHTS = 3
NAMES = [f"w{i}" for i in range(WEIGHTS)]
SHAPE = [GIB // 4 // 1024, 1024]


def check(command):
    peak = peak_of(*command)
    print(f"{peak >> 20} MiB: {' '.join(pathlib.Path(c).name for c in command)}")
    if peak > BOUND:
        sys.exit(f"expected at most {BOUND >> 20} MiB of anonymous memory")


def graph(tensors):
    nodes = [helper.make_node("MatMul", ["x", name], [f"y{i}"]) for i, name in enumerate(NAMES)]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, SHAPE[0]])]
    outputs = [helper.make_tensor_value_info(f"y{i}", TensorProto.FLOAT, [1, 1024]) for i in range(WEIGHTS)]
    return helper.make_graph(nodes, "g", inputs, outputs, tensors)


def model(tensors):
    return helper.make_model(graph(tensors), opset_imports=[helper.make_opsetid("", 21)])


def make_external(path):
    """The weights lie in a file beside the model: all zeros but for the first and the last bytes of each."""
    tensors = []
    with open(path.with_name("weights.bin"), "wb") as data:
        for i, name in enumerate(NAMES):
            for position in (i * GIB, (i + 1) * GIB - 4):
                data.seek(position)
                data.write(bytes([0, 0, 0x80 + i, 0x3F]))
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=SHAPE, data_location=TensorProto.EXTERNAL)
            for key, value in (("location", "weights.bin"), ("offset", i * GIB), ("length", GIB)):
                tensor.external_data.add(key=key, value=str(value))
            tensors.append(tensor)
    path.write_bytes(model(tensors).SerializeToString())


def make_inline(path):
    """The weights lie in the model, which no protobuf library can read at this size."""
    rest = model([])
    raw_tag, initializer_tag, graph_tag = b"\x4a", b"\x2a", b"\x3a"
    heads = []
    for name in NAMES:
        head = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=SHAPE).SerializeToString() + raw_tag + varint(GIB)
        heads.append(initializer_tag + varint(len(head) + GIB) + head)
    body = rest.graph.SerializeToString()
    size = len(body) + sum(len(head) + GIB for head in heads)
    rest.ClearField("graph")
    with open(path, "wb") as file:
        file.write(rest.SerializeToString() + graph_tag + varint(size))
        for head in heads:
            file.write(head)
            file.seek(GIB, os.SEEK_CUR)
        file.write(body)


def main(work):
    external, inline, out = work / "external.onnx", work / "inline.onnx", work / "out"
    out.mkdir()
    make_external(external)
    check(["retort-translate", "--import-onnx", str(external), "-o", str(out / "m.mlirbc")])
    check(["retort-translate", "--export-onnx", str(out / "m.mlirbc"), "-o", str(out / "m.onnx")])
    if (out / "m.onnx").read_bytes() != external.read_bytes():
        sys.exit("another model came out")
    with open(out / "weights.bin", "rb") as data:
        for i in range(WEIGHTS):
            for position in (i * GIB, (i + 1) * GIB - 4):
                data.seek(position)
                if data.read(4) != bytes([0, 0, 0x80 + i, 0x3F]):
                    sys.exit(f"other data came out at {position}")
    for path in out.iterdir():
        path.unlink()
    external.unlink()
    # More than a protobuf can hold goes outside.
    make_inline(inline)
    check(["retort-translate", "--export-onnx", str(inline), "-o", str(out / "m.onnx")])
    written = onnx.load(out / "m.onnx", load_external_data=False)
    for i, tensor in enumerate(written.graph.initializer):
        place = {entry.key: entry.value for entry in tensor.external_data}
        if place != {"location": "m.onnx.data", "offset": str(i * GIB), "length": str(GIB)}:
            sys.exit(f"weight {i} lies at {place}")
    if (out / "m.onnx.data").stat().st_size != WEIGHTS * GIB:
        sys.exit("the data have another size")


skip_unless_measurable(disk=10 * GIB)
with tempfile.TemporaryDirectory() as folder:
    main(pathlib.Path(folder))
