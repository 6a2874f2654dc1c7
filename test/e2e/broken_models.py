# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that are broken, or that reach for files which they must not have: each is refused by one line that names the
file and what is wrong, within seconds and a bounded amount of memory, and nothing is left behind."""

import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

from harness import BUILD, skip, tool
from harness.wire import field, varint

try:
    from onnx import TensorProto, helper
except ImportError:
    skip("the Python package onnx is missing")

GIB = 1 << 30
FLOAT = TensorProto.FLOAT
SANITIZED = "fsanitize" in (BUILD / "CMakeCache.txt").read_text()


def model(nodes=(), tensors=(), inputs=("x",), outputs=("y",)):
    value = lambda name: helper.make_tensor_value_info(name, FLOAT, [2, 3])
    graph = helper.make_graph(list(nodes), "g", [value(n) for n in inputs], [value(n) for n in outputs], list(tensors))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()


def tensor(dims=(2, 3), kind=FLOAT, raw=None, **external):
    result = TensorProto(name="w", data_type=kind, dims=dims)
    if raw is not None:
        result.raw_data = raw
    if external:
        result.data_location = TensorProto.EXTERNAL
        for key, text in external.items():
            result.external_data.add(key=key, value=str(text))
    return result


add = helper.make_node("Add", ["x", "w"], ["y"])
weighted = lambda **fields: model([add], [tensor(**fields)])
outside = lambda location, offset=0, length=24: weighted(location=location, offset=offset, length=length)
plain = lambda node, **fields: model([node], **fields)


def graph_with(content):
    """A model whose graph starts with raw fields."""
    return field(1, 8) + field(7, content + field(11, field(1, b"x")) + field(12, field(1, b"x"))) + field(8, field(2, 21))


def node_with(content):
    return graph_with(field(1, field(1, b"x") + field(2, b"y") + field(4, b"Custom") + content))


def nested_graphs(depth):
    node = field(1, b"x") + field(2, b"y") + field(4, b"Custom")
    for _ in range(depth):
        node = field(1, b"x") + field(2, b"y") + field(4, b"If") + field(5, field(1, b"body") + field(6, field(1, node)) + field(20, 5))
    return graph_with(field(1, node))


def nested_types(depth):
    """A type of sequences of sequences ..."""
    content = field(1, field(1, 1))
    for _ in range(depth):
        content = field(4, field(1, content))
    return graph_with(field(13, field(1, b"v") + field(2, content)))


whole = model([add], [tensor(raw=b"0" * 24)])
CASES = {
    # name: (bytes, what the error says)
    "text": (b"hello\n", "is not an ONNX model"),
    "empty": (b"", "no graph"),
    "cut_off": (whole[:-20], "malformed or cut off"),
    "no_graph": (field(1, 8), "no graph"),
    "two_graphs": (whole + field(7, b""), "two graphs"),
    "group": (graph_with(varint(1 << 3 | 3)), "malformed"),
    "long_varint": (b"\xff" * 11, "malformed"),
    "field_zero": (b"\x00\x01", "malformed"),
    "length_beyond": (b"\x3a\xff\xff\xff\xff\x0f", "malformed or cut off"),
    "node_is_number": (graph_with(field(1, 5)), "malformed"),
    # Files that a model must not have.
    "external_absolute": (None, "absolute path"),
    "external_parent": (outside("../secret.bin"), "leaves the folder"),
    "external_parent_inside": (outside("sub/../../secret.bin"), "leaves the folder"),
    "external_missing": (outside("missing.bin"), "cannot be opened: No such file"),
    "external_device": (outside("/dev/zero"), "absolute path"),
    "external_fifo": (outside("fifo.bin"), "not a regular file"),
    "external_folder": (outside("."), "not a regular file"),
    "external_symlink": (outside("link.bin"), "symbolic link"),
    "external_symlink_folder": (outside("linked/secret.bin"), "cannot be opened|symbolic link"),
    "external_hard_link": (outside("hard.bin"), "hard link"),
    "external_empty": (outside(""), "has no location"),
    "external_short": (outside("side.bin", 16), "24 bytes at offset 16 reach beyond 'side.bin' .24 bytes"),
    "external_negative": (outside("side.bin", -8), "offset '-8'"),
    "external_huge": (outside("side.bin", 0, 2**63 - 1), "9223372036854775807 bytes at offset 0 reach beyond"),
    "external_overflow": (outside("side.bin", 2**63 - 8), "offset '9223372036854775800' lies outside"),
    "external_letters": (outside("side.bin", "a"), "offset 'a'"),
    "external_other_size": (outside("side.bin", 0, 20), "expects 24 bytes, found 20"),
    "external_and_raw": (weighted(raw=b"0" * 24, location="side.bin"), "'w' has external data and 'raw_data'"),
    # Graphs.
    "cycle": (model([helper.make_node("Add", ["x", "z"], ["y"]), helper.make_node("Add", ["y", "x"], ["z"])]), "input '[yz]' is no input"),
    "dangling_input": (plain(helper.make_node("Add", ["x", "nowhere"], ["y"])), "node 'Add': input 'nowhere' is no input"),
    "duplicate_name": (model([helper.make_node("Add", ["x", "x"], ["y"]), helper.make_node("Mul", ["x", "x"], ["y"])]), "two values have the name 'y'"),
    "duplicate_input": (plain(helper.make_node("Add", ["x", "x"], ["y"]), inputs=("x", "x")), "two values have the name 'x'"),
    "no_output": (plain(helper.make_node("Add", ["x", "x"], ["z"])), "output 'y' of the graph is defined nowhere"),
    "no_op_type": (graph_with(field(1, field(1, b"x") + field(2, b"y") + field(3, b"n"))), "node 'n' has no op_type"),
    "deep_graphs": (nested_graphs(2000), "nest more than 50 deep|malformed"),
    "deep_types": (nested_types(5000), "malformed"),
    # Constants.
    "dims_overflow": (weighted(dims=(2**40, 2**40)), r"'w' has impossible dimensions \[1099511627776, 1099511627776\]"),
    "dims_negative": (weighted(dims=(-2, 3), raw=b"0" * 24), r"impossible dimensions \[-2, 3\]"),
    "dims_huge": (weighted(dims=(2**50,)), "expects 4503599627370496 bytes, found 0"),
    "data_short": (weighted(raw=b"0" * 23), "'w' of type .* expects 24 bytes, found 23"),
    "data_long": (weighted(raw=b"0" * 28), "expects 24 bytes, found 28"),
    "unknown_type": (weighted(kind=99, raw=b"0" * 24), "'w' has the unknown type 99"),
    "no_type": (weighted(kind=0, raw=b"0" * 24), "unknown type 0"),
    "two_forms": (graph_with(field(5, field(1, 1) + field(2, 1) + field(4, b"0000") + field(9, b"0000"))), "holds both 'float_data' and 'raw_data'"),
    "strings_missing": (weighted(kind=TensorProto.STRING), "expects 6 strings, found 0"),
    "numbers_malformed": (graph_with(field(5, field(1, 1) + field(2, 7) + field(7, b"\xff"))), "a tensor is malformed"),
    "complex_in_integers": (graph_with(field(5, field(1, 2) + field(2, TensorProto.COMPLEX128) + field(5, b"\x01\x02"))), "complex numbers holds 'int32_data'"),
    "sparse_without_values": (graph_with(field(15, field(3, 2))), "a sparse initializer is malformed"),
    # Attributes.
    "attribute_cut_off": (node_with(field(5, b"\x0a\x7f")), "an attribute is malformed"),
    "attribute_ints_malformed": (node_with(field(5, field(1, b"a") + field(8, b"\xff") + field(20, 7))), "an attribute is malformed"),
    "attribute_without_graph": (node_with(field(5, field(1, b"a") + field(20, 5))), "node 'Custom': attribute 'a' has no field 'g'"),
    "attribute_tensor_short": (node_with(field(5, field(1, b"a") + field(5, field(1, 4) + field(2, 1)) + field(20, 4))), "attribute 'a': .*expects 16 bytes, found 0"),
    # Bombs.
    "many_numbers": (graph_with(field(5, field(1, 1) + field(2, 7) + field(7, b"\x01" * (64 << 20)))), "expects 8 bytes, found 16"),
    "many_fields": (graph_with(field(1, b"") * (4 << 20)), "has no op_type"),
    "long_chain": (model([helper.make_node("Relu", [f"v{i + 1}"], [f"v{i}"]) for i in range(20000)], outputs=("v0",)), "input 'v20000' is no input"),
}


def main(top):
    folder, out = top / "models", top / "out"
    folder.mkdir()
    out.mkdir()
    (top / "secret.bin").write_bytes(b"0" * 24)
    (folder / "side.bin").write_bytes(b"0" * 24)
    os.symlink("../secret.bin", folder / "link.bin")
    os.symlink("..", folder / "linked")
    os.link(top / "secret.bin", folder / "hard.bin")
    os.mkfifo(folder / "fifo.bin")
    problems = []
    for name, (content, expected) in CASES.items():
        path = folder / f"{name}.onnx"
        path.write_bytes(outside(str(top / "secret.bin")) if content is None else content)
        limit = None if SANITIZED else lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * GIB, 4 * GIB))
        command = [tool("retort-translate"), "--import-onnx", path, "-o", out / "out.mlirbc"]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, preexec_fn=limit)
        path.unlink()
        lines = result.stderr.strip().splitlines()
        if result.returncode != 1 or len(lines) != 1:
            problems.append(f"{name}: exit code {result.returncode}, {len(lines)} lines: {result.stderr[-300:]}")
        elif not lines[0].startswith("error: ") or f"{name}.onnx: " not in lines[0] or not re.search(expected, lines[0]):
            problems.append(f"{name}: expected '{expected}', found: {lines[0][:300]}")
        if any(out.iterdir()):
            problems.append(f"{name}: left {[p.name for p in out.iterdir()]}")
    if problems:
        sys.exit("\n".join(problems))
    print(f"{len(CASES)} broken models are refused")


with tempfile.TemporaryDirectory() as scratch:
    main(pathlib.Path(scratch))
