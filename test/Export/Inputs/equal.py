# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where two models differ once their data are loaded. usage: equal.py A.onnx B.onnx"""
import sys

import onnx

sys.exit(onnx.load(sys.argv[1]) != onnx.load(sys.argv[2]))
