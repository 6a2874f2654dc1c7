# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the operands of operations look like that are no more than broadcast: lists of sizes, indices, images, matrices.

A recipe draws (operands by formal name, attributes, number of results, values outside that graphs in attributes use).
"""

import numpy as np

# Attribute, or (operation, attribute) -> values.
TEXTS = {
    ("Gelu", "approximate"): ["none", "tanh"],
    ("BitShift", "direction"): ["LEFT", "RIGHT"],
    "reduction": ["none", "add", "mul", "max", "min"],
    "to": [1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13],
    "dtype": [1, 6, 7, 9, 11],
    "output_dtype": [0],
    "precision": [1],
    "alpha": [0.5, 1.0, 0.25],
    "beta": [0.5, 1.0],
    "gamma": [1.0, 2.0],
    "round_mode": ["up"],
    "mode": ["constant"],
    ("Mod", "fmod"): [1],
}
RECIPES = {}


def recipe(*names):
    def add(function):
        RECIPES.update(dict.fromkeys(names, function))
        return function

    return add


def some(draw, rank):
    """A few different axes of a rank."""
    axes = [a for a in range(rank) if draw.chance(0.5)]
    return [a - rank if draw.chance(0.3) else a for a in axes]


@recipe("Reshape")
def reshape(draw, schema, types):
    shape = draw.shape()
    flat = int(np.prod(shape))
    target = draw.choose([[flat], [1, flat], [-1], [flat, 1, 1], list(reversed(shape)), [0, -1], [2, -1]])
    return dict(data=draw.numbers(types["data"], shape), shape=draw.list(*target)), dict(allowzero=1) if draw.chance(0.2) else {}


@recipe("Expand")
def expand(draw, schema, types):
    shape = draw.shape()
    target = [draw.size() if s == 1 else draw.choose([s, s, 1]) for s in shape]
    target = draw.full(0, 1) + target if draw.chance(0.3) else target
    return dict(input=draw.numbers(types["input"], shape), shape=draw.list(*target)), {}


@recipe("Tile")
def tile(draw, schema, types):
    shape = draw.shape(1)
    return dict(input=draw.numbers(types["input"], shape), repeats=draw.list(*[draw.integer(0, 3) for _ in shape])), {}


@recipe("ConstantOfShape")
def constant_of_shape(draw, schema, types):
    return dict(input=draw.list(*draw.shape())), {}


@recipe("Slice")
def slices(draw, schema, types):
    shape = draw.shape(1)
    axes = some(draw, len(shape)) or [0]
    bound = lambda: draw.choose([0, 1, 2, -1, -2, 5, -6, 2**63 - 1, -(2**63), 2**31 - 1])
    count = len(axes)
    inputs = dict(data=draw.numbers(types["data"], shape), starts=draw.list(*[bound() for _ in axes]), ends=draw.list(*[bound() for _ in axes]))
    inputs["axes"] = draw.list(*axes)
    inputs["steps"] = draw.list(*[draw.choose([1, 1, 2, -1, -2, 3]) for _ in range(count)]) if draw.chance(0.6) else None
    kind = types["starts"]
    limits = np.iinfo(kind)
    for name in ("starts", "ends", "axes", "steps"):
        if inputs[name] is not None:
            inputs[name] = np.clip(inputs[name], limits.min, limits.max).astype(kind)
    return inputs, {}


@recipe("Pad")
def pad(draw, schema, types):
    mode = draw.choose(["constant", "constant", "edge", "reflect", "wrap"])
    shape = draw.shape(1, 3) if mode == "constant" else draw.full(1, 3)
    axes = some(draw, len(shape)) or [0]
    named = draw.chance(0.5)
    count = len(axes) if named else len(shape)
    limit = 2 if mode == "constant" else 1
    pads = [draw.integer(-1 if draw.chance(0.2) else 0, limit) for _ in range(2 * count)]
    inputs = dict(data=draw.numbers(types["data"], shape), pads=draw.list(*pads), constant_value=None, axes=None)
    if draw.chance(0.3) and mode == "constant":
        inputs["constant_value"] = draw.numbers(types["constant_value"], [])
    if named:
        inputs["axes"] = np.array(axes, types["axes"])
    return inputs, dict(mode=mode)


@recipe("Split")
def split(draw, schema, types):
    shape = draw.shape(1)
    axis = draw.axis(len(shape))
    parts = draw.integer(1, 3)
    inputs = dict(input=draw.numbers(types["input"], shape), split=None)
    if draw.chance(0.6):
        cuts = sorted(draw.integer(0, shape[axis]) for _ in range(parts - 1))
        inputs["split"] = np.diff([0, *cuts, shape[axis]]).astype(np.int64)
        return inputs, dict(axis=axis), parts
    return inputs, dict(axis=axis, num_outputs=parts), parts


@recipe("Concat")
def concat(draw, schema, types):
    shape = draw.shape(1)
    axis = draw.axis(len(shape))
    inputs = {}
    for i in range(draw.integer(1, 3)):
        shape[axis] = draw.size()
        inputs[f"inputs{i}"] = draw.numbers(types["inputs"], shape)
    return inputs, dict(axis=axis)


@recipe("Transpose")
def transpose(draw, schema, types):
    shape = draw.shape()
    order = [int(a) for a in draw.random.permutation(len(shape))]
    return dict(data=draw.numbers(types["data"], shape)), dict(perm=order) if order and draw.chance(0.8) else {}


@recipe("Squeeze")
def squeeze(draw, schema, types):
    shape = draw.shape()
    ones = [a for a, s in enumerate(shape) if s == 1]
    return dict(data=draw.numbers(types["data"], shape), axes=draw.list(*[a for a in ones if draw.chance(0.7)]) if draw.chance(0.7) else None), {}


@recipe("Unsqueeze")
def unsqueeze(draw, schema, types):
    shape = draw.shape(0, 3)
    axes = some(draw, len(shape) + 2)
    rank = len(shape) + len(axes)
    return dict(data=draw.numbers(types["data"], shape), axes=draw.list(*sorted({a % rank for a in axes})[: len(axes)] if rank else [])), {}


@recipe("Gather")
def gather(draw, schema, types):
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape))
    return dict(data=draw.numbers(types["data"], shape), indices=draw.indices(types["indices"], draw.shape(0, 2), shape[axis])), dict(axis=axis)


@recipe("GatherElements", "ScatterElements")
def gather_elements(draw, schema, types):
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape))
    places = [draw.integer(0, s) for s in shape]
    places[axis] = draw.size()
    inputs = dict(data=draw.numbers(types["data"], shape), indices=draw.indices(types["indices"], places, shape[axis]))
    attributes = dict(axis=axis)
    if schema.name == "ScatterElements":
        inputs["updates"] = draw.numbers(types["updates"], places)
        attributes["reduction"] = draw.choose(TEXTS["reduction"])
        if attributes["reduction"] == "none":  # which of equal places wins is nowhere said
            inputs["indices"] = np.zeros(places, types["indices"]) if shape[axis] else inputs["indices"]
    return inputs, attributes


@recipe("GatherND", "ScatterND")
def gather_nd(draw, schema, types):
    shape = draw.full(1, 3)
    scatters = schema.name == "ScatterND"
    batch = 0 if scatters or draw.chance(0.6) else draw.integer(0, len(shape) - 1)
    width = draw.integer(1, len(shape) - batch)
    places = shape[:batch] + draw.shape(0, 2) + [width]
    columns = [draw.indices("int64", places[:-1], shape[batch + i]) for i in range(width)]
    inputs = dict(data=draw.numbers(types["data"], shape), indices=np.stack(columns, axis=-1).reshape(places))
    if not scatters:
        return inputs, dict(batch_dims=batch) if batch or draw.chance(0.3) else {}
    inputs["updates"] = draw.numbers(types["updates"], places[:-1] + shape[width:])
    reduction = draw.choose(TEXTS["reduction"])
    if reduction == "none":
        inputs["updates"][...] = inputs["updates"].flat[0] if inputs["updates"].size else 0
    return inputs, dict(reduction=reduction)


@recipe("TensorScatter")
def tensor_scatter(draw, schema, types):
    cache = draw.full(3, 4)
    axis = draw.integer(1, len(cache) - 1)
    update = list(cache)
    update[axis] = draw.integer(0, cache[axis])
    inputs = dict(past_cache=draw.numbers(types["past_cache"], cache), update=draw.numbers(types["update"], update), write_indices=None)
    mode = draw.choose(["linear", "circular"])
    if draw.chance(0.8):
        most = cache[axis] - (update[axis] if mode == "linear" else 1)
        inputs["write_indices"] = draw.random.integers(0, max(most, 0) + 1, cache[0]).astype(np.int64)
    return inputs, dict(axis=axis, mode=mode)


@recipe("OneHot")
def one_hot(draw, schema, types):
    depth = draw.integer(0, 5)
    shape = draw.shape(0, 2)
    indices = draw.random.integers(0, max(depth, 1), shape).astype(types["indices"])
    return dict(indices=indices, depth=np.array(depth, types["depth"]), values=draw.numbers(types["values"], [2], 0)), dict(axis=draw.integer(-len(shape) - 1, len(shape)))


@recipe("Range")
def ranges(draw, schema, types):
    kind = types["start"]
    step = draw.choose([1, 1, 2, -1, -3, 0.5 if kind.startswith("float") else 3])
    return {name: np.array(value, kind) for name, value in dict(start=draw.integer(-5, 5), limit=draw.integer(-5, 9), delta=step).items()}, {}


@recipe("TopK")
def top_k(draw, schema, types):
    shape = draw.shape(1)
    axis = draw.axis(len(shape))
    k = draw.integer(0, shape[axis])
    return dict(X=draw.numbers(types["X"], shape), K=draw.list(k)), dict(axis=axis, largest=draw.integer(0, 1)), 2


@recipe("Trilu")
def trilu(draw, schema, types):
    return dict(input=draw.numbers(types["input"], draw.shape(2, 4)), k=np.array(draw.integer(-3, 3), np.int64) if draw.chance(0.7) else None), dict(upper=draw.integer(0, 1))


@recipe("EyeLike")
def eye_like(draw, schema, types):
    return dict(input=draw.numbers(types["input"], draw.shape(2, 2))), dict(k=draw.integer(-2, 2), dtype=draw.choose([1, 7, 11]))


@recipe("CumSum", "CumProd")
def cumulate(draw, schema, types):
    shape = draw.shape(1)
    return dict(x=draw.numbers(types["x"], shape, 0), axis=np.array(draw.axis(len(shape)), types["axis"])), dict(exclusive=draw.integer(0, 1), reverse=draw.integer(0, 1))


@recipe("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare")
def reduce(draw, schema, types):
    shape = draw.shape()
    axes = draw.list(*some(draw, len(shape))) if draw.chance(0.8) else None
    return dict(data=draw.numbers(types["data"], shape, 0), axes=axes), dict(keepdims=draw.integer(0, 1), noop_with_empty_axes=draw.integer(0, 1))


@recipe("ArgMax", "ArgMin")
def arg_reduce(draw, schema, types):
    shape = draw.shape(1)
    return dict(data=draw.numbers(types["data"], shape)), dict(axis=draw.axis(len(shape)), keepdims=draw.integer(0, 1), select_last_index=draw.integer(0, 1))


@recipe("Compress")
def compress(draw, schema, types):
    shape = draw.shape(1)
    axis = draw.axis(len(shape))
    whole = draw.chance(0.3)
    count = int(np.prod(shape)) if whole else shape[axis]
    return dict(input=draw.numbers(types["input"], shape), condition=draw.numbers("bool", [draw.integer(0, count)])), {} if whole else dict(axis=axis)


@recipe("DepthToSpace", "SpaceToDepth")
def depth_to_space(draw, schema, types):
    block, shape = draw.integer(1, 3), draw.full(4, 4)
    for axis in [1] if schema.name == "DepthToSpace" else [2, 3]:
        shape[axis] *= block * block if axis == 1 else block
    attributes = dict(blocksize=block)
    if schema.name == "DepthToSpace":
        attributes["mode"] = draw.choose(["DCR", "CRD"])
    return dict(input=draw.numbers(types["input"], shape)), attributes


@recipe("ReverseSequence")
def reverse_sequence(draw, schema, types):
    shape = draw.full(2, 4)
    batch = draw.integer(0, 1)
    return dict(input=draw.numbers(types["input"], shape), sequence_lens=draw.random.integers(0, shape[1 - batch] + 1, shape[batch]).astype(np.int64)), dict(batch_axis=batch, time_axis=1 - batch)


from . import attention, graphs, layers  # noqa: E402  (more recipes)
