# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much memory a tool takes."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from harness import BUILD, skip, tool


def skip_unless_measurable(disk):
    """Skips the test where memory cannot be measured, or fewer than `disk` bytes are free for files."""
    if not pathlib.Path("/proc/self/status").exists():
        skip("the system does not tell the memory of a process")
    if "fsanitize" in (BUILD / "CMakeCache.txt").read_text():
        skip("sanitized build")
    folder = tempfile.gettempdir()
    if shutil.disk_usage(folder).free < disk:
        skip(f"less than {disk / (1 << 30):.1f} GiB are free in {folder}")


def peak_of(*command, kind="RssAnon"):
    """Runs a tool and returns the most bytes that it held without a file behind them; VmRSS: with those that have one."""
    process = subprocess.Popen([tool(command[0]), *map(str, command[1:])], stderr=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        try:
            for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith(kind + ":"):
                    peak = max(peak, int(line.split()[1]) << 10)
        except (FileNotFoundError, ProcessLookupError):
            break
        time.sleep(0.005)
    errors = process.communicate()[1]
    if process.returncode:
        sys.exit(f"{command} fails: {errors}")
    return peak
