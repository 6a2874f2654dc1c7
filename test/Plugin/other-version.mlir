// A plugin of another Retort is refused by every host, and both versions are named.
// RUN: not retort-opt %s --plugin=%{build}/test/plugins/libOtherVersion.so 2>&1 | FileCheck %s
// RUN: not retort-opt %s --load-pass-plugin=%{build}/test/plugins/libOtherVersion.so 2>&1 | FileCheck %s

// CHECK: error: cannot load plugin '{{.*}}libOtherVersion.so': plugin 'OtherVersion' was built for plugin API 99, LLVM 22.1.{{[0-9]+}}; this Retort is plugin API 2, LLVM 22.1.{{[0-9]+}}
// CHECK-NOT: module
module {}
