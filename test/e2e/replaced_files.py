# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A recompilation that is killed at any call which moves or removes a file leaves a model that runs, the old or the new one,
and the next compilation leaves nothing else. Weights of another model are refused. Equal models are compiled to equal bytes."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

from harness import run, skip, tool

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    skip("the Python package onnx is missing")

# Dies of SIGKILL at the KILL_AT-th point; the points lie before and after each call.
DEADLY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static void point(void) {
  static int count;
  const char *at = getenv("KILL_AT");
  if (at && ++count == atoi(at))
    kill(getpid(), SIGKILL);
}
#define DEADLY(name, parameters, arguments)                                      \
  int name parameters {                                                          \
    int(*real) parameters = (int(*) parameters)dlsym(RTLD_NEXT, #name);          \
    point();                                                                     \
    int result = real arguments;                                                 \
    point();                                                                     \
    return result;                                                               \
  }
DEADLY(rename, (const char *from, const char *to), (from, to))
DEADLY(link, (const char *from, const char *to), (from, to))
DEADLY(unlink, (const char *path), (path))
DEADLY(remove, (const char *path), (path))
"""


def save(path, scale=1.0, external=""):
    """y = tanh(x W) V, of weights that tell one model from another."""
    rng = np.random.default_rng(0)
    constants = {n: (scale * rng.standard_normal((64, 64)) / 8).astype(np.float32) for n in "WV"}
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 64])
    nodes = [helper.make_node("MatMul", ["x", "W"], ["a"]), helper.make_node("Tanh", ["a"], ["b"]), helper.make_node("MatMul", ["b", "V"], ["y"])]
    graph = helper.make_graph(nodes, "g", [value("x")], [value("y")], [numpy_helper.from_array(t, n) for n, t in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.save(model, path, **(dict(save_as_external_data=True, location=external, size_threshold=0) if external else {}))
    return path


def killed_at_each_step(at, words, runs, left):
    """`words` run until one of them is not killed; after each, `runs` must, and after the last the folder holds `left`."""
    for step in range(1, 60):
        code = subprocess.run(words, capture_output=True, env={**os.environ, "LD_PRELOAD": str(at / "deadly.so"), "KILL_AT": str(step)}).returncode
        runs(step)
        if code == 0:
            break
        if code != -9:
            sys.exit(f"{words}: exit {code}")
    else:
        sys.exit("it is never through")
    subprocess.run(words, check=True)
    found = sorted(p.name for p in pathlib.Path(words[-1]).parent.iterdir())
    if found != left:
        sys.exit(f"left: {found}, not {left}")
    print(f"killed at {step - 1} points: as expected")


with tempfile.TemporaryDirectory() as folder:
    at = pathlib.Path(folder)
    (at / "deadly.c").write_text(DEADLY)
    if shutil.which("cc") is None:
        skip("no C compiler")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", at / "deadly.so", at / "deadly.c", "-ldl"], check=True)
    (at / "in").mkdir()
    np.save(at / "in" / "x.npy", np.random.default_rng(1).standard_normal((3, 64)).astype(np.float32))
    models = [save(at / "first.onnx"), save(at / "second.onnx", 0.5)]
    for name in ("old", "new", "again", "kept"):
        (at / name).mkdir()
    for k, name in enumerate(("old", "new")):
        run("retort", "compile", models[k], "-o", at / name / "m.so")
        run("retort", "run", at / name / "m.so", f"--inputs={at / 'in'}", f"--outputs={at / name / 'want'}")
    run("retort", "compile", models[0], "-o", at / "again" / "m.so")
    for part in ("m.so", "m.weights", "m.h"):
        if (at / "again" / part).read_bytes() != (at / "old" / part).read_bytes():
            sys.exit(f"two compilations differ in {part}")
    print("two compilations: as expected")

    shutil.copy(at / "new" / "m.weights", at / "again" / "m.weights")
    found = run("retort", "run", at / "again" / "m.so", f"--inputs={at / 'in'}", code=None)
    if found.returncode != 1 or "m.weights' belongs to another library" not in found.stderr:
        sys.exit(f"the weights of another model: exit {found.returncode}, {found.stderr}")
    print("the weights of another model: as expected")

    def is_old_or_new(step):
        results = [run("retort", "run", at / "kept" / "m.so", f"--inputs={at / 'in'}", f"--expect={at / name / 'want'}", code=None) for name in ("old", "new")]
        if all(r.returncode for r in results):
            sys.exit(f"killed at {step}: {results[0].stderr} {results[1].stderr}")

    run("retort", "compile", models[0], "-o", at / "kept" / "m.so")
    killed_at_each_step(at, [tool("retort"), "compile", str(models[1]), "-o", str(at / "kept" / "m.so")], is_old_or_new, ["m.h", "m.so", "m.weights"])

    # The same for an ONNX model in its own place, whose data bear its name.
    (at / "onnx").mkdir()
    model = save(at / "onnx" / "m.onnx", external="m.onnx.data")
    run("retort", "run", model, f"--inputs={at / 'in'}", f"--outputs={at / 'want'}")
    runs = lambda step: run("retort", "run", model, f"--inputs={at / 'in'}", f"--expect={at / 'want'}")
    killed_at_each_step(at, [tool("retort-translate"), "--export-onnx", str(model), "-o", str(model)], runs, ["m.onnx", "m.onnx.data"])
