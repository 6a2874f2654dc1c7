#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the bodies of those operations that are functions of others as a C++ table.

Usage: functions.py OUTPUT_FOLDER TEXT...

OnnxFunctions.cpp.inc  a FunctionProto for each body

The bodies are those of the registry of the package onnx that do not depend on their context, and those of the texts, in
ONNX's own syntax. Of the registry's other bodies each is made for one node, with its types and attributes; a text says
the same for all. In a text the field `overload` is the condition under which a body holds.
"""
import pathlib
import sys

import onnx
import onnx.defs
import onnx.parser

EMPTY = '<ir_version: 10, opset_import: ["": 1]> graph () => () {}\n'


def with_defaults(function, schema):
    """Attributes with a default move from the names to the values."""
    for name in list(function.attribute):
        default = schema.attributes[name].default_value
        if default.type:
            function.attribute.remove(name)
            function.attribute_proto.append(default)
    return function


def of_registry():
    newest = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "" and not schema.deprecated:
            known = newest.setdefault(schema.name, schema)
            newest[schema.name] = max(known, schema, key=lambda s: s.since_version)
    for schema in newest.values():
        for version in schema.function_opset_versions if schema.has_function else []:
            body = onnx.FunctionProto.FromString(schema.get_function_with_opset_version(version))
            body.domain, body.name = "", schema.name
            yield with_defaults(body, schema)


def of_text(path):
    return onnx.parser.parse_model(EMPTY + pathlib.Path(path).read_text()).functions


def opset(function):
    return max((i.version for i in function.opset_import if i.domain == ""), default=1)


def literal(data):
    return '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in data) + '"'


def row(function):
    data = function.SerializeToString()
    texts = [literal(text.encode()) for text in (function.domain, function.name, function.overload)]
    return f"{{{', '.join(texts)}, {opset(function)}, llvm::StringRef({literal(data)}, {len(data)})}}"


def main():
    output = pathlib.Path(sys.argv[1]) / "OnnxFunctions.cpp.inc"
    functions = [*of_registry(), *(f for text in sys.argv[2:] for f in of_text(text))]
    functions.sort(key=lambda f: (f.domain, f.name, -opset(f)))  # stable: texts keep their order
    rows = ",\n".join(map(row, functions))
    text = f"// Made by functions.py.\nstatic const FunctionBody functionTable[] = {{\n{rows}}};\n"
    if not output.exists() or output.read_text() != text:
        output.write_text(text)


if __name__ == "__main__":
    main()
