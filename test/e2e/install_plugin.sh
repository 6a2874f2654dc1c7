#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The installed package builds examples/plugin outside the tree with the machine's default compiler and build type, and
# three hosts run its pass, and the operators that it brings.
set -euo pipefail
[ -x "$RETORT_BUILD/bin/retort-opt" ] || { echo "skipped: retort-opt is not built"; exit 77; }
grep -q fsanitize "$RETORT_BUILD/CMakeCache.txt" && { echo "skipped: sanitized build"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { "$@" >"$work/log" 2>&1 || { echo "fails: $*"; tail -n 40 "$work/log"; exit 1; }; }
run cmake --install "$RETORT_BUILD" --prefix "$work/prefix"
cp -r "$RETORT_SOURCE/examples/plugin" "$work/plugin"
run cmake -S "$work/plugin" -B "$work/out" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix"
run cmake --build "$work/out"

plugin=$work/out/libRoundPowerOfTwo.so
cp "$work/plugin/test/round-power-of-two.mlir" "$work/m.mlir"
# The plugin's own test, as its author would run it.
sed -n 's|^// RUN: ||p' "$work/m.mlir" | sed "s|%{plugin}|$plugin|; s|%s|$work/m.mlir|g" >"$work/lines"
while read -r line; do
  PATH="$work/prefix/bin:/usr/lib/llvm-22/bin:$PATH" bash -o pipefail -c "$line" >"$work/log" 2>&1 || { echo "fails: $line"; tail -n 20 "$work/log"; exit 1; }
done <"$work/lines"
expected='dense<\[\[1.0*e+00, -4.0*e+00\], \[0.0*e+00, 0.0*e+00\]\]>'
pass=compress-round-power-of-two
"$work/prefix/bin/retort-opt" --plugin="$plugin" --$pass "$work/m.mlir" | grep -q "$expected"
"$work/prefix/bin/retort-opt" --load-dialect-plugin="$plugin" --load-pass-plugin="$plugin" \
  --pass-pipeline="builtin.module($pass{bits=4})" "$work/m.mlir" | grep -q "$expected"
mlir-opt-22 --load-dialect-plugin="$plugin" --load-pass-plugin="$plugin" \
  --pass-pipeline="builtin.module($pass{bits=4})" "$work/m.mlir" | grep -q "$expected"
if [ -x "$work/prefix/bin/retort" ]; then
  run "$work/prefix/bin/retort" compile "$RETORT_SOURCE/examples/stories/stories.onnx" --plugin="$plugin" \
    --compress=$pass --emit=onnx -o "$work/small.onnx"
  ! cmp -s "$RETORT_SOURCE/examples/stories/stories.onnx" "$work/small.onnx"
fi
python=$(sed -n 's|^Python3_EXECUTABLE:[A-Z]*=||p' "$RETORT_BUILD/CMakeCache.txt")
if [ -x "$work/prefix/bin/retort" ] && "$python" -c 'import onnx, onnxruntime' 2>/dev/null; then
  PYTHONPATH=$RETORT_SOURCE/test/e2e run "$python" -B -m harness.operators "$work/prefix" "$work/out/libSignals.so" "$work"
fi
echo "a plugin built against the installed package runs in its hosts"
