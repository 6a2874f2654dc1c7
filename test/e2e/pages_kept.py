# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reading a text takes no memory from the system once another one has been read: buffers are kept, and the state is not given
back between texts. Twenty more texts cost at most a page or two each."""

import os
import resource
import subprocess
import sys
import tempfile

from harness import SOURCE, run, tool

STORIES = SOURCE / "examples" / "stories"


def faults(library, windows):
    """pages that the system has cleared for the process"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    command = [tool("retort"), "eval", library, f"--tokenizer={STORIES / 'tokenizer.model'}", f"--text={STORIES / 'sample.txt'}",
               "--context=128", f"--windows={windows}", "--threads=1"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before


with tempfile.TemporaryDirectory() as folder:
    compiled = os.path.join(folder, "stories.so")
    run("retort", "compile", STORIES / "stories.onnx", "--optimize=2", "-o", compiled)
    few, many = (min(faults(compiled, windows) for _ in range(2)) for windows in (4, 24))
    print(f"{few} faults for 4 texts, {many} for 24")
    if many - few > 40:
        sys.exit("each text takes pages of its own")
