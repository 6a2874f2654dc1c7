# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Decoders of random weights as exporters write them: Llama's layers, caches that are inputs and outputs.

Two forms of the same model. `plain`: operations of ONNX alone, as torch.onnx writes transformers' modules. `fused`: the
operations of com.microsoft that ONNX Runtime's own model builder writes: GroupQueryAttention, which also turns queries
and keys, and SkipSimplifiedLayerNormalization. Both give the logits of the last token alone.
"""
import dataclasses

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


@dataclasses.dataclass
class Shape:
    hidden: int
    layers: int
    vocabulary: int
    head: int = 64
    context: int = 2048

    @property
    def heads(self):
        return self.hidden // self.head

    @property
    def groups(self):  # heads of keys and values
        return max(1, self.heads // 4)

    @property
    def inner(self):
        return self.hidden * 11 // 4

    @property
    def parameters(self):
        layer = 2 * self.hidden * (self.heads + self.groups) * self.head + 3 * self.hidden * self.inner
        return self.layers * layer + 2 * self.hidden * self.vocabulary


class Decoder:
    def __init__(self, shape, seed=1):
        self.shape, self.random = shape, np.random.default_rng(seed)
        self.nodes, self.initializers, self.constants = [], [], {}
        self.inputs, self.outputs = [], []

    def op(self, kind, *inputs, outputs=1, domain="", **attributes):
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value, dtype=np.int64):
        value = np.asarray(value, dtype)
        key = (value.tobytes(), value.shape, value.dtype)
        if key not in self.constants:
            self.constants[key] = f"constant_{len(self.constants)}"
            self.initializers.append(numpy_helper.from_array(value, self.constants[key]))
        return self.constants[key]

    def weight(self, name, *sizes):
        value = self.random.standard_normal(sizes, np.float32)
        value = 1 + value / 10 if len(sizes) == 1 else value / np.float32(np.sqrt(sizes[0]))
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def linear(self, x, name, inputs, outputs):
        return self.op("MatMul", x, self.weight(name, inputs, outputs))

    def cache(self, layer):
        """the names of a layer's past keys and values"""
        sizes = ["batch_size", self.shape.groups, "{}_sequence_length", self.shape.head]
        for kind in ("key", "value"):
            for values, name, length in ((self.inputs, "past_key_values", "past"), (self.outputs, "present", "total")):
                dims = [size.format(length) if isinstance(size, str) else size for size in sizes]
                values.append(helper.make_tensor_value_info(f"{name}.{layer}.{kind}", TensorProto.FLOAT, dims))
        return [f"past_key_values.{layer}.{kind}" for kind in ("key", "value")]

    def mlp(self, x, layer):
        hidden, inner = self.shape.hidden, self.shape.inner
        gate = self.linear(x, f"layers.{layer}.gate", hidden, inner)
        up = self.linear(x, f"layers.{layer}.up", hidden, inner)
        silu = self.op("Mul", gate, self.op("Sigmoid", gate))
        return self.linear(self.op("Mul", silu, up), f"layers.{layer}.down", inner, hidden)

    def model(self, x):
        """ends with the logits of the last token, from its normalized row"""
        last = self.op("Slice", x, self.constant([-1]), self.constant([2**63 - 1]), self.constant([1]))
        self.linear(last, "logits.weight", self.shape.hidden, self.shape.vocabulary)
        self.nodes[-1].output[0] = "logits"
        self.outputs.insert(0, helper.make_tensor_value_info(
            "logits", TensorProto.FLOAT, ["batch_size", 1, self.shape.vocabulary]))
        return self.finished()

    def finished(self):
        graph = helper.make_graph(self.nodes, "decoder", self.inputs, self.outputs, self.initializers)
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    def integers(self, name, *sizes):
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.INT64, sizes))
        return name

    def frequencies(self):
        return 10000.0 ** (-np.arange(0, self.shape.head, 2) / self.shape.head)


class Plain(Decoder):
    def rms_norm(self, x, name):
        mean = self.op("ReduceMean", self.op("Pow", x, self.constant(2, np.float32)), self.constant([-1]), keepdims=1)
        root = self.op("Sqrt", self.op("Add", mean, self.constant(1e-5, np.float32)))
        return self.op("Mul", self.weight(name, self.shape.hidden), self.op("Mul", x, self.op("Reciprocal", root)))

    def tables(self, positions):
        """cosines and sines, 1 x 1 x T x D"""
        angles = self.op("Cast", self.op("Unsqueeze", positions, self.constant([2])), to=TensorProto.FLOAT)
        angles = self.op("MatMul", angles, self.constant(self.frequencies()[None, None], np.float32))
        angles = self.op("Unsqueeze", self.op("Concat", angles, angles, axis=-1), self.constant([1]))
        return self.op("Cos", angles), self.op("Sin", angles)

    def mask(self, ids, attention_mask, past):
        """0 where a row sees a column, else the lowest number: 1 x 1 x T x S"""
        one = self.constant(1)
        before = self.op("Gather", self.op("Shape", past), self.constant(2))
        total = self.op("Add", before, self.op("Gather", self.op("Shape", ids), one))
        columns = self.op("Range", self.constant(0), total, one)
        rows = self.op("Unsqueeze", self.op("Range", before, total, one), self.constant([1]))
        given = self.op("Unsqueeze", self.op("Cast", attention_mask, to=TensorProto.BOOL), self.constant([1, 2]))
        seen = self.op("And", self.op("LessOrEqual", columns, rows), given)
        return self.op("Where", seen, self.constant(0, np.float32),
                       self.constant(np.finfo(np.float32).min, np.float32))

    def rotate(self, x, tables):
        half, last = self.shape.head // 2, self.constant([-1])
        first = self.op("Slice", x, self.constant([0]), self.constant([half]), last)
        second = self.op("Slice", x, self.constant([half]), self.constant([2**63 - 1]), last)
        turned = self.op("Concat", self.op("Neg", second), first, axis=-1)
        return self.op("Add", self.op("Mul", x, tables[0]), self.op("Mul", turned, tables[1]))

    def heads(self, x, name, count):
        x = self.linear(x, name, self.shape.hidden, count * self.shape.head)
        x = self.op("Reshape", x, self.constant([0, 0, count, self.shape.head]))
        return self.op("Transpose", x, perm=[0, 2, 1, 3])

    def repeated(self, x):
        """each head of keys or values for all of its queries"""
        groups, repeats, head = self.shape.groups, self.shape.heads // self.shape.groups, self.shape.head
        x = self.op("Unsqueeze", x, self.constant([2]))
        x = self.op("Expand", x, self.constant([1, 1, repeats, 1, 1]))
        return self.op("Reshape", x, self.constant([0, groups * repeats, -1, head]))

    def attention(self, x, layer, tables, mask):
        query = self.rotate(self.heads(x, f"layers.{layer}.q", self.shape.heads), tables)
        rows = [self.rotate(self.heads(x, f"layers.{layer}.k", self.shape.groups), tables),
                self.heads(x, f"layers.{layer}.v", self.shape.groups)]
        present = []
        for past, kind, new in zip(self.cache(layer), ("key", "value"), rows):
            present.append(self.op("Concat", past, new, axis=2))
            self.nodes[-1].output[0] = present[-1] = f"present.{layer}.{kind}"
        keys = self.op("Transpose", self.repeated(present[0]), perm=[0, 1, 3, 2])
        scores = self.op("Mul", self.op("MatMul", query, keys), self.constant(self.shape.head**-0.5, np.float32))
        shares = self.op("Softmax", self.op("Add", scores, mask), axis=-1)
        result = self.op("Transpose", self.op("MatMul", shares, self.repeated(present[1])), perm=[0, 2, 1, 3])
        result = self.op("Reshape", result, self.constant([0, 0, self.shape.hidden]))
        return self.linear(result, f"layers.{layer}.o", self.shape.hidden, self.shape.hidden)

    def build(self):
        shape = self.shape
        ids = self.integers("input_ids", "batch_size", "sequence_length")
        given = self.integers("attention_mask", "batch_size", "total_sequence_length")
        tables = self.tables(self.integers("position_ids", "batch_size", "sequence_length"))
        x = self.op("Gather", self.weight("embedding", shape.vocabulary, shape.hidden), ids)
        mask = self.mask(ids, given, "past_key_values.0.key")
        for layer in range(shape.layers):
            normed = self.rms_norm(x, f"layers.{layer}.attention_norm")
            x = self.op("Add", x, self.attention(normed, layer, tables, mask))
            x = self.op("Add", x, self.mlp(self.rms_norm(x, f"layers.{layer}.mlp_norm"), layer))
        return self.model(self.rms_norm(x, "norm"))


class Fused(Decoder):
    def skip_norm(self, x, added, name):
        """the norm of the sum, and the sum"""
        normed, _, _, total = self.op("SkipSimplifiedLayerNormalization", x, added,
                                      self.weight(name, self.shape.hidden), outputs=4, domain="com.microsoft",
                                      epsilon=1e-5)
        return normed, total

    def attention(self, x, layer, lengths, tables):
        hidden, head = self.shape.hidden, self.shape.head
        rows = [self.linear(x, f"layers.{layer}.{kind}", hidden, count * head)
                for kind, count in (("q", self.shape.heads), ("k", self.shape.groups), ("v", self.shape.groups))]
        result = self.op("GroupQueryAttention", *rows, *self.cache(layer), *lengths, *tables, outputs=3,
                         domain="com.microsoft", num_heads=self.shape.heads, kv_num_heads=self.shape.groups,
                         do_rotary=1, scale=head**-0.5)
        self.nodes[-1].output[1:] = [f"present.{layer}.key", f"present.{layer}.value"]
        return self.linear(result[0], f"layers.{layer}.o", hidden, hidden)

    def build(self):
        shape = self.shape
        ids = self.integers("input_ids", "batch_size", "sequence_length")
        given = self.integers("attention_mask", "batch_size", "total_sequence_length")
        last = self.op("Sub", self.op("ReduceSum", given, self.constant([1]), keepdims=0), self.constant([1]))
        total = self.op("Gather", self.op("Shape", given), self.constant(1), axis=0)
        lengths = [self.op("Cast", length, to=TensorProto.INT32) for length in (last, total)]
        angles = np.outer(np.arange(shape.context), self.frequencies())
        tables = [self.constant(table, np.float32) for table in (np.cos(angles), np.sin(angles))]
        x = self.op("Gather", self.weight("embedding", shape.vocabulary, shape.hidden), ids)
        normed = self.op("SimplifiedLayerNormalization", x, self.weight("layers.0.attention_norm", shape.hidden),
                         axis=-1, epsilon=1e-5, stash_type=1)
        for layer in range(shape.layers):
            normed, x = self.skip_norm(x, self.attention(normed, layer, lengths, tables), f"layers.{layer}.mlp_norm")
            following = f"layers.{layer + 1}.attention_norm" if layer + 1 < shape.layers else "norm"
            normed, x = self.skip_norm(x, self.mlp(normed, layer), following)
        return self.model(normed)


@dataclasses.dataclass
class TrainedShape(Shape):
    @property
    def groups(self):
        return self.heads

    @property
    def inner(self):
        return self.hidden * 8 // 3


class Trained(Plain):
    """Reads one text from its begin and gives the logits of all tokens, by the embedding: what trainers have."""

    def linear(self, x, name, inputs, outputs):
        layer, kind = name.removeprefix("layers.").split(".")
        place = "self_attn" if kind in "qkvo" else "mlp"
        return super().linear(x, f"model.layers.{layer}.{place}.{kind}_proj.weight", inputs, outputs)

    def rms_norm(self, x, name):
        names = {"attention_norm": "input_layernorm", "mlp_norm": "post_attention_layernorm"}
        *before, last = name.split(".")
        return super().rms_norm(x, ".".join(["model", *before, names.get(last, last), "weight"]))

    def mask(self, ids):
        length = self.op("Gather", self.op("Shape", ids), self.constant(1))
        columns = self.op("Range", self.constant(0), length, self.constant(1))
        positions = self.op("Unsqueeze", columns, self.constant([0]))
        seen = self.op("LessOrEqual", columns, self.op("Unsqueeze", columns, self.constant([1])))
        lowest = self.constant(np.finfo(np.float32).min, np.float32)
        return positions, self.op("Where", seen, self.constant(0, np.float32), lowest)

    def attention(self, x, layer, tables, mask):
        query, keys = (self.rotate(self.heads(x, f"layers.{layer}.{kind}", self.shape.heads), tables) for kind in "qk")
        keys = self.op("Transpose", keys, perm=[0, 1, 3, 2])
        scores = self.op("Mul", self.op("MatMul", query, keys), self.constant(self.shape.head**-0.5, np.float32))
        shares = self.op("Softmax", self.op("Add", scores, mask), axis=-1)
        result = self.op("MatMul", shares, self.heads(x, f"layers.{layer}.v", self.shape.heads))
        result = self.op("Reshape", self.op("Transpose", result, perm=[0, 2, 1, 3]), self.constant([0, 0, self.shape.hidden]))
        return self.linear(result, f"layers.{layer}.o", self.shape.hidden, self.shape.hidden)

    def build(self):
        shape = self.shape
        ids = self.integers("input_ids", 1, "sequence_length")
        positions, mask = self.mask(ids)
        tables = self.tables(positions)
        embedding = self.weight("model.embed_tokens.weight", shape.vocabulary, shape.hidden)
        x = self.op("Gather", embedding, ids)
        for layer in range(shape.layers):
            normed = self.rms_norm(x, f"layers.{layer}.attention_norm")
            x = self.op("Add", x, self.attention(normed, layer, tables, mask))
            x = self.op("Add", x, self.mlp(self.rms_norm(x, f"layers.{layer}.mlp_norm"), layer))
        self.op("MatMul", self.rms_norm(x, "norm"), self.op("Transpose", embedding, perm=[1, 0]))
        self.nodes[-1].output[0] = "logits"
        sizes = [1, "sequence_length", shape.vocabulary]
        self.outputs.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, sizes))
        return self.finished()

    def weights(self):
        """by the names of Hugging Face, as it has them: outputs x inputs"""
        arrays = {each.name: numpy_helper.to_array(each) for each in self.initializers if each.name.startswith("model.")}
        return {name: value.T if name.endswith("_proj.weight") else value for name, value in arrays.items()}


def write(path, shape, form):
    onnx.save({"plain": Plain, "fused": Fused}[form](shape).build(), path)
