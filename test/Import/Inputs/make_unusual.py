# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes models that the standard allows and exporters seldom write, one file for each. usage: make_unusual.py FOLDER"""
import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
from harness.wire import field, varint

folder = pathlib.Path(sys.argv[1])
FLOAT = TensorProto.FLOAT


def value(name, shape=(2, 3), kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name, nodes, inputs=None, outputs=None, tensors=(), change=None, **fields):
    graph = helper.make_graph(nodes, "g", inputs or [value("x")], outputs or [value("y")], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], **fields)
    if change:
        change(model)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())


def append_bytes(name, node, content, at=1):
    """A model whose node has fields that no writer of this package writes: `content`, already encoded."""
    graph = helper.make_graph([], "g", [value("x")], [value("y")])
    encoded = field(1, node.SerializeToString() + content) + graph.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(field(1, 8) + field(7, encoded) + field(8, field(2, 21)))


relu = helper.make_node("Relu", ["x"], ["y"])
node = helper.make_node
weight = numpy_helper.from_array(numpy.arange(6, dtype=numpy.float32).reshape(2, 3), "w")

# The order of nodes, names, captured values.
save("unsorted", [node("Relu", ["a"], ["y"]), node("Exp", ["x"], ["a"])])
branch = lambda op: helper.make_graph([node(op, ["x"], ["inner"]), node("Neg", ["inner"], ["out"])], "b", [], [value("out")])
condition = value("c", (), TensorProto.BOOL)
save("same_names_in_branches", [node("If", ["c"], ["y"], then_branch=branch("Exp"), else_branch=branch("Abs"))], [value("x"), condition])
late = helper.make_graph([node("Add", ["x", "late"], ["out"])], "b", [], [value("out")])
save("captures_a_later_value", [node("If", ["c"], ["y"], then_branch=late, else_branch=branch("Abs")), node("Exp", ["x"], ["late"])], [value("x"), condition])
inner_only = helper.make_graph([node("Exp", ["x"], ["y2"])], "b", [], [value("y2")])
save("name_again_outside", [node("If", ["c"], ["y"], then_branch=inner_only, else_branch=branch("Abs")), node("Exp", ["y"], ["y2"])], [value("x"), condition])
save("nameless", [node("Dropout", ["x"], ["y", ""])])
save("omitted_inputs", [node("Clip", ["x", "", "m"], ["y"])], tensors=[numpy_helper.from_array(numpy.float32(1), "m")])
save("output_is_input", [relu], outputs=[value("y"), value("x")])
save("output_is_constant", [relu], outputs=[value("y"), value("w")], tensors=[weight])
save("input_with_default", [node("Add", ["x", "w"], ["y"])], [value("x"), value("w")], tensors=[weight])
save("no_inputs", [node("Identity", ["w"], ["y"])], inputs=[], tensors=[weight], change=lambda m: m.graph.ClearField("input"))

# Kinds of values.
tensor_type = helper.make_tensor_type_proto(FLOAT, [2, 3])
sequence = helper.make_value_info("s", helper.make_sequence_type_proto(tensor_type))
optional = helper.make_value_info("o", helper.make_optional_type_proto(tensor_type))
mapping = onnx.ValueInfoProto(name="m")
mapping.type.map_type.key_type = TensorProto.STRING
mapping.type.map_type.value_type.CopyFrom(tensor_type)
save("kinds", [node("SequenceAt", ["s", "i"], ["y"]), node("Optional", ["x"], ["p"])], [value("x"), value("i", (), TensorProto.INT64), sequence, optional, mapping])
save("strings", [node("Identity", ["t"], ["y"])], outputs=[value("y", (3,), TensorProto.STRING)], tensors=[helper.make_tensor("t", TensorProto.STRING, [3], [b"a", b"", b"\xff\x00"])])
save("equal_strings", [node("Identity", ["t"], ["y"])], outputs=[value("y", (2,), TensorProto.STRING)], tensors=[helper.make_tensor("t", TensorProto.STRING, [2], [b"a", b"a"])])

# Kinds of tensors: each type, as numbers and as raw data.
tensors = []
for kind in sorted(TensorProto.DataType.values()):
    if kind in (TensorProto.UNDEFINED, TensorProto.STRING):
        continue
    name = TensorProto.DataType.Name(kind)
    values = [1, 0, 1] if kind == TensorProto.BOOL else [1, 0, 2] if name not in ("UINT2", "INT2") else [1, 0, 1]
    try:
        array = numpy.array(values).astype(helper.tensor_dtype_to_np_dtype(kind))
        tensors.append(helper.make_tensor(f"{name}_numbers", kind, [3], array))
        tensors.append(numpy_helper.from_array(array, f"{name}_raw"))
        tensors.append(helper.make_tensor(f"{name}_empty", kind, [0, 2], []))
    except (KeyError, NotImplementedError, TypeError, ValueError) as error:
        print(f"left out: {name}: {error}")
tensors.append(helper.make_tensor("negative", TensorProto.INT8, [4], [-128, -1, 0, 127]))
tensors.append(numpy_helper.from_array(numpy.array([numpy.nan, -0.0, numpy.inf, 1e-45], numpy.float32), "odd"))
tensors.append(numpy_helper.from_array(numpy.frombuffer(b"\x01\x00\x80\x7f", numpy.float32), "signalling_nan"))
save("tensors", [relu], tensors=tensors)
save("constant_attributes", [node("Constant", [], ["k"], value=tensors[0]), node("Constant", [], ["l"], value_strings=["a", ""]), relu])


def add_sparse(model):
    values = numpy_helper.from_array(numpy.float32([1, 2]), "w")
    indices = numpy_helper.from_array(numpy.int64([0, 4]), "indices")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [2, 3]))


save("sparse_initializer", [node("Add", ["x", "w"], ["y"])], change=add_sparse)


# What is said beside the graph.
def annotate(model):
    model.metadata_props.add(key="k", value="v\xe4")
    model.graph.metadata_props.add(key="", value="")
    model.graph.doc_string = "a graph"
    annotation = model.graph.quantization_annotation.add(tensor_name="x")
    annotation.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="w")
    model.graph.value_info.append(value("nowhere"))
    model.graph.node[0].metadata_props.add(key="namespace", value="a/b")
    model.graph.node[0].doc_string = "\n"
    training = model.training_info.add()
    training.algorithm.name = "step"
    training.update_binding.add(key="w", value="x")


save("annotated", [node("Add", ["x", "w"], ["y"])], tensors=[weight], change=annotate, producer_name="p", domain="d", doc_string="m")
function = helper.make_function("local", "f", ["a"], ["b"], [node("Elu", ["a"], ["b"])], [helper.make_opsetid("", 21)], attributes=["alpha"])
function.node[0].attribute.add(name="alpha", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT)
save("function", [node("f", ["x"], ["y"], domain="local", alpha=2.0)], functions=[function])
save("attributes", [node("Custom", ["x"], ["y"], domain="d", f=0.5, i=-1, s="s", t=weight, floats=[1.0, -0.0], ints=[3, -3], strings=["", "b"], none=helper.make_tensor("", FLOAT, [0], []))])
lists = node("Custom", ["x"], ["y"], domain="d")
lists.attribute.append(onnx.AttributeProto(name="e", type=onnx.AttributeProto.INTS))
lists.attribute.append(onnx.AttributeProto(name="ts", type=onnx.AttributeProto.TENSORS, tensors=[weight]))
lists.attribute.append(onnx.AttributeProto(name="gs", type=onnx.AttributeProto.GRAPHS, graphs=[branch("Exp")]))
lists.attribute.append(onnx.AttributeProto(name="tp", type=onnx.AttributeProto.TYPE_PROTO, tp=tensor_type))
save("other_attributes", [lists])

# What other writers of protobuf write: packed lists, no zeros, no type, unknown fields.
append_bytes("packed_ints", relu, field(5, field(1, b"axes") + field(8, varint(1) + varint(2**64 - 1)) + field(20, 7)))
append_bytes("packed_floats", relu, field(5, field(1, b"scales") + field(7, numpy.float32([1, 2]).tobytes()) + field(20, 6)))
append_bytes("omitted_zero", relu, field(5, field(1, b"axis") + field(20, 2)) + field(5, field(1, b"text") + field(20, 3)))
append_bytes("no_type", relu, field(5, field(1, b"axis") + field(3, 2)))
append_bytes("unknown_fields", relu, field(99, b"later") + field(100, 7) + varint(101 << 3 | 5) + b"abcd" + varint(102 << 3 | 1) + b"abcdefgh")
