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
    {"onnx.Attention(%q, %k, %v, %m)", "q:2x4x3x5 k:2x2x3x5 v:2x2x3x7 m:3x3"},
};
INSTANTIATE_TEST_SUITE_P(Functions, Functions, testing::ValuesIn(functions));
