# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators that a plugin brings (examples/plugin/Signals), in the three hosts of an installed package.

Usage: python -m harness.operators PREFIX PLUGIN FOLDER
"""

import filecmp
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from harness import steps, tiny

DOMAIN, LLVM = "my.domain", pathlib.Path("/usr/lib/llvm-22/bin")
IDS, PROMPT = [1, 40, 7, 26, 37, 43, 38, 28, 26, 37, 29, 39], 5


def own(g, x, layer):
    """What follows attention in the language model, by the plugin's operators."""
    waves = g("Snake", g("MatMul", x, g.weight(16, 24)), g.constant(np.float32([0.5])), domain=DOMAIN)
    return g("MatMul", g("GroupEnergy", waves, size=3, domain=DOMAIN), g.weight(8, 16))


def standard(g, x, layer):
    """The same by operators of the standard."""
    x = g("MatMul", x, g.weight(16, 24))
    alpha = g.constant(np.float32([0.5]))
    wave = g("Sin", g("Mul", alpha, x))
    waves = g("Add", x, g("Div", g("Mul", wave, wave), alpha))
    groups = g("Reshape", waves, [0, 0, 8, 3])
    return g("MatMul", g("ReduceSumSquare", groups, [-1], keepdims=0), g.weight(8, 16))


def energies():
    """Operands that broadcast, sizes that the run alone knows, constants that fold, and both orders of the operators."""
    constant = lambda name, array: numpy_helper.from_array(np.asarray(array, np.float32), name)
    nodes = [helper.make_node("Snake", ["x", "alpha"], ["s"], "first", doc_string="kept", domain=DOMAIN),
             helper.make_node("GroupEnergy", ["s"], ["y"], size=3, domain=DOMAIN),
             helper.make_node("GroupEnergy", ["c"], ["pairs"], domain=DOMAIN),
             helper.make_node("Snake", ["pairs", "two"], ["folded"], domain=DOMAIN),
             helper.make_node("Add", ["y", "folded"], ["z"])]
    graph = helper.make_graph(
        nodes, "energies", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 6])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 2])],
        [constant("alpha", [[0.5, 1, 1.5, 2, 2.5, 3]]), constant("c", [[1, 2, 3, 4]]), constant("two", 2)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(DOMAIN, 1)], ir_version=10)


def snake(x, alpha):
    return x + np.sin(alpha * x)**2 / alpha


def expected_energies(x):
    squares = snake(x, np.float32([0.5, 1, 1.5, 2, 2.5, 3]))**2
    folded = snake(np.float32([5, 25]), np.float32(2))
    return squares.reshape(len(x), 2, 3).sum(-1) + folded


class Hosts:
    def __init__(self, prefix, plugin, folder):
        self.prefix, self.plugin, self.folder = pathlib.Path(prefix), plugin, pathlib.Path(folder)

    def run(self, *command, fails=False):
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if (result.returncode != 0) != fails:
            sys.exit(f"{' '.join(map(str, command))}\nexit code {result.returncode}\n{result.stderr[-2000:]}")
        return result.stderr if fails else result.stdout

    def retort(self, *arguments, **options):
        return self.run(self.prefix / "bin" / "retort", *arguments, f"--plugin={self.plugin}", **options)

    def opt(self, *arguments):
        return self.run(self.prefix / "bin" / "retort-opt", f"--plugin={self.plugin}", *arguments)

    def stock(self, pipeline, path):
        own = self.prefix / "lib" / "libRetortPasses.so"
        flags = [f"--load-{kind}-plugin={library}" for library in (own, self.plugin) for kind in ("dialect", "pass")]
        return self.run(LLVM / "mlir-opt", *flags, f"--pass-pipeline=builtin.module({pipeline})", path)


def expect(text, *parts):
    for part in parts:
        if part not in text:
            sys.exit(f"expected '{part}' in:\n{text[-2000:]}")


def check_run(hosts, path):
    """Numbers, and the file byte for byte."""
    x = np.random.default_rng(3).standard_normal((5, 6)).astype(np.float32)
    inputs, outputs = hosts.folder / "inputs", hosts.folder / "expected"
    for folder, name, value in ((inputs, "x", x), (outputs, "z", expected_energies(x))):
        folder.mkdir()
        np.save(folder / f"{name}.npy", value)
    hosts.retort("run", path, f"--inputs={inputs}", f"--expect={outputs}")
    hosts.retort("compile", path, "--emit=onnx", "-o", hosts.folder / "again.onnx")
    if not filecmp.cmp(path, hosts.folder / "again.onnx", shallow=False):
        sys.exit("--emit=onnx changed the file")
    # Without the plugin the nodes flow through, and what cannot be compiled is named.
    expect(hosts.run(hosts.prefix / "bin" / "retort", "compile", path, "-o", hosts.folder / "m.so", fails=True), DOMAIN)


def check_hosts(hosts, path):
    """Raised, printed, parsed and lowered in retort-opt and in a stock mlir-opt."""
    module, raised = hosts.folder / "m.mlir", hosts.folder / "raised.mlir"
    hosts.run(hosts.prefix / "bin" / "retort-translate", "--import-onnx", path, "-o", module)
    raised.write_text(hosts.opt("--retort-raise", module))
    expect(raised.read_text(), "signals.Snake(%", "signals.GroupEnergy(%", "{onnx.outputs = [\"y\"], size = 3 : i64}",
           "tensor<?x2xf32>", "dense<[[")
    for text in (hosts.opt("--retort-lower", raised), hosts.stock("retort-raise,retort-lower", module)):
        expect(text, "math.sin", "linalg.generic")
        if "signals." in text:
            sys.exit("an operator was not lowered")
    back = hosts.stock("retort-raise,lower-to-onnx-nodes", module)
    expect(back, "onnx.node \"Snake\"", f'"{DOMAIN}"')


def check_step(hosts):
    """A language model whose decode step goes through the operators."""
    path, oracle = hosts.folder / "own.onnx", tiny.model(mlp=standard)
    model = tiny.model(mlp=own)
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    onnx.save(model, path)
    library = hosts.folder / "own.so"
    hosts.retort("compile", path, "-o", library)
    manifest = steps.manifest_of(library)
    if len(manifest["functions"]) < 2:
        sys.exit(f"no decode step: {manifest.get('no_decode_step')}")
    wanted = onnxruntime.InferenceSession(oracle.SerializeToString()).run(None, {"input_ids": np.int64([IDS])})[0][0]
    logits = steps.logits_of_steps(steps.load_runtime(), library, IDS, PROMPT)
    if not np.allclose(logits, wanted, rtol=1e-3, atol=1e-4):
        sys.exit(f"the decode step is off by {np.abs(logits - wanted).max()}")


def check_gradient(hosts):
    """The same model is trained: its operators hand gradients on."""
    module = hosts.folder / "own.mlirbc"
    hosts.retort("compile", hosts.folder / "own.onnx", "--stop-after=recognize", "--emit=mlir", "-o", module)
    text = hosts.opt("--derive-gradient=context=8", module)
    gradient = text[text.index("func.func @gradient"):]
    expect(gradient, "signals.Snake(%", "signals.GroupEnergy(%", "onnx.ScatterND(%")


def main():
    hosts = Hosts(*sys.argv[1:])
    path = hosts.folder / "energies.onnx"
    onnx.save(energies(), path)
    check_run(hosts, path)
    check_hosts(hosts, path)
    check_step(hosts)
    check_gradient(hosts)
    print("operators of a plugin run, are printed, written back, and have a decode step")


if __name__ == "__main__":
    main()
