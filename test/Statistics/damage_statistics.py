#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a file of statistics again and again into a folder, each time with something else that is wrong.

usage: damage_statistics.py STATISTICS FOLDER
The names of the files rise in the order of the cases below.
"""
import json
import pathlib
import struct
import sys

source, folder = map(pathlib.Path, sys.argv[1:])
content = source.read_bytes()
length = struct.unpack("<Q", content[8:16])[0]
text, numbers = json.loads(content[16 : 16 + length]), content[(16 + length + 63) // 64 * 64 :]
output = {"outputs": 2, "fitted": {"rows": 1, "squares": 1, "gram": 0}, "held": {"rows": 1, "squares": -1, "gram": 0}}
POINT = {"bits": 3, "error": 1, "kl": 0.1}
CASES = [  # of the first record, unless the key is one of the file
    ("fitted", {}), ("weights", None), ("inputs", 0), ("sensitivities", [[POINT], [POINT]]), ("sensitivities", [POINT]),
    ("sensitivities", [[{**POINT, "kl": -1}]]), ("sensitivities", [[{**POINT, "error": None}]]), ("outputs", [output, output]),
    ("outputs", [{"outputs": -1}]), ("outputs", [output]), ("segments", [{"first": 0, "count": 1, "cosine": 1.5}]),
    ("windows", -1), ("tokens", 3), ("tokens", len(numbers) - 8), ("records", None), ("version", 1),
]


def write(name, header, rest):
    (folder / name).write_bytes(header + bytes(-len(header) % 64) + rest)


for i, (key, value) in enumerate(CASES):
    wrong = json.loads(json.dumps(text))
    (wrong if key in wrong else wrong["records"][0])[key] = value
    packed = json.dumps(wrong).encode()
    write(f"{i:02}", b"RETORTC1" + struct.pack("<Q", len(packed)) + packed, numbers)
(folder / "97").write_bytes(content[:12])
(folder / "98").write_bytes(content[:60])
write("99", b"RETORTC1" + struct.pack("<Q", 2) + b"{,", numbers)
