# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the ids that a file of statistics holds, and some that are none. usage: tokens_of.py STATISTICS PREFIX"""
import json
import struct
import sys

import numpy as np

content = open(sys.argv[1], "rb").read()
(length,) = struct.unpack("<Q", content[8:16])
text = json.loads(content[16 : 16 + length])
begin = (16 + length + 63) // 64 * 64 + text["tokens"]
ids = np.frombuffer(content, np.int64, text["windows"] * text["context"], begin).reshape(text["windows"], text["context"])
np.save(sys.argv[2] + ".npy", ids.astype(np.int32))
np.save(sys.argv[2] + ".cube.npy", ids[None])
np.save(sys.argv[2] + ".float.npy", np.full(300, 1.5, np.float32))
with open(sys.argv[2] + ".txt", "w") as file:
    file.write("\n".join(" ".join(map(str, row)) for row in ids))
