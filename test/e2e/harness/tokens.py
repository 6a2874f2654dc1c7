# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files of tokens, as lib/Text/TokenFile.h describes them."""

import pathlib
import struct
import types

import numpy as np


def write_tokens(path, ids, vocabulary):
    """a text of which all tokens count"""
    header = struct.pack("<8sIIQQQII16x", b"RTOKENS\0", 1, 2, len(ids), vocabulary, 0, 0, 0)
    pathlib.Path(path).write_bytes(header + np.asarray(ids, "<u2").tobytes())


def read_tokens(path):
    """Its numbers, `ids` and which of them `counts`, both windows x tokens (one window, where it is a text)."""
    content = pathlib.Path(path).read_bytes()
    magic, version, width, tokens, vocabulary, tokenizer, weights, window = struct.unpack("<8sIIQQQII", content[:48])
    assert (magic, version, content[48:64]) == (b"RTOKENS\0", 1, bytes(16)), path
    begin = (64 + tokens * width + 7) // 8 * 8
    assert len(content) == (begin + (tokens + 7) // 8 if weights else 64 + tokens * width), path
    ids = np.frombuffer(content, f"<u{width}", tokens, 64).astype(np.int64)
    counts = np.ones(tokens, bool)
    if weights:
        counts = np.unpackbits(np.frombuffer(content, np.uint8, -1, begin), bitorder="little")[:tokens].astype(bool)
    shape = (-1, window or tokens)
    return types.SimpleNamespace(version=version, width=width, vocabulary=vocabulary, tokenizer=tokenizer, window=window,
                                 ids=ids.reshape(shape), counts=counts.reshape(shape))
