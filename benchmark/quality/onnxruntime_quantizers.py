# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime's quantizers of weights (these need the packages onnx_ir and torch)."""
import logging

import onnx
import torch  # noqa: F401, which HQQ imports when it runs
from onnxruntime.quantization import matmul_nbits_quantizer as quantizers

from quality.bench import Form

# What codes, f32 scales and 4-bit zero points of groups of 32 come to.
SCALE, ZERO = 32 / 32, 4 / 32


def configurations():
    for symmetric in (True, False):
        config = quantizers.DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=symmetric)
        yield f"RTN 4 bits{'' if symmetric else ', zero points'}", config, 4 + SCALE + (0 if symmetric else ZERO)
    yield "HQQ 4 bits", quantizers.HQQWeightOnlyQuantConfig(block_size=32, bits=4), 4 + 2 * SCALE  # float zero points
    yield "k-quant 4 bits", quantizers.KQuantWeightOnlyQuantConfig(), 4 + SCALE + ZERO


def forms(bench):
    logging.disable(logging.INFO)  # quantizers tell of each node
    for name, config, bits in configurations():
        model = onnx.load(bench.model)
        others = [n.name for n in model.graph.node if n.op_type == "MatMul" and n.input[1] not in bench.matrices]
        quantizer = quantizers.MatMulNBitsQuantizer(model, block_size=32, nodes_to_exclude=others, algo_config=config)
        quantizer.process()
        quantizer.model.save_model_to_file(str(bench.work / "ort.onnx"))
        yield Form("ONNX Runtime", name, bits, bench.logits_of_onnx(bench.work / "ort.onnx"))
