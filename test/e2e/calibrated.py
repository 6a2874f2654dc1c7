# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Statistics are those of the activations that ONNX Runtime computes; what is fitted to them is closer to the model on other text than what knows the weights alone, natively and in ONNX alike."""

import pathlib
import sys
import tempfile

import numpy as np
from harness import skip, tool

try:
    import onnx
    import onnxruntime
    from harness.fitted import MODEL, Statistics, calibrate_stories, check_export, unseen_divergence, write_halves
except ImportError as missing:
    skip(f"{missing.name} is not installed")

tool("retort")
CONTEXT, WINDOWS = 64, 16


def activations(names, windows):
    """What ONNX Runtime multiplies these weights with."""
    model = onnx.load(MODEL)
    inputs = {node.input[1]: node.input[0] for node in model.graph.node if node.op_type == "MatMul"}
    del model.graph.output[:]
    for value in dict.fromkeys(inputs[name] for name in names):
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(value))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    feeds = {"input_ids": windows, "attention_mask": np.ones_like(windows)}
    found = session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()})
    by_value = dict(zip((o.name for o in session.get_outputs()), found))
    return {name: by_value[inputs[name]].reshape(-1, by_value[inputs[name]].shape[-1]) for name in names}


def check_statistics(statistics):
    windows = statistics.windows()
    fitted = len(windows) - len(windows) // 8
    records = statistics.text["records"]
    matmuls = {node.input[1] for node in onnx.load(MODEL).graph.node if node.op_type == "MatMul"}
    names = {record["weights"][0] for record in records if record["weights"][0] in matmuls}
    assert len(names) >= 4, f"{len(names)} records of weights that the file's products read"
    for part, chosen in (("fitted", windows[:fitted]), ("held", windows[fitted:])):
        rows = activations(sorted(names), chosen)
        for record in records:
            if record["weights"][0] not in names:
                continue
            expected = rows[record["weights"][0]].astype(np.float64)
            assert record[part]["rows"] == len(expected)
            gram = statistics.gram(record, part)
            off = np.abs(gram - expected.T @ expected).max() / np.abs(gram).max()
            assert off < 1e-4, f"{record['weights'][0]}: {off:.1e} from ONNX Runtime's activations"
            sums = statistics.array(record[part]["sum_of_magnitudes"], record["inputs"])
            assert np.allclose(sums, np.abs(expected).sum(0), rtol=1e-3)
            quantiles = np.quantile(np.abs(expected), (0.99, 0.999, 0.9999), method="inverted_cdf")
            assert np.allclose(record[part]["percentiles"], quantiles, rtol=0.02), (record[part]["percentiles"], quantiles)


def divergence(work, passes):
    return unseen_divergence(work, MODEL, f"--calibration={work}/statistics", f"--compress={passes}")


def check_native(work, passes):
    check_export(work, f"--calibration={work}/statistics", f"--compress={passes}")


def check_ranks(work):
    """Factors of 90 % of the elements of the layers: fitted, chosen over all matrices, written and run."""
    passes = "compress-factorize-svd{ratio=0.9}"
    plain = divergence(work, "compress-factorize-svd{ratio=0.9 whiten=false}")
    fitted = divergence(work, passes)
    print(f"90 % of the elements: KL {plain:.4f} by the weights alone, {fitted:.4f} fitted")
    assert fitted < 0.4 * plain, "ranks that were fitted are hardly better on other text"
    check_native(work, passes)
    matrices = [[t for t in onnx.load(path).graph.initializer if len(t.dims) == 2 and 2048 not in t.dims]
                for path in (MODEL, work / "small.onnx")]
    before, after = (sum(int(np.prod(t.dims)) for t in each) for each in matrices)
    assert 0.88 * before <= after <= 0.9 * before, f"{after} of {before} elements"


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    write_halves(work)
    calibrate_stories(work / "statistics", text=work / "sample.txt", context=CONTEXT, windows=WINDOWS)
    check_statistics(Statistics(work / "statistics"))
    nearest = divergence(work, "compress-quantize-rtn{bits=3 group-size=32}")
    fitted = divergence(work, "compress-quantize-gptq{bits=3}")
    print(f"3 bits: KL {nearest:.4f} to nearest, {fitted:.4f} fitted")
    assert fitted < 0.8 * nearest, "what was fitted is hardly better on other text"
    check_native(work, "compress-quantize-gptq{bits=4}")
    check_ranks(work)
sys.exit(0)
