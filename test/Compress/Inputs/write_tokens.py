# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""write_tokens.py VOCABULARY COUNT FILE: tokens to train a small model on, each following from the one before."""
import pathlib
import struct
import sys

vocabulary, count, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ids = [1]
while len(ids) < count:
    ids.append((ids[-1] * 7 + 3) % vocabulary)
header = struct.pack("<8sIIQQQII16x", b"RTOKENS\0", 1, 2, count, vocabulary, 0, 0, 0)
body = struct.pack(f"<{count}H", *ids)
pathlib.Path(path).write_bytes(header + body + bytes(-len(body) % 8))
