// A stock mlir-opt that loads Retort's library derives the same gradient as Retort's own host.
// REQUIRES: stock-hosts
// RUN: retort-opt %S/derive-gradient.mlir --derive-gradient=context=4 -o %t.own
// RUN: mlir-opt-22 %S/derive-gradient.mlir --load-dialect-plugin=%{passes} --load-pass-plugin=%{passes} \
// RUN:   --pass-pipeline='builtin.module(derive-gradient{context=4})' -o %t.stock
// RUN: cmp %t.own %t.stock
module {}
