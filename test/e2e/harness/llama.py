# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small Llama with random weights, in the forms in which exporters write rotary embedding."""

import numpy as np
from onnx import TensorProto, helper

from harness.tiny import LOWEST, Graph

FORMS = ["computed", "tables", "prefix", "rotary_embedding", "microsoft", "group_query"]


class Llama:
    """`tensors` by the names of released code; matrices are outputs x inputs."""

    def __init__(self, heads=4, groups=2, size=16, rotary=16, layers=2, words=64, inner=48, base=10000.0, seed=3):
        self.heads, self.groups, self.size, self.rotary, self.layers, self.words, self.inner, self.base = heads, groups, size, rotary, layers, words, inner, base
        self.width = heads * size
        random = np.random.default_rng(seed)

        def matrix(rows, columns):
            return (random.standard_normal((rows, columns)) * 1.5 / np.sqrt(columns)).astype(np.float32)

        self.tensors = {"model.embed_tokens.weight": random.standard_normal((words, self.width)).astype(np.float32)}
        for layer in range(layers):
            at = f"model.layers.{layer}."
            for name, rows in (("q", heads), ("k", groups), ("v", groups)):
                self.tensors[f"{at}self_attn.{name}_proj.weight"] = matrix(rows * size, self.width)
            self.tensors[f"{at}self_attn.o_proj.weight"] = matrix(self.width, self.width)
            for name in ("gate", "up"):
                self.tensors[f"{at}mlp.{name}_proj.weight"] = matrix(inner, self.width)
            self.tensors[f"{at}mlp.down_proj.weight"] = matrix(self.width, inner)
            for name in ("input_layernorm", "post_attention_layernorm"):
                self.tensors[f"{at}{name}.weight"] = (1 + 0.1 * random.standard_normal(self.width)).astype(np.float32)
        self.tensors["model.norm.weight"] = np.ones(self.width, np.float32)
        self.tensors["lm_head.weight"] = matrix(words, self.width)

    def frequencies(self):
        # As released code rounds: an angle is off by the rounding of its frequency, as many times as large as the position.
        periods = (self.base ** (np.arange(0, self.rotary, 2) / self.rotary)).astype(np.float32)
        return (1 / periods).astype(float)

    def tables(self, rows):
        angles = np.outer(np.arange(rows), self.frequencies())
        return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    def model(self, form="computed", rows=64, past=False, interleaved=False):
        """Without a past, or with caches as inputs and outputs. Tables have `rows` rows."""
        return Writer(self, form, rows, past, interleaved).model()


class Writer:
    def __init__(self, llama, form, rows, past, interleaved):
        self.of, self.form, self.rows, self.past, self.interleaved = llama, form, rows, past or form == "group_query", interleaved
        self.g = Graph(23)

    def product(self, x, name):
        return self.g("MatMul", x, self.g.constant(np.ascontiguousarray(self.of.tensors[name + ".weight"].T)))

    def norm(self, x, name):
        g = self.g
        mean = g("ReduceMean", g("Mul", x, x), [-1], keepdims=1)
        return g("Mul", g("Div", x, g("Sqrt", g("Add", mean, 1e-6))), g.constant(self.of.tensors[name + ".weight"]))

    def heads_of(self, x, heads):
        return self.g("Transpose", self.g("Reshape", x, [0, -1, heads, self.of.size]), perm=[0, 2, 1, 3])

    def angles(self):
        g = self.g
        if self.form == "computed":
            numbers = g("Unsqueeze", g("Cast", self.positions, to=TensorProto.FLOAT), [-1])
            angles = g("Mul", numbers, self.of.frequencies().astype(np.float32).reshape(1, 1, -1))
            angles = g("Concat", angles, angles, axis=-1)
            return g("Unsqueeze", g("Cos", angles), [1]), g("Unsqueeze", g("Sin", angles), [1])
        cos, sin = (g.constant(t) for t in self.of.tables(self.rows))
        if self.form == "prefix":  # of whole texts: as many rows as tokens
            end = g("Unsqueeze", g.size("input_ids", 1), [0])
            return [g("Unsqueeze", g("Concat", t, t, axis=-1), [0, 1]) for t in (g("Slice", cos, [0], end, [0]), g("Slice", sin, [0], end, [0]))]
        if self.form != "tables":
            return cos, sin
        return [g("Unsqueeze", g("Concat", t, t, axis=-1), [1]) for t in (g("Gather", cos, self.positions), g("Gather", sin, self.positions))]

    def turned(self, x, heads):
        g, rotary = self.g, self.of.rotary
        cos, sin = self.cos_sin
        if self.form == "rotary_embedding":
            return g("RotaryEmbedding", x, cos, sin, self.positions, rotary_embedding_dim=rotary, interleaved=int(self.interleaved))
        if self.form == "microsoft":
            return g("RotaryEmbedding", x, self.positions, cos, sin, domain="com.microsoft", rotary_embedding_dim=rotary if rotary < self.of.size else 0, num_heads=heads if rotary < self.of.size else 0, interleaved=int(self.interleaved))
        part = x if rotary == self.of.size else g("Slice", x, [0], [rotary], [-1])
        first, second = g("Slice", part, [0], [rotary // 2], [-1]), g("Slice", part, [rotary // 2], [rotary], [-1])
        part = g("Add", g("Mul", part, cos), g("Mul", g("Concat", g("Neg", second), first, axis=-1), sin))
        return part if rotary == self.of.size else g("Concat", part, g("Slice", x, [rotary], [self.of.size], [-1]), axis=-1)

    def caches(self, layer):
        shape = ["batch", self.of.groups, "past", self.of.size]
        return [self.g.input(f"past_key_values.{layer}.{name}", shape, TensorProto.FLOAT) for name in ("key", "value")]

    def keep(self, layer, key, value):
        shape = ["batch", self.of.groups, "total", self.of.size]
        for name, rows in (("key", key), ("value", value)):
            self.g.output(rows, f"present.{layer}.{name}", shape)

    def attention(self, layer, x):
        g, of, at = self.g, self.of, f"model.layers.{layer}.self_attn."
        q, k, v = (self.product(x, f"{at}{name}_proj") for name in "qkv")
        if self.form == "group_query":
            key, value = self.caches(layer)
            y, key, value = g("GroupQueryAttention", q, k, v, key, value, self.ends, self.total, *self.cos_sin, domain="com.microsoft", outputs=3, num_heads=of.heads, kv_num_heads=of.groups, do_rotary=1)
            self.keep(layer, key, value)
            return self.product(y, f"{at}o_proj")
        q, k = self.turned(self.heads_of(q, of.heads), of.heads), self.turned(self.heads_of(k, of.groups), of.groups)
        v = self.heads_of(v, of.groups)
        if self.past:
            key, value = self.caches(layer)
            k, v = g("Concat", key, k, axis=2), g("Concat", value, v, axis=2)
            self.keep(layer, k, v)
        repeat = lambda x: g("Reshape", g("Expand", g("Unsqueeze", x, [2]), [1, 1, of.heads // of.groups, 1, 1]), [0, of.heads, -1, of.size])
        scores = g("Mul", g("MatMul", q, g("Transpose", repeat(k), perm=[0, 1, 3, 2])), of.size**-0.5)
        mixed = g("MatMul", g("Softmax", g("Add", scores, self.mask), axis=-1), repeat(v))
        return self.product(g("Reshape", g("Transpose", mixed, perm=[0, 2, 1, 3]), [0, -1, of.width]), f"{at}o_proj")

    def place(self, ids):
        """Positions, and what is added to scores."""
        g = self.g
        if self.form == "group_query":
            seen = g("ReduceSum", g.input("attention_mask", ["batch", "total"]), [1], keepdims=0)
            self.ends = g("Cast", g("Sub", seen, 1), to=TensorProto.INT32)
            self.total = g("Cast", g.size("attention_mask", 1), to=TensorProto.INT32)
            return
        self.positions = None if self.form == "prefix" else g.input("position_ids", ["batch", "tokens"])
        before = g.size(g.input("past_key_values.0.key", ["batch", self.of.groups, "past", self.of.size], TensorProto.FLOAT), 2) if self.past else g.constant(0)
        if self.past:
            g.inputs.pop()
        count = g.size(ids, 1)
        rows = g("Add", g("Range", 0, count, 1), before)
        columns = g("Range", 0, g("Add", before, count), 1)
        self.mask = g("Where", g("GreaterOrEqual", g("Unsqueeze", rows, [1]), g("Unsqueeze", columns, [0])), 0.0, LOWEST)

    def model(self):
        g, of = self.g, self.of
        ids = g.input("input_ids", ["batch", "tokens"])
        self.place(ids)
        self.cos_sin = self.angles()
        x = g("Gather", g.constant(of.tensors["model.embed_tokens.weight"]), ids)
        for layer in range(of.layers):
            at = f"model.layers.{layer}."
            x = g("Add", x, self.attention(layer, self.norm(x, at + "input_layernorm")))
            y = self.norm(x, at + "post_attention_layernorm")
            gate = self.product(y, at + "mlp.gate_proj")
            y = g("Mul", g("Mul", gate, g("Sigmoid", gate)), self.product(y, at + "mlp.up_proj"))
            x = g("Add", x, self.product(y, at + "mlp.down_proj"))
        logits = self.product(self.norm(x, "model.norm"), "lm_head")
        g.outputs, others = [], g.outputs
        g.output(logits, "logits", ["batch", "tokens", of.words])
        g.outputs += others
        model = g.model()
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        return model
