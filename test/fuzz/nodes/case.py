# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One case: a node with its inputs, as a model of static, symbolic or constant inputs."""

import dataclasses
import re

import numpy as np
import onnx
from onnx import AttributeProto, helper, numpy_helper

from .draw import FLOATS, SIGNED, UNSIGNED, Draw
from .mutate import mutate
from .recipes import RECIPES, TEXTS

OPSET = 24
NEWER = {"CumProd"}  # than that opset
MODES = ["static", "symbolic", "constant"]


@dataclasses.dataclass
class Case:
    seed: int
    schema: onnx.defs.OpSchema
    inputs: dict  # formal name -> array, or None where omitted
    attributes: dict
    mode: str
    outputs: int
    outside: dict = dataclasses.field(default_factory=dict)
    constants: set = dataclasses.field(default_factory=set)

    @property
    def operation(self):
        return self.schema.name

    def given(self):
        """Inputs that the caller hands in."""
        values = {**self.inputs, **self.outside}
        return {name: value for name, value in values.items() if value is not None and name not in self.constants}

    def model(self):
        names = [name if value is not None else "" for name, value in self.inputs.items()]
        while names and not names[-1]:
            names.pop()
        outputs = [f"out{i}" for i in range(self.outputs)]
        node = helper.make_node(self.schema.name, names, outputs, name="n", **self.attributes)
        inputs = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), self.shape(name, value)) for name, value in self.given().items()]
        constants = [numpy_helper.from_array(value, name) for name, value in self.inputs.items() if name in self.constants]
        graph = helper.make_graph([node], "one", inputs, [helper.make_empty_tensor_value_info(name) for name in outputs], constants)
        opset = helper.make_opsetid("", max(OPSET, self.schema.since_version))
        return helper.make_model(graph, opset_imports=[opset], ir_version=10)

    def shape(self, name, value):
        if self.mode != "symbolic":
            return value.shape
        # Lists of sizes keep their length: it is the rank of what they describe.
        if value.ndim == 1 and value.dtype == np.int64 and self.seed % 3:
            return value.shape
        if value.ndim == 2 and value.dtype == np.int64 and self.seed % 3:
            return [f"{name}_0", value.shape[1]]
        return [f"{name}_{axis}" for axis in range(value.ndim)]


def element_types(schema, name):
    """The element types that a formal parameter may have, of those that NumPy has."""
    formal = next(i for i in schema.inputs if i.name == name)
    allowed = {c.type_param_str: c.allowed_type_strs for c in schema.type_constraints}.get(formal.type_str, [formal.type_str])
    found = {re.sub(r"^float$", "float32", t[7:-1]).replace("double", "float64") for t in allowed if t.startswith("tensor(")}
    return formal.type_str, [t for t in [*FLOATS, *SIGNED, *UNSIGNED, "bool"] if t in found]


def choose_types(draw, schema):
    """Formal parameter -> element type; those of one type variable agree."""
    chosen, types = {}, {}
    for formal in schema.inputs:
        variable, options = element_types(schema, formal.name)
        if not options:
            return None
        if variable not in chosen:
            simple = [t for t in ("float32", "int64") if t in options]
            chosen[variable] = draw.choose(simple) if simple and draw.chance(0.5) else draw.choose(options)
        types[formal.name] = chosen[variable]
    return types


def choose_attributes(draw, schema, rank):
    """Some of the attributes that a schema has, with plausible values."""
    result = {}
    for attribute in schema.attributes.values():
        if attribute.type == AttributeProto.GRAPH or attribute.name in ("saturate", "round_mode") or not (attribute.required or draw.chance(0.5)):
            continue
        if (schema.name, attribute.name) in TEXTS or attribute.name in TEXTS:
            result[attribute.name] = draw.choose(TEXTS.get((schema.name, attribute.name)) or TEXTS[attribute.name])
        elif attribute.name == "axis":
            result["axis"] = draw.axis(rank)
        elif attribute.type == AttributeProto.INT:
            result[attribute.name] = draw.integer(0, 1)
        elif attribute.type == AttributeProto.FLOAT:
            result[attribute.name] = float(np.float32(draw.choose([0.0, 0.5, 1.0, 2.0, -1.0, 0.1])))
    return result


def plain(draw, schema, types):
    """Operands that broadcast against each other."""
    shape = draw.shape()
    inputs = {}
    for formal in schema.inputs:
        optional = formal.option == onnx.defs.OpSchema.FormalParameterOption.Optional
        if optional and draw.chance(0.5):
            inputs[formal.name] = None
            continue
        own = shape if not inputs else draw.broadcastable(shape)
        inputs[formal.name] = draw.numbers(types[formal.name], own)
    return inputs, choose_attributes(draw, schema, len(shape)), len([o for o in schema.outputs if o.option != onnx.defs.OpSchema.FormalParameterOption.Optional])


def make(seed, operations):
    """The case of a seed; None where its operation has no inputs of NumPy's types."""
    draw = Draw(seed)
    name = draw.choose(operations)
    schema = onnx.defs.get_schema(name, *([] if name in NEWER else [OPSET]))
    types = choose_types(draw, schema)
    if types is None:
        return None
    drawn = RECIPES.get(name, plain)(draw, schema, types)
    inputs, attributes, outputs, outside = (*drawn, *(1, {})[len(drawn) - 2 :])[:4]
    case = Case(seed, schema, inputs, attributes, draw.choose(MODES), outputs, outside)
    if draw.chance(0.35):
        mutate(draw, case)
    if case.mode == "constant":
        given = [n for n, v in case.inputs.items() if v is not None]
        case.constants = {n for n in given if draw.chance(0.6)} if draw.chance(0.8) else set(given)
    return case
