// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of reductions, normalizations and softmax.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

using Reductions = GradientForms;
TEST_P(Reductions, IsTheSlope) { check(GetParam()); }

static const GradientForm reductions[] = {
    {"onnx.ReduceSum(%x)", "x:2x3x5"},
    {"onnx.ReduceSum(%x, %a)", "x:2x3x5 a:2xi64=[-1,0]"},
    {"onnx.ReduceSum(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:1xi64=1"},
    {"onnx.ReduceSum(%x) {noop_with_empty_axes = 1 : i64}", "x:2x3x5"},
    {"onnx.ReduceMean(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:2xi64=[0,2]"},
    {"onnx.ReduceMean(%x)", "x:2x3x5"},
    {"onnx.ReduceMax(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:1xi64=1"},
    {"onnx.ReduceMax(%x)", "x:2x3x5"},
    {"onnx.ReduceMin(%x, %a)", "x:2x3x5 a:1xi64=-1"},
    {"onnx.ReduceSumSquare(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:1xi64=1"},
    {"onnx.ReduceL1(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:1xi64=1"},
    {"onnx.ReduceL2(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:1xi64=1"},
    {"onnx.ReduceProd(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:1xi64=1"},
    {"onnx.ReduceProd(%x)", "x:2x3"},
    {"onnx.ReduceLogSum(%x, %a) {keepdims = 0 : i64}", "x:2x3x5+ a:1xi64=1"},
    {"onnx.ReduceLogSumExp(%x, %a) {keepdims = 0 : i64}", "x:2x3x5 a:1xi64=1"},
    {"onnx.CumSum(%x, %a)", "x:2x3x5 a:i64=1"},
    {"onnx.CumSum(%x, %a) {exclusive = 1 : i64}", "x:2x3x5 a:i64=-1"},
    {"onnx.CumSum(%x, %a) {reverse = 1 : i64}", "x:2x3x5 a:i64=0"},
    {"onnx.CumSum(%x, %a) {exclusive = 1 : i64, reverse = 1 : i64}", "x:2x3x5 a:i64=1"},
    {"onnx.CumProd(%x, %a)", "x:2x5x3 a:i64=1"},
    {"onnx.CumProd(%x, %a) {exclusive = 1 : i64}", "x:2x3x8 a:i64=-1"},
    {"onnx.CumProd(%x, %a) {reverse = 1 : i64}", "x:7x3 a:i64=0"},
    {"onnx.CumProd(%x, %a) {exclusive = 1 : i64, reverse = 1 : i64}", "x:2x5x3 a:i64=1"},
    {"onnx.CumProd(%x, %a)", "x:2x1x3 a:i64=1"},
    {"onnx.CumProd(%x, %a)", "x:2x8~ a:i64=1"},
    {"onnx.CumProd(%x, %a) {exclusive = 1 : i64, reverse = 1 : i64}", "x:2x7~ a:i64=1"},
};
INSTANTIATE_TEST_SUITE_P(Reduced, Reductions, testing::ValuesIn(reductions));

static const GradientForm softmaxes[] = {
    {"onnx.Softmax(%x)", "x:2x3x5"},
    {"onnx.Softmax(%x) {axis = 1 : i64}", "x:2x3x5"},
    {"onnx.LogSoftmax(%x)", "x:2x3x5"},
    {"onnx.LogSoftmax(%x) {axis = 0 : i64}", "x:2x3x5"},
};
INSTANTIATE_TEST_SUITE_P(Softmax, Reductions, testing::ValuesIn(softmaxes));

static const GradientForm normalizations[] = {
    {"llm.rms_norm(%x, %w) {epsilon = 1.0e-1 : f32}", "x:2x3x5 w:5", "2x3x5"},
    {"onnx.RMSNormalization(%x, %w) {epsilon = 1.0e-1 : f32}", "x:2x3x5 w:5"},
    {"onnx.RMSNormalization(%x, %w) {axis = 1 : i64}", "x:2x3x5 w:3x5"},
    {"onnx.RMSNormalization(%x, %w) {axis = -2 : i64}", "x:2x3x5 w:5"},
    {"onnx.LayerNormalization(%x, %w, %b) {epsilon = 1.0e-1 : f32}", "x:2x3x5 w:5 b:5"},
    {"onnx.LayerNormalization(%x, %w)", "x:2x3x5 w:5"},
    {"onnx.LayerNormalization(%x, %w, %b) {axis = -2 : i64}", "x:2x3x5 w:3x5 b:3x5"},
    {"onnx.LayerNormalization(%x, %w, %b) {axis = 0 : i64}", "x:2x3x5 w:5 b:3x1"},
    {"onnx.GroupNormalization(%x, %w, %b) {num_groups = 2 : i64}", "x:2x4x3 w:4 b:4"},
    {"onnx.InstanceNormalization(%x, %w, %b)", "x:2x4x3 w:4 b:4"},
    {"onnx.SimplifiedLayerNormalization(%x, %w)", "x:2x3x5 w:5"},
    {"onnx.com.microsoft.SkipLayerNormalization(%x, %k, %w, %b, %c)",
     "x:2x3x5xf32 k:2x3x5xf32 w:5xf32 b:5xf32 c:5xf32", "2x3x5xf32"},
    {"onnx.com.microsoft.SkipLayerNormalization(%x, %k, %w)", "x:2x3x5xf32 k:3x5xf32 w:5xf32",
     "2x3x5xf32"},
    {"onnx.com.microsoft.SkipSimplifiedLayerNormalization(%x, %k, %w, %b)",
     "x:2x3x5xf32 k:2x3x5xf32 w:5xf32 b:5xf32", "2x3x5xf32 _ _ 2x3x5xf32"},
    {"onnx.com.microsoft.SkipSimplifiedLayerNormalization(%x, %k, %w)",
     "x:2x3x5xf32 k:2x3x5xf32 w:5xf32", "2x3x5xf32"},
};
INSTANTIATE_TEST_SUITE_P(Normalized, Reductions, testing::ValuesIn(normalizations));

static const GradientForm pools[] = {
    {"onnx.AveragePool(%x) {kernel_shape = array<i64: 3>}", "x:2x3x7"},
    {"onnx.AveragePool(%x) {kernel_shape = array<i64: 3>, pads = array<i64: 1, 2>, strides = "
     "array<i64: 2>}",
     "x:2x3x7"},
    {"onnx.AveragePool(%x) {count_include_pad = 1 : i64, kernel_shape = array<i64: 2, 3>, pads = "
     "array<i64: 1, 1, 0, 1>}",
     "x:1x2x4x5"},
    {"onnx.AveragePool(%x) {kernel_shape = array<i64: 2, 2>, dilations = array<i64: 2, 1>, strides "
     "= array<i64: 1, 2>}",
     "x:1x2x5x4"},
    {"onnx.AveragePool(%x) {kernel_shape = array<i64: 3>, strides = array<i64: 2>, ceil_mode = 1 : "
     "i64}",
     "x:1x2x6"},
    {"onnx.AveragePool(%x) {kernel_shape = array<i64: 4>, auto_pad = \"SAME_UPPER\"}", "x:1x2x6"},
    {"onnx.AveragePool(%x) {kernel_shape = array<i64: 4>, auto_pad = \"SAME_LOWER\"}", "x:1x2x6"},
    {"onnx.MaxPool(%x) {kernel_shape = array<i64: 3>}", "x:2x3x7"},
    {"onnx.MaxPool(%x) {kernel_shape = array<i64: 2, 3>, pads = array<i64: 1, 1, 0, 1>, strides = "
     "array<i64: 1, 2>}",
     "x:1x2x4x5"},
    {"onnx.MaxPool(%x) {kernel_shape = array<i64: 2>, dilations = array<i64: 2>, auto_pad = "
     "\"VALID\"}",
     "x:1x2x6"},
    {"onnx.MaxPool(%x) {kernel_shape = array<i64: 3>, strides = array<i64: 2>, ceil_mode = 1 : "
     "i64}",
     "x:1x2x6"},
    {"onnx.GlobalAveragePool(%x)", "x:2x3x4x5"},
    {"onnx.GlobalMaxPool(%x)", "x:2x3x4x5"},
};
INSTANTIATE_TEST_SUITE_P(Pooled, Reductions, testing::ValuesIn(pools));
