// RUN: retort-opt %s --codegen-schedule-attention=target-cpu=x86-64-v3 | FileCheck %s
// RUN: retort-opt %s --codegen-schedule-attention=target-cpu=x86-64-v4 | FileCheck %s --check-prefix=WIDE

// Few rows are chunks of columns that are combined, many are tiles.
// CHECK-LABEL: func.func private @kernel_0(
// CHECK: %[[MANY:.*]] = arith.cmpi ugt, %{{.*}}, %c8
// CHECK: scf.if %[[MANY]] {
// CHECK: call @attention_attend_0(
// CHECK: } else {
// CHECK: %[[SUMS:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x24xf32>
// CHECK: %[[STATISTICS:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x2xf32>
// CHECK: call @attention_attend_few_1({{.*}} %[[SUMS]], %[[STATISTICS]],
// CHECK: call @attention_combine_chunks_2({{.*}} %[[SUMS]], %[[STATISTICS]],
// CHECK: memref.dealloc %[[SUMS]]
func.func private @kernel_0(%q: memref<1x6x?x16xf32>, %k: memref<1x2x512x16xf32>, %v: memref<1x2x512x20xf32>, %past: index,
                            %y: memref<1x6x?x20xf32> {retort.noalias}) attributes {retort.kernel = ""} {
  fused.attention %q, %k, %v offset %past : index into %y {right_window = 0 : i64, scale = 0.125 : f32}
    : memref<1x6x?x16xf32>, memref<1x2x512x16xf32>, memref<1x2x512x20xf32> into memref<1x6x?x20xf32>
  return
}

// What has few rows for certain has one form.
// CHECK-LABEL: func.func private @kernel_1(
// CHECK-NOT: scf.if
// CHECK: call @attention_attend_few_
func.func private @kernel_1(%q: memref<1x6x1x16xf32>, %k: memref<1x2x512x16xf32>, %v: memref<1x2x512x16xf32>, %past: index,
                            %y: memref<1x6x1x16xf32>) attributes {retort.kernel = ""} {
  fused.attention %q, %k, %v offset %past : index into %y {right_window = 0 : i64, scale = 0.125 : f32}
    : memref<1x6x1x16xf32>, memref<1x2x512x16xf32>, memref<1x2x512x16xf32> into memref<1x6x1x16xf32>
  return
}

// Scores of 6 columns and 16 rows of the query: 12 vectors of sums. Their maxima and powers go along from block to block.
// CHECK-LABEL: func.func private @attention_attend_0(
// CHECK-SAME: retort.noalias
// CHECK-SAME: retort.kernel = "t"
// CHECK: vector.shuffle
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-12: arith.addf {{.*}} fastmath<contract> : vector<8xf32>
// CHECK: math.exp {{.*}} : vector<8xf32>
// CHECK: math.exp {{.*}} : vector<8xf32>
// CHECK: arith.divf

// Eight columns become a vector of scores; all rows of a head of keys meet them.
// CHECK-LABEL: func.func private @attention_attend_few_1(
// CHECK-SAME: retort.kernel = "t"
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 8, 9, 10, 11]
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [4, 5, 6, 7, 12, 13, 14, 15]
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 8, 2, 10, 4, 12, 6, 14]

// CHECK-LABEL: func.func private @attention_combine_chunks_2(

// WIDE-LABEL: func.func private @attention_attend_0(
// WIDE-COUNT-24: arith.addf {{.*}} fastmath<contract> : vector<16xf32>
