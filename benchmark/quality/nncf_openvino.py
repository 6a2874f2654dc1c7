# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""NNCF's compression of weights, on OpenVINO's form of the model, fitted to the same windows; computed in f32."""
import logging

import nncf
import numpy as np
import openvino
from nncf import CompressWeightsMode as Mode

from quality.bench import Form

FITTED = {"AWQ and scale estimation": {"awq": True, "scale_estimation": True}, "GPTQ": {"gptq": True}}


def configurations():
    for mode in (Mode.INT8_SYM, Mode.INT8_ASYM):
        yield mode.value, {"mode": mode}
    for mode in (Mode.INT4_SYM, Mode.INT4_ASYM):
        for name, fit in FITTED.items():
            yield f"{mode.value}, groups of 32, {name}", {"mode": mode, "group_size": 32, "ratio": 1.0, **fit}
    for ratio in (0.8, 0.5):  # the share of weights with 4 bits; the others have 8
        yield (f"int4_sym and int8, {ratio:.0%} in 4 bits, AWQ and scale estimation",
               {"mode": Mode.INT4_SYM, "group_size": 32, "ratio": ratio, **FITTED["AWQ and scale estimation"]})


def products(model):
    """Products by a constant matrix."""
    for op in model.get_ordered_ops():
        if op.get_type_name() == "MatMul" and (sources := constants(op.input_value(1).get_node())):
            yield op, sources


def constants(node):
    """The constants of a matrix's expression; nothing where it is none."""
    if node.get_type_name() == "Constant":
        return [node]
    if node.get_type_name() not in ("Convert", "Multiply", "Subtract", "Reshape", "Transpose"):
        return []
    parts = [constants(node.input_value(i).get_node()) for i in range(node.get_input_size())]
    return [c for part in parts for c in part] if all(parts) else []


def size_of(sources):
    """Bytes of codes, scales and zero points; the integers of shapes are none."""
    return sum(int(np.prod(c.shape)) * c.get_element_type().bitwidth / 8 for c in sources
               if c.get_element_type() != openvino.Type.i64)


def forms(bench):
    logging.disable(logging.INFO)
    compiler = openvino.Core()
    numbers = sorted(bench.matrices.values())
    for name, options in configurations():
        model = openvino.convert_model(bench.model)
        vocabulary = bench.reference.shape[-1]
        others = [op.get_friendly_name() for op, _ in products(model)
                  if op.output(0).get_partial_shape()[-1].to_string() == str(vocabulary)]
        if options["mode"] not in (Mode.INT8_SYM, Mode.INT8_ASYM):
            feeds = [bench.feed(np.array(w[None])) for w in bench.sample]
            options |= {"dataset": nncf.Dataset(feeds), "subset_size": len(feeds), "all_layers": True,
                        "advanced_parameters": nncf.AdvancedCompressionParameters(
                            group_size_fallback_mode=nncf.GroupSizeFallbackMode.ADJUST)}
        gathers = [op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() == "Gather"]
        compressed = nncf.compress_weights(model, ignored_scope=nncf.IgnoredScope(names=others + gathers, validate=False), **options)
        taken = [sources for op, sources in products(compressed) if op.get_friendly_name() not in others]
        assert len(taken) == len(numbers), f"{len(taken)} products by a matrix, expected {len(numbers)}"
        run = compiler.compile_model(compressed, "CPU", {"INFERENCE_PRECISION_HINT": "f32",
                                                         "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"})
        logits = np.concatenate([run(bench.feed(np.array(w[None])))[0] for w in bench.windows])
        yield Form("NNCF", name, bench.bits(sum(map(size_of, taken))), logits)
