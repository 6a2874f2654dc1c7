# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""planned.py PLAN FILE...: whether the plan says the size that the files have."""

import os
import pathlib
import re
import sys

said = int(re.search(r"(\d+) after; nothing was written", pathlib.Path(sys.argv[1]).read_text())[1])
size = sum(os.path.getsize(path) for path in sys.argv[2:])
sys.exit(0 if said == size else f"{said} bytes said, {size} written")
