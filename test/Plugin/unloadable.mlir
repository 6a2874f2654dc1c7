// Where a plugin cannot be loaded, the reason is printed and nothing runs.
// RUN: not retort-opt %s --plugin=%t.absent.so 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not retort-opt %s --load-dialect-plugin=%t.absent.so 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not retort-opt %s --plugin=%s 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not retort-opt %s --plugin=%{build}/lib/libRetortIR.so 2>&1 | FileCheck %s --check-prefix=NONE

// ABSENT: error: cannot load plugin '{{.*}}.absent.so': {{.*}}No such file or directory
// TEXT: error: cannot load plugin '{{.*}}unloadable.mlir': {{.+}}
// NONE: error: cannot load plugin '{{.*}}libRetortIR.so': Plugin entry point not found
module {}
