#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tools/scripts/new-method writes a method by new files alone, and what it writes builds and passes its own test. Built
# as a plugin: the same folder is found by the next build of the tree itself.
set -euo pipefail
[ -x "$RETORT_BUILD/bin/retort-opt" ] || { echo "skipped: retort-opt is not built"; exit 77; }
grep -q fsanitize "$RETORT_BUILD/CMakeCache.txt" && { echo "skipped: sanitized build"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH=$RETORT_BUILD/bin:/usr/lib/llvm-22/bin:$PATH

"$RETORT_SOURCE/tools/scripts/new-method" PruneNothing "$work"
! "$RETORT_SOURCE/tools/scripts/new-method" PruneNothing "$work" 2>"$work/again" || exit 1
grep -q "error: .*PruneNothing' exists" "$work/again"
! "$RETORT_SOURCE/tools/scripts/new-method" nothing "$work" 2>"$work/name" || exit 1
grep -q "error: expects a CamelCase name" "$work/name"

cat >"$work/CMakeLists.txt" <<'P'
cmake_minimum_required(VERSION 3.25)
project(PruneNothing VERSION 1.0 LANGUAGES C CXX)
find_package(Retort REQUIRED)
retort_add_plugin(PruneNothing lib/Compress/PruneNothing)
P
cmake -S "$work" -B "$work/out" -G Ninja -DRetort_DIR="$RETORT_BUILD" -DCMAKE_CXX_COMPILER=clang++-22 >"$work/log" 2>&1 &&
  cmake --build "$work/out" >>"$work/log" 2>&1 || { tail -n 40 "$work/log"; exit 1; }

test=$work/test/Compress/PruneNothing/prune-nothing.mlir
retort-opt --plugin="$work/out/libPruneNothing.so" --compress-prune-nothing=strength=0.5 "$test" | FileCheck "$test"
echo "a new method builds and passes its test"
