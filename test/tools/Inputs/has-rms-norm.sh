#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The reducer runs this on each candidate: 1 is interesting.
retort-opt "$1" | grep -q llm.rms_norm && exit 1
exit 0
