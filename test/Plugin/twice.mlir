// A plugin that brings passes which its host holds is harmless.
// RUN: retort-opt %s --plugin=%{passes} --load-dialect-plugin=%{passes} --canonicalize | FileCheck %s

// CHECK: module
module {}
