# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of one node, drawn at random from the schemas of ONNX, and what must come of them."""
