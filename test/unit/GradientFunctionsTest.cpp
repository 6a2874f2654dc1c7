// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients through the bodies of functions, which have no rules of their own.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

using Functions = GradientForms;
TEST_P(Functions, IsTheSlope) { check(GetParam()); }

static const GradientForm functions[] = {
    {"onnx.Attention(%q, %k, %v)", "q:2x4x3x5 k:2x2x3x5 v:2x2x3x7"},
    {"onnx.Attention(%q, %k, %v) {is_causal = 1 : i64}", "q:2x4x3x5 k:2x2x3x5 v:2x2x3x7"},
    // Of two experts that are as probable the choice is a step.
    {"onnx.com.microsoft.MoE(%x, %p, %w, _, %v) {activation_type = \"silu\", k = 3 : i64}",
     "x:3x4xf32 p:3x3xf32 w:3x5x4xf32 v:3x4x5xf32", "3x4xf32"},
    {"onnx.com.microsoft.MoE(%x, %p, %w, %b, %v, %c) {activation_type = \"swiglu\", k = 2 : i64, "
     "normalize_routing_weights = 1 : i64, swiglu_fusion = 1 : i64}",
     "x:1x3x4xf32 p:3x3xf32=[[1.0,0.5,-1.0],[-0.5,0.7,0.1],[0.3,0.0,0.9]] w:3x6x4xf32 b:3x6xf32 "
     "v:3x4x3xf32 c:3x4xf32",
     "1x3x4xf32"},
    {"onnx.com.microsoft.MoE(%x, %p, %w, _, %v, _, %u) {activation_type = \"gelu\"}",
     "x:3x4xf32 p:3x3xf32 w:3x5x4xf32 v:3x4x5xf32 u:3x5x4xf32", "3x4xf32"},
    {"onnx.Attention(%q, %k, %v, %m)", "q:2x4x3x5 k:2x2x3x5 v:2x2x3x7 m:3x3"},
};
INSTANTIATE_TEST_SUITE_P(Functions, Functions, testing::ValuesIn(functions));
