# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_tokens.py FILE VOCABULARY COUNT: tokens of which each follows from the one before, as lib/Text/TokenFile.h has them."""

import array
import pathlib
import struct
import sys

vocabulary, count = (int(word) for word in sys.argv[2:4])
ids = [1]
while len(ids) < count:
    ids.append((ids[-1] * 2 + 1) % vocabulary)
header = struct.pack("<8sIIQQQII", b"RTOKENS\0", 1, 2, count, vocabulary, 0, 0, 0)
pathlib.Path(sys.argv[1]).write_bytes(header + bytes(16) + array.array("H", ids).tobytes())
