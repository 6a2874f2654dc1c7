# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compression costs, by Retort and by others: a file for each tool, `Bench` for what they share.

A tool is a function `forms(bench)` that yields a `Form` at a time. `load` finds those whose packages are installed.
"""
import importlib

TOOLS = ["onnxruntime_quantizers", "nncf_openvino", "gguf_formats"]


def load(name):
    """The function `forms` of a tool, or why it is left out."""
    try:
        return importlib.import_module(f"quality.{name}").forms, None
    except ImportError as missing:
        return None, f"{name} is left out: {missing}"
