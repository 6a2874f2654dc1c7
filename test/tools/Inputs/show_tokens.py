# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a file of tokens: what it is, then the ids of each window; those that do not count have a dash before them."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "e2e"))
from harness.tokens import read_tokens  # noqa: E402

file = read_tokens(sys.argv[1])
kind = f"windows of {file.window}" if file.window else "text"
print(f"version {file.version}, {file.width} bytes an id, {file.vocabulary} ids, {kind}")
for ids, counts in zip(file.ids, file.counts):
    print(" ".join(("" if counts[i] else "-") + str(ids[i]) for i in range(len(ids))))
