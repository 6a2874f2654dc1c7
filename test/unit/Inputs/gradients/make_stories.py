# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes stories.json: for each tensor that examples/stories/stories.onnx has learned, the norm of the gradient of the
cross entropy of 32 tokens, and its sums with eight random signs, by PyTorch's autograd in f64.

    python make_stories.py ../../../../examples/stories        # torch 2.13, onnx, numpy
"""

import json
import pathlib
import struct
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

TOKENS, PROJECTIONS = 32, 8


def mixed(x):
    """splitmix64 of an array; the test has the same."""
    x = x.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def tensors(path):
    """Of a safetensors file, in f64."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    for name, entry in json.loads(content[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            numbers = np.frombuffer(content[8 + length + begin : 8 + length + end], np.float16)
            yield name, torch.tensor(numbers.astype(np.float64).reshape(entry["shape"]), requires_grad=True)


def norm(x, weight, epsilon):
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + epsilon) * weight


def rotate(x, cos, sin):
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def logits(w, config, ids):
    heads, groups, size = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    epsilon, rows = config["rms_norm_eps"], len(ids)
    powers = np.arange(0, size, 2) / size
    frequencies = (1 / config["rope_parameters"]["rope_theta"] ** powers).astype(np.float32).astype(np.float64)
    angles = torch.tensor(np.arange(rows)[:, None] * frequencies)
    cos, sin = torch.cos(angles), torch.sin(angles)
    hidden = torch.ones(rows, rows, dtype=torch.bool).triu(1)
    x = w["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        of = lambda name: w[f"model.layers.{layer}.{name}.weight"]
        y = norm(x, of("input_layernorm"), epsilon)
        q, k, v = ((y @ of(f"self_attn.{n}_proj").T).reshape(rows, -1, size).transpose(0, 1) for n in "qkv")
        k, v = (part.repeat_interleave(heads // groups, 0) for part in (k, v))
        scores = rotate(q, cos, sin) @ rotate(k, cos, sin).transpose(1, 2) / size**0.5
        mixed_rows = scores.masked_fill(hidden, -torch.inf).softmax(-1) @ v
        x = x + mixed_rows.transpose(0, 1).reshape(rows, -1) @ of("self_attn.o_proj").T
        y = norm(x, of("post_attention_layernorm"), epsilon)
        gate = y @ of("mlp.gate_proj").T
        x = x + (gate * torch.sigmoid(gate) * (y @ of("mlp.up_proj").T)) @ of("mlp.down_proj").T
    return norm(x, w["model.norm.weight"], epsilon) @ w["model.embed_tokens.weight"].T


def main(folder):
    config = json.loads((folder / "config.json").read_text())
    weights = dict(tensors(folder / "model.safetensors"))
    ids = torch.tensor((mixed(np.arange(TOKENS)) % np.uint64(config["vocab_size"])).astype(np.int64))
    rows = logits(weights, config, ids)
    loss = torch.nn.functional.cross_entropy(rows[:-1], ids[1:])
    loss.backward()
    result = {"loss": loss.item(), "tensors": []}
    for initializer in onnx.load(folder / "stories.onnx").graph.initializer:
        stored = numpy_helper.to_array(initializer)
        for name, weight in weights.items():
            gradient = weight.grad.numpy()
            plain = weight.detach().numpy()
            if stored.shape == plain.shape and np.array_equal(stored, plain):
                break
            if stored.shape == plain.T.shape and np.array_equal(stored, plain.T):
                gradient = gradient.T
                break
        else:
            continue
        flat = gradient.reshape(-1)
        places = np.arange(flat.size, dtype=np.uint64) * np.uint64(PROJECTIONS)
        signs = [1 - 2 * (mixed(places + np.uint64(p)) & np.uint64(1)).astype(np.float64) for p in range(PROJECTIONS)]
        result["tensors"].append({"name": initializer.name, "from": name, "norm": float(np.linalg.norm(flat)),
                                  "projections": [float(flat @ sign) for sign in signs]})
    lines = ",\n".join(json.dumps(tensor) for tensor in result["tensors"])
    text = f'{{"loss": {result["loss"]!r}, "tensors": [\n{lines}\n]}}\n'
    (pathlib.Path(__file__).parent / "stories.json").write_text(text)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
