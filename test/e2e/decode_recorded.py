# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that bring their cache, read through the decode step: a prompt and one token more give the logits that were
recorded with them. Caches grow, are buffers, or stack keys and values; weights are f32 or f16."""

import sys

import numpy as np

from harness import data, run, skip, steps

try:
    import onnx
    from onnx import numpy_helper
except ImportError:
    skip("the Python package onnx is missing")

MODELS = ["onnx-random-weights/static_scatter_bias_decoder_opset24", "onnx-random-weights/tiny_qwen35_fp16_decoder",
          "onnx-random-weights/tiny_random_gpt2_fp32_past", "onnx-random-weights/tiny_random_llama_fp16",
          "onnx-exports/stories260k_optimum_past", "onnx-exports/transformers_llama_past_fused", "onnx-exports/genai_llama_fp32"]


def tensor(path):
    return numpy_helper.to_array(onnx.load_tensor(path))


def check(runtime, name, library):
    """Why the model fails; empty where it does not."""
    folder = data(name)
    run("retort", "compile", folder / "model.onnx", "-o", library)
    if refusal := steps.manifest_of(library).get("no_decode_step"):
        return refusal
    names = [i.name for i in onnx.load(folder / "model.onnx", load_external_data=False).graph.input]
    cases = [folder / f"test_data_set_{k}" for k in range(2)]
    ids = [tensor(case / f"input_{names.index('input_ids')}.pb")[0].tolist() for case in cases]
    wanted = np.concatenate([tensor(case / "output_0.pb")[0] for case in cases]).astype(np.float32)
    found = steps.logits_of_steps(runtime, library, ids[0] + ids[1], len(ids[0]))
    off = np.abs(found - wanted).max() / np.abs(wanted).max()
    # f16 rounds to three digits, in another order than ONNX Runtime.
    bound = 5e-3 if "fp16" in name else 1e-4
    print(f"{name}: {off:.1e}", flush=True)
    return "" if off < bound else f"off by {off:.1e}"


if __name__ == "__main__":
    steps.check_all(steps.load_runtime(), sys.argv[1:] or MODELS, check)
