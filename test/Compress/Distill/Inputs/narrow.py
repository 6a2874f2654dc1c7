# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The model of a test with one column less: the last number of each row goes, and the last row of what multiplies it."""
import re
import sys

text = sys.stdin.read()
rows = lambda name: re.search(rf'initializer "{name}" dense<(\[\[.*?\]\])>', text).group(1)
for name in ("table", "w", "head"):
    old = rows(name)
    matrix = [[float(x) for x in row.split(",")] for row in old[2:-2].split("], [")]
    if name != "head":
        matrix = [row[:-1] for row in matrix]
    if name != "table":
        matrix = matrix[:-1]
    text = text.replace(f'"{name}" dense<{old}>', f'"{name}" dense<{matrix}>')
print(text.replace("5x4xf32", "5x3xf32").replace("4x4xf32", "3x3xf32").replace("4x5xf32", "3x5xf32").replace("?x4xf32", "?x3xf32"))
