// A stock host goes on without the passes, but its user reads why.
// REQUIRES: stock-hosts
// RUN: mlir-opt-22 %s --load-pass-plugin=%{build}/test/plugins/libOtherVersion.so 2>&1 | FileCheck %s

// CHECK: error: plugin 'OtherVersion' was built for plugin API 99
module {}
