# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The peer of compare-training: Llama in PyTorch, eager, in f32 and one thread."""
import json
import math
import time

import numpy as np
import safetensors.numpy
import torch
from torch.nn import functional

torch.set_num_threads(1)


class Linear(torch.nn.Module):
    """x W', and where it has factors, twice x A B beside it."""

    def __init__(self, weight):
        super().__init__()
        self.weight, self.factors = torch.nn.Parameter(weight), None

    def add_factors(self, rank):
        outputs, inputs = self.weight.shape
        self.factors = torch.nn.ParameterList([torch.randn(inputs, rank) / math.sqrt(inputs), torch.zeros(rank, outputs)])

    def forward(self, x):
        y = functional.linear(x, self.weight)
        return y if self.factors is None else y + 2 * (x @ self.factors[0] @ self.factors[1])


class Layer(torch.nn.Module):
    def __init__(self, weights, head, epsilon):
        super().__init__()
        self.head, self.epsilon = head, epsilon
        for name, weight in weights.items():  # self_attn.q_proj.weight is called q_proj
            short = name.split(".")[-2]
            setattr(self, short, Linear(weight) if weight.ndim > 1 else torch.nn.Parameter(weight))

    def heads(self, x):
        return x.view(*x.shape[:2], -1, self.head).transpose(1, 2)

    def rotate(self, x, cosine, sine):
        first, second = x.chunk(2, -1)
        return x * cosine + torch.cat((-second, first), -1) * sine

    def forward(self, x, tables):
        normed = functional.rms_norm(x, x.shape[-1:], self.input_layernorm, self.epsilon)
        query, key, value = (self.heads(each(normed)) for each in (self.q_proj, self.k_proj, self.v_proj))
        seen = functional.scaled_dot_product_attention(self.rotate(query, *tables), self.rotate(key, *tables), value,
                                                       is_causal=True, enable_gqa=query.shape[1] != key.shape[1])
        x = x + self.o_proj(seen.transpose(1, 2).flatten(2))
        normed = functional.rms_norm(x, x.shape[-1:], self.post_attention_layernorm, self.epsilon)
        return x + self.down_proj(functional.silu(self.gate_proj(normed)) * self.up_proj(normed))


class Llama(torch.nn.Module):
    """Of weights as Hugging Face calls them; the embedding gives the logits too."""

    def __init__(self, weights, layers, head, epsilon, base=10000.0):
        super().__init__()
        weights = {name: torch.tensor(np.asarray(value, np.float32)) for name, value in weights.items()}
        self.epsilon = epsilon
        self.embedding = torch.nn.Parameter(weights["model.embed_tokens.weight"])
        self.norm = torch.nn.Parameter(weights["model.norm.weight"])
        self.layers = torch.nn.ModuleList(Layer({name: value for name, value in weights.items() if f".layers.{i}." in name}, head, epsilon)
                                          for i in range(layers))
        self.frequencies = base ** (-torch.arange(0, head, 2) / head)

    def forward(self, tokens):
        angles = torch.outer(torch.arange(tokens.shape[1]), self.frequencies).repeat(1, 2)
        tables, x = (angles.cos(), angles.sin()), self.embedding[tokens]
        for layer in self.layers:
            x = layer(x, tables)
        return functional.linear(functional.rms_norm(x, x.shape[-1:], self.norm, self.epsilon), self.embedding)


def from_folder(folder):
    config = json.loads((folder / "config.json").read_text())
    return Llama(safetensors.numpy.load_file(folder / "model.safetensors"), config["num_hidden_layers"], config["head_dim"],
                 config["rms_norm_eps"], config["rope_parameters"]["rope_theta"])


def from_decoder(decoder):
    return Llama(decoder.weights(), decoder.shape.layers, decoder.shape.head, 1e-5)


class Torch:
    """What TrainingBenchmark measures: its tokens, its rate, its time of the thread."""

    def __init__(self, model, parameters, windows, context):
        self.model = model
        if parameters == "lora":
            model.requires_grad_(False)
            for module in model.modules():
                if isinstance(module, Linear):
                    module.add_factors(8)
        self.tokens = torch.tensor([[(7 * i + 13 * w) % 200 + 3 for i in range(context)] for w in range(windows)])
        self.trained = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=1e-5, betas=(0.9, 0.95), weight_decay=0, fused=True)

    def loss(self):
        logits = self.model(self.tokens)[:, :-1]
        return functional.cross_entropy(logits.flatten(0, 1), self.tokens[:, 1:].flatten())

    def measure(self):
        begin = time.thread_time()
        with torch.no_grad():
            self.loss()
        middle = time.thread_time()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        return {"loss": middle - begin, "step": time.thread_time() - middle, "nats": loss.item()}
