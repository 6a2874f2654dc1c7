# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Protobuf's wire format by hand: fields and models that no protobuf library writes."""


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, content):
    """A field of bytes, or of a number."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content
