// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/* Calls a compiled product without the runtime, by what its header says. usage: call m.weights */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "m.h"

typedef struct {
  float *allocated, *aligned;
  int64_t offset, sizes[3], strides[3];
} descriptor;

static int64_t parallel_calls;

void retort_fail(const char *message) {
  fprintf(stderr, "failed: %s\n", message);
  exit(1);
}

int32_t retort_permits_tiles(void) { return 0; }

void retort_parallel(void (*body)(void *context, int64_t part, int64_t parts), void *context) {
  ++parallel_calls;
  for (int64_t part = 0; part < 3; ++part)
    body(context, part, 3);
}

int main(int argc, char **argv) {
  enum { rows = 50, depth = 96, columns = 160 };
  static float x[rows][depth];
  for (int i = 0; i < rows; ++i)
    for (int k = 0; k < depth; ++k)
      x[i][k] = (float)((i + 1) * (k % 5) - 3);
  FILE *file = fopen(argv[1], "rb");
  size_t size = 4096 + sizeof(float) * depth * columns;
  char *weights = aligned_alloc(64, size);
  if (argc != 2 || !file || fread(weights, 1, size, file) != size)
    return 2;
  float *w = (float *)(weights + 4096);
  /* A descriptor of rank 2 ends where the strides of rank 3 begin. */
  struct {
    float *allocated, *aligned;
    int64_t offset, sizes[2], strides[2];
  } input = {&x[0][0], &x[0][0], 0, {rows, depth}, {depth, 1}}, output = {0};
  descriptor weight = {w, w, 0, {columns / 32, depth, 32}, {depth * 32, 32, 1}};
  void *args[] = {&input, &weight, &output};
  retort_main(args);
  int wrong = output.sizes[0] != rows || output.sizes[1] != columns;
  for (int i = 0; !wrong && i < rows; ++i)
    for (int n = 0; n < columns; ++n) {
      float sum = 0;
      for (int k = 0; k < depth; ++k)
        sum += x[i][k] * (float)((7 * k + 3 * n) % 11 - 5);
      wrong |= output.aligned[output.offset + i * output.strides[0] + n * output.strides[1]] != sum;
    }
  free(output.allocated);
  printf("%s, %s\n", wrong ? "wrong" : "right", parallel_calls ? "in parts" : "at once");
  return wrong;
}
