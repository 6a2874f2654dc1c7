# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that scan a text give what ONNX Runtime gives, whichever axis and direction they scan and however their states are laid
out; a state that keys and values are added to is recognized, and where rows are read forwards, a decode step is derived that
gives the rows of the whole text. Those of RETORT_TEST_DATA, too."""

import itertools
import json
import pathlib
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

from harness import run, skip

try:
    import onnxruntime
except ImportError:
    skip("onnxruntime is not installed")

random = np.random.default_rng(3)
VOCABULARY, WIDTH, HEADS, SIZE = 256, 12, 2, 3


class Body:
    """Nodes of the body of a Scan, with constants of the graph around it."""

    def __init__(self):
        self.nodes, self.constants, self.count = [], {}, 0

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(array)
        return name

    def __call__(self, kind, *inputs, **attributes):
        self.count += 1
        inputs = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        self.nodes.append(helper.make_node(kind, inputs, [f"v{self.count}"], **attributes))
        return f"v{self.count}"

    def weight(self, *shape):
        return self.constant((random.standard_normal(shape) * shape[0] ** -0.5).astype(np.float32))


def layer(b, x, shift, state, kind, swapped):
    """One layer of a row x (B x WIDTH), its row before, and a state; the next ones, and the result."""
    mixed = b("Add", b("Mul", x, np.float32(0.7)), b("Mul", shift, np.float32(0.3)))
    if kind == "tanh":  # no rule of retention
        after = b("Tanh", b("Add", b("MatMul", mixed, b.weight(WIDTH, WIDTH)), b("MatMul", state, b.weight(WIDTH, WIDTH))))
        return x, after, b("Add", x, after)
    heads = lambda: b("MatMul", mixed, b.weight(WIDTH, HEADS * SIZE))
    column = lambda value: b("Reshape", value, np.array([-1, HEADS, SIZE, 1]))
    row = lambda value: b("Reshape", value, np.array([-1, HEADS, 1, SIZE]))
    q, k, v = heads(), heads(), heads()
    if kind == "constant":
        decay = b.constant(np.array([0.9, 0.5], np.float32).reshape(HEADS, 1, 1))
    else:
        decay = (row if swapped else column)(b("Exp", b("Neg", b("Softplus", heads()))))
    written = b("MatMul", column(v), row(k)) if swapped else b("Mul", column(k), row(v))
    after = b("Add", b("Mul", state, decay), written)
    read = after
    if kind == "bonus":
        bonus = b.constant(random.uniform(0, 1, (HEADS, 1, SIZE) if swapped else (HEADS, SIZE, 1)).astype(np.float32))
        read = b("Add", state, b("Mul", written, bonus))
    out = b("MatMul", read, column(q)) if swapped else b("MatMul", row(q), read)
    out = b("MatMul", b("Reshape", out, np.array([-1, HEADS * SIZE])), b.weight(HEADS * SIZE, WIDTH))
    return x, after, b("Add", x, out)


def model(kind, axis, backwards, swapped, layers=2):
    """ids (axis: tokens) to logits; the states of all layers are stacked along the first axis."""
    b = Body()
    state_shape = [WIDTH] if kind == "tanh" else [HEADS, SIZE, SIZE]
    x = b("Gather", b.weight(VOCABULARY, WIDTH), "token")
    at = lambda states, i: b("Gather", states, np.array(i), axis=0)
    shifts, nexts = [], []
    for i in range(layers):
        shift, after, x = layer(b, x, at("shift", i), at("state", i), kind, swapped)
        shifts.append(b("Unsqueeze", shift, np.array([0])))
        nexts.append(b("Unsqueeze", after, np.array([0])))
    logits = b("MatMul", x, b.weight(WIDTH, VOCABULARY))
    ends = [b("Concat", *shifts, axis=0), b("Concat", *nexts, axis=0), logits]
    info = lambda name, kind, shape: helper.make_tensor_value_info(name, kind, shape)
    state = [layers, "batch", *state_shape]
    body = helper.make_graph(b.nodes, "body", [info("shift", 1, [layers, "batch", WIDTH]), info("state", 1, state), info("token", 7, ["batch"])],
                             [info(ends[0], 1, [layers, "batch", WIDTH]), info(ends[1], 1, state), info(logits, 1, ["batch", VOCABULARY])])
    zeros = lambda shape: helper.make_node("ConstantOfShape", [shape], [shape + "_0"], value=numpy_helper.from_array(np.zeros(1, np.float32)))
    nodes = [helper.make_node("Shape", ["ids"], ["sizes"]), helper.make_node("Gather", ["sizes", "batch_axis"], ["batch"])]
    b.constants["batch_axis"] = np.array([1 - axis])
    for name, rest in (("shift", [WIDTH]), ("state", state_shape)):
        b.constants |= {name + "_a": np.array([layers]), name + "_b": np.array(rest)}
        nodes += [helper.make_node("Concat", [name + "_a", "batch", name + "_b"], [name + "_s"], axis=0), zeros(name + "_s")]
    nodes.append(helper.make_node("Scan", ["shift_s_0", "state_s_0", "ids"], ["shift_end", "state_end", "logits"], body=body, num_scan_inputs=1,
                                  scan_input_axes=[axis], scan_output_axes=[1], scan_input_directions=[int(backwards)], scan_output_directions=[int(backwards)]))
    order = ["sequence", "batch"] if axis == 0 else ["batch", "sequence"]
    graph = helper.make_graph(nodes, "scanned", [info("ids", 7, order)], [info("logits", 1, ["batch", "sequence", VOCABULARY])],
                              [numpy_helper.from_array(v, k) for k, v in b.constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def check(name, proto, retentions, backwards, axis):
    ids = random.integers(0, VOCABULARY, (2, 11))
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    given = ids.T.copy() if axis == 0 else ids
    wanted = session.run(None, {"ids": given})[0]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        onnx.save(proto, folder / "model.onnx")
        for side, array in (("in/ids", given), ("want/logits", wanted)):
            (folder / side).parent.mkdir()
            np.save(folder / f"{side}.npy", array)
        run("retort", "run", folder / "model.onnx", f"--inputs={folder}/in", f"--expect={folder}/want", "--rtol=1e-4", "--atol=1e-4")
        seen = json.loads(run("retort", "inspect", folder / "model.onnx", "--json"))
        assert seen["retention"]["found"] == retentions, (name, seen["retention"])
        step = "refused" if backwards else "derived"
        assert seen["decode_step"] == step or axis == 0, (name, seen["decode_step"], seen["decode_step_reason"])
        if step == "derived" and axis == 1:
            out = json.loads(run("retort", "generate", folder / "model.onnx", "--tokenizer=bytes", "--prompt=abc", "--tokens=12", "--json"))
            text = list(b"abc")
            for _ in range(12):
                text.append(int(session.run(None, {"ids": np.array([text])})[0][0, -1].argmax()))
            assert out["tokens"] == text[3:], (name, out["tokens"], text[3:])
    print(name, "holds", flush=True)


if __name__ == "__main__":
    for kind, axis, backwards, swapped in itertools.product(("constant", "bonus", "gated", "tanh"), (0, 1), (False, True), (False, True)):
        if kind == "tanh" and swapped:
            continue
        name = f"{kind}, axis {axis}{', backwards' if backwards else ''}{', values first' if swapped else ''}"
        check(name, model(kind, axis, backwards, swapped), 0 if kind == "tanh" else 2, backwards, axis)
