#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""docs/commands.md is true and complete: each command has a section, whose flags, with those of "How to compile", are the
flags that `--help` lists; each example that `--help` gives has flags of its command alone."""
import os
import pathlib
import re
import subprocess
import sys

RETORT = pathlib.Path(os.environ["RETORT_BUILD"], "bin", "retort")
PAGE = pathlib.Path(os.environ["RETORT_SOURCE"], "docs", "commands.md").read_text()
FLAG = re.compile(r"(?<![\w-])--?([a-z][a-z0-9-]*)")


def help_of(*words):
    return subprocess.run([RETORT, *words, "--help"], check=True, capture_output=True, text=True).stdout


def flags_of_help(text):
    """Flags of its own, and those under "How to compile", which a command without a model lacks; values of a flag are written with one sign of equality."""
    own, _, compiling = text.partition("\nHow to compile")
    return [set(re.findall(r"^  --?([\w-]+)", part, re.M)) for part in (own, compiling)]


def section(name):
    found = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return found[1] if found else None


def problems():
    usage = help_of()
    commands = re.findall(r"^  (\w+) ", usage, re.M)
    shared = set(FLAG.findall(section("How to compile")))
    for name in commands:
        if (text := section(name)) is None:
            yield f"{name}: has no section"
            continue
        shown = help_of(name)
        own, compiling = flags_of_help(shown)
        written = set(FLAG.findall("\n".join(re.findall(r"`[^`]*`|```.*?```", text, re.S))))
        yield from (f"{name}: --{flag} is not in its section" for flag in sorted(own - written - shared))
        yield from (f"{name}: its section has --{flag}, which --help lacks" for flag in sorted(written - own - compiling))
        yield from (f"{name}: --{flag} is not under 'How to compile'" for flag in sorted(compiling - shared))
        yield from (f"{name}: 'How to compile' has --{flag}, which --help lacks"
                    for flag in sorted(shared - own - compiling - {"emit"}) if compiling)
        example = re.search(r"^example: retort (\w+) (.*)$", shown, re.M)
        if not example or example[1] != name:
            yield f"{name}: its help has no example"
            continue
        yield from (f"{name}: its example has --{flag}" for flag in set(FLAG.findall(example[2])) - own - compiling)
    if len(commands) < 6:
        yield f"only {commands} are commands"


found = list(problems())
print("\n".join(found) if found else "the page and the commands agree")
sys.exit(len(found) > 0)
