// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model in the calling convention, written by hand. `main` adds its inputs and a weight; the
// logits of `step`, of as many of the last tokens
// as are asked for, favour the number of times that each has occurred, modulo four.
#include <retort/Runtime.h>
#include <stdlib.h>

typedef struct {
  float *allocated, *aligned;
  int64_t offset, sizes[2], strides[2];
} matrix;

typedef struct {
  float *allocated, *aligned;
  int64_t offset, sizes[3], strides[3];
} cube;

typedef struct {
  float *allocated, *aligned;
  int64_t offset, size, stride;
} row;

typedef struct {
  int64_t *allocated, *aligned;
  int64_t offset;
} scalar;

const char retort_manifest[] =
    "{\"retort\": 1, \"cpu\": \"x86-64\", \"features\": [\"+sse3\"],"
    " \"functions\": ["
    "  {\"name\": \"main\", \"symbol\": \"retort_main\", \"states\": [], \"weights\": [0],"
    "   \"inputs\": [{\"name\": \"x\", \"type\": \"f32\", \"shape\": [-1, 3], \"dims\": [\"n\", "
    "\"\"]},"
    "                {\"name\": \"y\", \"type\": \"f32\", \"shape\": [-1, 3], \"dims\": [\"n\", "
    "\"\"]}],"
    "   \"outputs\": [{\"name\": \"sum\", \"type\": \"f32\", \"shape\": [-1, 3], \"dims\": [\"n\", "
    "\"\"]},"
    "                 {\"name\": \"same\", \"type\": \"f32\", \"shape\": [-1, 3], \"dims\": "
    "[\"n\", \"\"]}]},"
    "  {\"name\": \"step\", \"symbol\": \"retort_step\", \"states\": [0], \"weights\": [], "
    "\"context\": 6,"
    "   \"inputs\": [{\"name\": \"tokens\", \"type\": \"i64\", \"shape\": [1, -1], \"role\": "
    "\"tokens\"},"
    "                {\"name\": \"past\", \"type\": \"i64\", \"shape\": [], \"role\": \"past\"},"
    "                {\"name\": \"rows\", \"type\": \"i64\", \"shape\": [], \"role\": \"rows\"}],"
    "   \"outputs\": [{\"name\": \"logits\", \"type\": \"f32\", \"shape\": [1, -1, 4], \"role\": "
    "\"logits\"}]}],"
    " \"weights\": [{\"offset\": 4096, \"bytes\": 12, \"type\": \"f32\", \"shape\": [3]}],"
    " \"states\": [{\"type\": \"f32\", \"shape\": [1, 8]}],"
    " \"language\": {\"context\": 512, \"vocabulary\": 4, \"eos\": [2], \"bos\": 1}}";

void retort_main(void **args) {
  matrix *x = args[0], *y = args[1], *sum = args[3], *same = args[4];
  row *w = args[2];
  if (x->sizes[0] > 0 && x->aligned[0] < 0)
    retort_fail("the first element is negative");
  *sum = *x;
  sum->allocated = sum->aligned = malloc((size_t)(x->sizes[0] * 3) * sizeof(float) + 1);
  for (int64_t i = 0; i < x->sizes[0]; ++i)
    for (int64_t j = 0; j < 3; ++j)
      sum->aligned[i * 3 + j] = x->aligned[i * 3 + j] + y->aligned[i * 3 + j] + w->aligned[j];
  *same = *x; // a result that is an argument
}

void retort_step(void **args) {
  const matrix *tokens = args[0];
  const int64_t *ids = (const int64_t *)tokens->aligned;
  const scalar *past = args[1], *rows = args[2];
  matrix *counts = args[3];
  cube *logits = args[4];
  int64_t n = tokens->sizes[1], asked = rows->aligned[0], first = n - asked;
  *logits = (cube){0, 0, 0, {1, asked, 4}, {asked * 4, 4, 1}};
  logits->allocated = logits->aligned = calloc((size_t)asked * 4, sizeof(float));
  if (past->aligned[0] + n > 8)
    retort_fail("too long");
  for (int64_t i = 0; i < n; ++i) {
    int64_t count = (int64_t)(++counts->aligned[ids[i]]) % 4;
    if (i >= first)
      logits->aligned[(i - first) * 4 + count] = 1;
  }
}
