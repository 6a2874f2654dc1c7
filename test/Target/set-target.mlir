// RUN: retort-opt %s --set-target=cpu=x86-64-v3 | FileCheck %s --check-prefix=V3
// RUN: retort-opt %s --set-target=cpu=x86-64-v4 | FileCheck %s --check-prefix=V4
// RUN: retort-opt %s --set-target | FileCheck %s --check-prefix=NATIVE
// RUN: not retort-opt %s --set-target=cpu=z80 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// V3: retort.target = #retort.target<cpu = "x86-64-v3", vector_bits = 256, vector_registers = 16 features[{{.*}}"avx2", {{.*}}"fma"{{.*}}]>
// V4: retort.target = #retort.target<cpu = "x86-64-v4", vector_bits = 512, vector_registers = 32 features[{{.*}}"avx512f"{{.*}}]>
// NATIVE: retort.target = #retort.target<cpu = "{{[^"]+}}", vector_bits = {{[0-9]+}}, vector_registers = {{[0-9]+}} features[{{.*}}]
// UNKNOWN: error: unknown target CPU 'z80'
module {}
