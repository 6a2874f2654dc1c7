# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recipes of attention and of what places positions."""

import numpy as np

from .recipes import recipe


@recipe("Attention")
def attention(draw, schema, types):
    batch, heads, groups = draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 2)
    width, value_width = draw.integer(1, 3), draw.integer(1, 3)
    rows, columns, past = draw.integer(1, 3), draw.integer(1, 4), draw.integer(0, 2) if draw.chance(0.4) else None
    kind, flat = draw.choose(["float32", "float32", "float64"]), draw.chance(0.5)
    numbers = lambda count, rows, width: draw.numbers(kind, [batch, rows, count * width] if flat else [batch, count, rows, width], 0)
    inputs = dict(Q=numbers(heads * groups, rows, width), K=numbers(heads, columns, width), V=numbers(heads, columns, value_width), attn_mask=None)
    seen = columns + (past or 0)
    if draw.chance(0.5):
        shape = [*draw.choose([[], [1, 1], [batch, 1], [batch, heads * groups]]), rows, seen]
        mask = draw.numbers(draw.choose(["bool", kind]), shape, 0)
        inputs["attn_mask"] = mask | True if mask.dtype == bool and draw.chance(0.2) else mask
    inputs["past_key"] = draw.numbers(kind, [batch, heads, past, width], 0) if past is not None else None
    inputs["past_value"] = draw.numbers(kind, [batch, heads, past, value_width], 0) if past is not None else None
    attributes = dict(is_causal=draw.integer(0, 1))
    if flat:
        attributes.update(q_num_heads=heads * groups, kv_num_heads=heads)
    if draw.chance(0.3):
        attributes["scale"] = 0.5
    if draw.chance(0.2):
        attributes["softcap"] = 2.0
    return inputs, attributes, 1 if past is None else 3


@recipe("RotaryEmbedding")
def rotary(draw, schema, types):
    batch, heads, rows, half = draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 3)
    kind, flat, partial = draw.choose(["float32", "float16"]), draw.chance(0.5), draw.chance(0.3)
    width = 2 * half + (2 if partial else 0)
    inputs = dict(X=draw.numbers(kind, [batch, rows, heads * width] if flat else [batch, heads, rows, width], 0))
    places = draw.chance(0.6)
    table = [5, half] if places else [batch, rows, half]
    inputs.update(cos_cache=draw.numbers(kind, table, 0), sin_cache=draw.numbers(kind, table, 0))
    inputs["position_ids"] = np.minimum(draw.indices("int64", [batch, rows], 5) % 5, 4) if places else None
    attributes = dict(interleaved=draw.integer(0, 1))
    if flat:
        attributes["num_heads"] = heads
    if partial:
        attributes["rotary_embedding_dim"] = 2 * half
    return inputs, attributes
