# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where the line `files: ... bytes before, N after` does not say how large the files are together. usage: sizes.py STDERR FILE..."""
import os
import re
import sys

said, = re.findall(r"files: \d+ bytes before, (\d+) after", open(sys.argv[1]).read())
found = sum(os.path.getsize(path) for path in sys.argv[2:])
if int(said) != found:
    sys.exit(f"says {said} bytes, found {found}")
