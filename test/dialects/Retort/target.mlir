// RUN: retort-opt %s --split-input-file | retort-opt --split-input-file | FileCheck %s

// CHECK: retort.target = #retort.target<cpu = "x86-64-v3", vector_bits = 256, vector_registers = 16 features["avx2", "fma"] caches[32768, 1048576]>
module attributes {retort.target = #retort.target<cpu = "x86-64-v3", vector_bits = 256, vector_registers = 16
                                                  features["avx2", "fma"] caches[32768, 1048576]>} {}

// -----

// CHECK: retort.target = #retort.target<cpu = "generic", vector_bits = 128, vector_registers = 32>
module attributes {retort.target = #retort.target<cpu = "generic", vector_bits = 128, vector_registers = 32>} {}
