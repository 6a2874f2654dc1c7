# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every attention of real exports is found, whoever wrote it, and the way back to ONNX computes the same: recorded
inputs, and texts padded at the left, at the right, within and altogether."""

import collections
import pathlib
import tempfile

from harness import data, run, skip

try:
    import numpy
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as error:
    skip(f"no Python package {error.name}")

# Attentions of each model: layers, and for T5 those of encoder and decoder, and between them.
LAYERS = 2
EXPECTED = collections.defaultdict(lambda: LAYERS, mamba2_dynamo18=0, t5_dynamo18=3)
# Softmaxes that choose experts stay.
ROUTERS = {"mixtral_dynamo18": 2}
# ONNX Runtime does not run the originals.
NOT_RUN = "genai_stories260k"
# Undefined: the rows of a cache behind the end of each text.
UNDEFINED_CACHES = ("genai_",)


def expected(name):
    return 5 if "stories260k" in name else EXPECTED[name]


def exact(path):
    """A model whose products with codes round no activations."""
    model = onnx.load(path)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "accuracy_level":
                attribute.i = 1
    return model.SerializeToString()


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    return onnxruntime.InferenceSession(exact(path), options)


def recognized(model, folder):
    """Returns how many attentions and softmaxes there are, and the path of the model written back."""
    imported, found, back = (folder / f"{part}.mlirbc" for part in ("imported", "found", "back"))
    run("retort-translate", "--import-onnx", model, "-o", imported)
    run("retort-opt", imported, "--pass-pipeline=builtin.module(retort-raise,retort-recognize)", "--emit-bytecode", "-o", found)
    text = run("retort-opt", found)
    run("retort-opt", found, "--pass-pipeline=builtin.module(lower-llm-to-onnx,lower-to-onnx-nodes)", "--emit-bytecode", "-o", back)
    written = folder / "out" / "model.onnx"
    written.parent.mkdir()
    run("retort-translate", "--export-onnx", back, "-o", written)
    return text.count("llm.attention("), text.count("onnx.Softmax("), written


def read(path):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return numpy_helper.to_array(tensor)


def padded(feeds):
    """The recorded feeds, and those with other masks, where there is a mask of two texts."""
    yield "recorded", feeds
    masks = [name for name, value in feeds.items() if "mask" in name and value.ndim == 2 and len(value) > 1]
    for kind in ("left", "right", "within", "all") if masks else ():
        mask = numpy.ones_like(feeds[masks[0]])
        columns = mask.shape[1]
        hidden = {"left": slice(0, 3), "right": slice(columns - 3, columns), "within": slice(2, 4), "all": slice(0, columns)}
        mask[1, hidden[kind]] = 0
        yield kind, {**feeds, masks[0]: mask}


def compare(name, model, written):
    original, back = session(model), session(written)
    names = [value.name for value in original.get_inputs()]
    for case in sorted(model.parent.glob("test_data_set_*")):
        feeds = dict(zip(names, (read(case / f"input_{k}.pb") for k in range(len(names)))))
        for kind, inputs in padded(feeds):
            if kind == "all" and name.startswith(UNDEFINED_CACHES):
                continue  # refused: no text is empty
            want, got = original.run(None, inputs), back.run(None, inputs)
            if kind != "recorded" and name.startswith(UNDEFINED_CACHES):
                want, got = want[:1], got[:1]
            for value, a, b in zip(original.get_outputs(), want, got):
                assert a.shape == b.shape and a.dtype == b.dtype, (name, case.name, kind, value.name, a.shape, b.shape)
                bound = (5e-3 if a.dtype == numpy.float16 else 1e-4) * float(numpy.abs(a).max(initial=1e-6))
                error = float(numpy.abs(a.astype("f8") - b.astype("f8")).max(initial=0))
                assert error <= bound, f"{name} {case.name} {kind} {value.name}: off by {error:.2e}, allowed {bound:.2e}"


def main():
    models = sorted(data("onnx-exports").glob("*/model.onnx"))
    assert models, "no models"
    for model in models:
        name = model.parent.name
        with tempfile.TemporaryDirectory() as folder:
            attentions, softmaxes, written = recognized(model, pathlib.Path(folder))
            assert attentions == expected(name), f"{name}: {attentions} attentions, expected {expected(name)}"
            assert softmaxes == ROUTERS.get(name, 0), f"{name}: {softmaxes} softmaxes stay"
            if not name.startswith(NOT_RUN):
                compare(name, model, written)
            print(f"{name}: {attentions} attentions", flush=True)


main()
