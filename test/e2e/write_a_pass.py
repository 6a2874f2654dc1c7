# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""docs/write-a-pass.md, step by step: its files are written and its commands run in a scratch folder."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from harness import BUILD, SOURCE, skip

if not (BUILD / "bin" / "retort-opt").exists():
    skip("retort-opt is not built")
if "fsanitize" in (BUILD / "CMakeCache.txt").read_text():
    skip("sanitized build")
drives = (BUILD / "bin" / "retort").exists()

page = (SOURCE / "docs" / "write-a-pass.md").read_text()
steps = re.findall(r"<!-- (run|file): ?(\S*) ?-->\n```[\w+]*\n(.*?)\n```|<!-- (run) -->\n```sh\n(.*?)\n```", page, re.S)
path = f"{BUILD / 'bin'}:/usr/lib/llvm-22/bin:{os.environ['PATH']}"
environment = dict(os.environ, PATH=path, CXX="clang++-22", CC="clang-22")

with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    for kind, name, text, _, commands in steps:
        if kind == "file":
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_text(text + "\n")
            continue
        for command in commands.splitlines():
            if command.startswith("retort ") and not drives:
                continue
            # The scratch folder stands for the checkout.
            command = re.sub(r"^(tools/scripts/new-method \w+)$", rf"{SOURCE}/\1 {work}", command)
            command = command.replace("=build", f"={BUILD}").replace("examples/", f"{SOURCE}/examples/")
            print(command, flush=True)
            result = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=work, env=environment, capture_output=True, text=True)
            if result.returncode:
                sys.exit(f"exit code {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    if drives:
        assert '"compress-clip-outliers"' in (work / "ledger.json").read_text()
        assert (work / "clipped.onnx").stat().st_size > 1_000_000
