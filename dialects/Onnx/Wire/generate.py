#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the fields of ONNX's messages as a C++ table, from the descriptor of the package onnx.

Usage: generate.py OUTPUT_FOLDER
"""
import pathlib
import sys

import onnx
from google.protobuf.descriptor import FieldDescriptor

KINDS = {
    FieldDescriptor.TYPE_FLOAT: "Float",
    FieldDescriptor.TYPE_DOUBLE: "Double",
    FieldDescriptor.TYPE_STRING: "Bytes",
    FieldDescriptor.TYPE_BYTES: "Bytes",
    FieldDescriptor.TYPE_MESSAGE: "Message",
}


def collect(descriptor, found):
    if descriptor.full_name not in found:
        found[descriptor.full_name] = descriptor
        for field in descriptor.fields:
            if field.message_type:
                collect(field.message_type, found)
    return found


def plain(name):
    """onnx.TypeProto.Tensor -> TypeProto_Tensor"""
    return name.split(".", 1)[1].replace(".", "_")


def write(path, lines):
    text = "\n".join(["// Made by generate.py from the descriptor of the package onnx."] + lines) + "\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


messages = collect(onnx.ModelProto.DESCRIPTOR, {})
kinds = ", ".join(plain(name) for name in messages)
table = ["static const Field fields[] = {"]
for name, message in messages.items():
    for field in sorted(message.fields, key=lambda f: f.number):
        child = plain(field.message_type.full_name) if field.message_type else "None"
        kind = KINDS.get(field.type, "Varint")
        table.append(f'    {{MessageKind::{plain(name)}, {field.number}, "{field.name}", FieldKind::{kind}, MessageKind::{child}}},')
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
write(folder / "OnnxFields.h.inc", [f"enum class MessageKind : uint8_t {{ None, {kinds} }};"])
write(folder / "OnnxFieldTable.h.inc", table + ["};"])
