# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fits.py BYTES FILE...: whether the files take no more, and not much less."""

import os
import sys

most, size = int(sys.argv[1]), sum(os.path.getsize(path) for path in sys.argv[2:])
# Code is a third of so small a model, and jumps with the choice: layers of one form share theirs.
sys.exit(0 if 0.85 * most <= size <= most else f"{size} bytes of {most}")
