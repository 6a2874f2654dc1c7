// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of the numbers of compressed weights. Those are f32: differences are exact but for
// rounding, since a weight is linear in each of its numbers.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

using Compressed = GradientForms;
TEST_P(Compressed, IsTheSlope) { check(GetParam()); }

#define CODES "q:2x3xi8=[[1,-2,3],[4,5,-6]] "
#define ROWS "q:5x2xi8=[[1,-2],[3,4],[5,-6],[7,8],[9,-10]] "

static const GradientForm dequantized[] = {
    {"onnx.DequantizeLinear(%q, %s)", CODES "s:f32"},
    {"onnx.DequantizeLinear(%q, %s, %z)", CODES "s:f32 z:i8=3"},
    {"onnx.DequantizeLinear(%q, %s)", CODES "s:3xf32"},
    {"onnx.DequantizeLinear(%q, %s, %z) {axis = 0 : i64}", CODES "s:2xf32 z:2xi8=[1,-1]"},
    {"onnx.DequantizeLinear(%q, %s, %z) {axis = -1 : i64}", CODES "s:3xf32 z:3xi8=[1,-1,0]"},
    {"onnx.DequantizeLinear(%q, %s) {axis = 0 : i64, block_size = 2 : i64}", ROWS "s:3x2xf32"},
    {"onnx.DequantizeLinear(%q, %s, %z) {axis = 1 : i64, block_size = 2 : i64}",
     "q:2x4xi4=[[1,-2,3,4],[5,-6,7,-8]] s:2x2xf32 z:2x2xi4=[[1,2],[3,4]]"},
    {"compress.dequantize(%q, %s) {axis = 0 : i64, block_size = 2 : i64}",
     "q:5x2xi3=[[1,-2],[3,2],[0,-4],[1,3],[-3,2]] s:3x2xf32", "5x2xf32"},
    {"compress.dequantize(%q, %s, %z) {axis = 0 : i64, block_size = 2 : i64}",
     "q:5x2xi3=[[1,-2],[3,2],[0,-4],[1,3],[-3,2]] s:3x2xf32 z:3x2xf32", "5x2xf32"},
    {"compress.dequantize(%q, %s, %z)",
     "q:5x2xi3=[[1,-2],[3,2],[0,-4],[1,3],[-3,2]] s:2xf32 z:2xf32", "5x2xf32"},
    {"compress.dequantize(%q, %s, %z)", "q:5x2xi3=[[1,-2],[3,2],[0,-4],[1,3],[-3,2]] s:f32 z:f32",
     "5x2xf32"},
    {"onnx.com.microsoft.GatherBlockQuantized(%q, %i, %s) {bits = 4 : i64, block_size = 16 : i64, "
     "gather_axis = 0 : i64, quantize_axis = 1 : i64}",
     "q:4x16xui8=151 i:2x3xi64=[[0,3,3],[2,0,3]] s:4x2xf32", "2x3x32xf32"},
};
INSTANTIATE_TEST_SUITE_P(Dequantized, Compressed, testing::ValuesIn(dequantized));

// 0b10010110 and 0b01101001: elements 1, 2, 4, 7, 8, 11, 13, 14 of 16.
static const GradientForm sparse[] = {
    {"compress.decode_sparse(%m, %v)", "m:2xui8=[150,105] v:8xf32", "4x4xf32"},
    {"compress.decode_sparse(%m, %v) {n = 2 : i64, m = 4 : i64, axis = 1 : i64}",
     "m:2xui8=[150,105] v:4x2xf32", "4x4xf32"},
    {"compress.decode_sparse(%m, %v) {n = 2 : i64, m = 4 : i64, axis = 0 : i64}",
     "m:2xui8=[150,105] v:2x4xf32", "4x4xf32"},
};
INSTANTIATE_TEST_SUITE_P(Sparse, Compressed, testing::ValuesIn(sparse));

#define NBITS(OPERANDS)                                                                            \
  "onnx.com.microsoft.MatMulNBits(" OPERANDS                                                       \
  ") {K = 32 : i64, N = 3 : i64, bits = 4 : i64, block_size = 16 : i64}"

static const GradientForm products[] = {
    {NBITS("%a, %b, %s"), "a:2x4x32xf32 b:3x2x8xui8=151 s:3x2xf32", "2x4x3xf32"},
    {NBITS("%a, %b, %s, %z"), "a:4x32xf32 b:3x2x8xui8=151 s:6xf32 z:3xui8=100", "4x3xf32"},
    {NBITS("%a, %b, %s, _, _, %c"), "a:4x32xf32 b:3x2x8xui8=151 s:3x2xf32=0.5 c:3xf32", "4x3xf32"},
    {"onnx.com.microsoft.MatMulNBits(%a, %b, %s) {K = 20 : i64, N = 3 : i64, bits = 8 : i64, "
     "block_size = 16 : i64}",
     "a:4x20xf32 b:3x2x16xui8=151 s:3x2xf32", "4x3xf32"},
};
INSTANTIATE_TEST_SUITE_P(Products, Compressed, testing::ValuesIn(products));
