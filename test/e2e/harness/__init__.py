# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the end-to-end tests share: where the tools and the real models are, and how to run and to skip."""

import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("RETORT_SOURCE", pathlib.Path(__file__).parents[3]))
BUILD = pathlib.Path(os.environ.get("RETORT_BUILD", SOURCE / "build"))


def skip(reason):
    """Ends the script as skipped, saying why."""
    print(f"skipped: {reason}")
    sys.exit(77)


def data(*parts):
    """A path below the folder of real models; skips the test where there is none."""
    root = os.environ.get("RETORT_TEST_DATA")
    if not root or not os.path.isdir(root):
        skip("RETORT_TEST_DATA names no folder of models")
    return pathlib.Path(root).resolve().joinpath(*parts)


def tool(name):
    path = BUILD / "bin" / name
    if not path.exists():
        skip(f"{name} is not built")
    return str(path)


def runs_once(words):
    """Whether code computes little: one call, or a model that is compiled as it is. LLVM's work takes longer than it saves then:
    RETORT_OPTIMIZE=2 in the environment tests what users get here, too. Methods that run the model round as its code does."""
    compresses = any(word.startswith(("--recipe", "--compress", "--calibration", "--text")) for word in words)
    return words[:1] in (["run"], ["compile"]) and not compresses


def run(name, *arguments, code=0, timeout=600):
    """Runs a tool of Retort and returns what it printed to stdout; any other exit code than `code` fails the test.
    `code=None` takes any, and returns the whole result."""
    command = [tool(name), *map(str, arguments)]
    environment = {"RETORT_OPTIMIZE": "0", **os.environ} if runs_once(command[1:]) else None
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, env=environment)
    if code is None:
        return result
    if result.returncode != code:
        sys.exit(f"{' '.join(command)}\nexit code {result.returncode}, expected {code}\n{result.stderr[-2000:]}")
    return result.stdout
