# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model with functions of its own: calls in calls, in graphs and of one function twice, attributes that are handed down,
have defaults or are missing, omitted inputs, opsets of their own. It runs as in ONNX Runtime, and comes back unchanged."""

import pathlib
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harness import run, skip

try:
    import onnxruntime
except ImportError:
    skip("onnxruntime is not installed")


def reference(node, name, kind, of=None):
    attribute = node.attribute.add()
    attribute.name, attribute.ref_attr_name, attribute.type = name, of or name, kind
    return node


def functions():
    standard, own = helper.make_opsetid("", 18), helper.make_opsetid("own.ops", 1)
    kind = onnx.AttributeProto
    factor = reference(helper.make_node("Constant", [], ["k"]), "value_float", kind.FLOAT, "factor")
    scale = helper.make_function(
        "own.ops", "Scale", ["a"], ["b"], [factor, helper.make_node("Mul", ["a", "k"], ["b"])], [standard], ["factor"]
    )
    # `alpha` has a default, `axis` is given by all calls, `keepdims` by none. The bias may be omitted.
    nodes = [
        helper.make_node("Clip", ["x", "low"], ["c"]),
        reference(helper.make_node("LeakyRelu", ["c"], ["r"]), "alpha", kind.FLOAT, "slope"),
        reference(helper.make_node("Softmax", ["r"], ["s"]), "axis", kind.INT),
        reference(helper.make_node("ReduceMax", ["s", "axes"], ["m"]), "keepdims", kind.INT),
        helper.make_node("Constant", [], ["axes"], value_ints=[1]),
        helper.make_node("Sub", ["s", "m"], ["d"]),
        reference(helper.make_node("Scale", ["d"], ["y"], domain="own.ops"), "factor", kind.FLOAT, "by"),
    ]
    nodes = [nodes[4], *nodes[:4], *nodes[5:]]
    block = helper.make_function(
        "own.ops",
        "Block",
        ["x", "low"],
        ["y"],
        nodes,
        [standard, own],
        ["axis", "keepdims", "by"],
        [helper.make_attribute("slope", 0.25)],
    )
    return [block, scale]


def model():
    def call(name, inputs, output, **attributes):
        return helper.make_node(name, inputs, [output], name=f"{name}_{output}", domain="own.ops", **attributes)

    def branch(name, factor):
        made = helper.make_tensor_value_info(f"{name}_y", TensorProto.FLOAT, None)
        return helper.make_graph([call("Scale", ["v"], f"{name}_y", factor=factor)], name, [], [made])

    nodes = [
        call("Block", ["x"], "u", axis=1, by=2.0),
        call("Block", ["u", "low"], "v", axis=0, by=-3.0, slope=0.5),
        helper.make_node("If", ["which"], ["y"], then_branch=branch("a", 10.0), else_branch=branch("b", 0.1)),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("which", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])],
        [numpy_helper.from_array(np.float32(-0.2), "low")],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own.ops", 1)]
    return helper.make_model(graph, functions=functions(), opset_imports=opsets, ir_version=9)


def outputs(path, inputs):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, inputs)[0]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    path = folder / "model.onnx"
    onnx.save(model(), path)
    onnx.checker.check_model(str(path))
    for which in (False, True):
        case = folder / str(which)
        (case / "in").mkdir(parents=True)
        (case / "want").mkdir()
        inputs = {"x": np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32), "which": np.array(which)}
        for name, value in inputs.items():
            np.save(case / "in" / f"{name}.npy", value)
        np.save(case / "want" / "y.npy", outputs(path, inputs))
        print(run("retort", "run", path, f"--inputs={case}/in", f"--expect={case}/want").strip(), flush=True)

    # Unchanged, the functions stay; the graph of a changed model has their nodes.
    run("retort", "compile", path, "--emit=onnx", "-o", folder / "same.onnx")
    assert (folder / "same.onnx").read_bytes() == path.read_bytes(), "another file came back"
    run("retort", "compile", path, "--emit=onnx", "--opset=21", "-o", folder / "inlined.onnx")
    inlined = onnx.load(folder / "inlined.onnx")
    onnx.checker.check_model(inlined)
    assert not inlined.functions and [o.domain for o in inlined.opset_import] == [""], inlined.opset_import
    assert inlined.ir_version == 10, inlined.ir_version
    np.testing.assert_allclose(outputs(folder / "inlined.onnx", inputs), outputs(path, inputs), rtol=1e-6)
