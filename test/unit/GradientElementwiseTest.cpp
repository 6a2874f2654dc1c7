// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of operations that compute each element from one of each operand.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

using Elementwise = GradientForms;
TEST_P(Elementwise, IsTheSlope) { check(GetParam()); }

static const GradientForm unary[] = {
    {"onnx.Identity(%x)", "x:2x3x5"},
    {"onnx.Neg(%x)", "x:2x3x5"},
    {"onnx.Abs(%x)", "x:2x3x5"},
    {"onnx.Reciprocal(%x)", "x:2x3x5"},
    {"onnx.Sqrt(%x)", "x:2x3x5+"},
    {"onnx.Exp(%x)", "x:2x3x5"},
    {"onnx.Log(%x)", "x:2x3x5+"},
    {"onnx.Sin(%x)", "x:2x3x5"},
    {"onnx.Cos(%x)", "x:2x3x5"},
    {"onnx.Tan(%x)", "x:2x3x5<"},
    {"onnx.Sinh(%x)", "x:2x3x5"},
    {"onnx.Cosh(%x)", "x:2x3x5"},
    {"onnx.Tanh(%x)", "x:2x3x5"},
    {"onnx.Asin(%x)", "x:2x3x5<"},
    {"onnx.Acos(%x)", "x:2x3x5<"},
    {"onnx.Atan(%x)", "x:2x3x5"},
    {"onnx.Asinh(%x)", "x:2x3x5"},
    {"onnx.Acosh(%x)", "x:2x3x5>"},
    {"onnx.Atanh(%x)", "x:2x3x5<"},
    {"onnx.Erf(%x)", "x:2x3x5"},
    {"onnx.Floor(%x)", "x:2x3x5"},
    {"onnx.Ceil(%x)", "x:2x3x5"},
    {"onnx.Round(%x)", "x:2x3x5<"},
    {"onnx.Sign(%x)", "x:2x3x5"},
    {"onnx.Relu(%x)", "x:2x3x5"},
    {"onnx.Sigmoid(%x)", "x:2x3x5"},
    {"onnx.Softplus(%x)", "x:2x3x5"},
    {"onnx.Softsign(%x)", "x:2x3x5"},
    {"onnx.Swish(%x)", "x:2x3x5"},
    {"onnx.Swish(%x) {alpha = 1.7 : f32}", "x:2x3x5"},
    {"onnx.Mish(%x)", "x:2x3x5"},
    {"onnx.Gelu(%x)", "x:2x3x5"},
    {"onnx.Gelu(%x) {approximate = \"tanh\"}", "x:2x3x5"},
    {"onnx.Elu(%x) {alpha = 1.5 : f32}", "x:2x3x5"},
    {"onnx.Celu(%x) {alpha = 1.5 : f32}", "x:2x3x5"},
    {"onnx.Selu(%x)", "x:2x3x5"},
    {"onnx.LeakyRelu(%x) {alpha = 0.25 : f32}", "x:2x3x5"},
    {"onnx.ThresholdedRelu(%x) {alpha = 0.25 : f32}", "x:2x3x5"},
    {"onnx.HardSigmoid(%x) {alpha = 0.5 : f32, beta = 0.5 : f32}", "x:2x3x5"},
    {"onnx.HardSwish(%x)", "x:2x3x5"},
    {"onnx.PRelu(%x, %s)", "x:2x3x5 s:3x1"},
    {"onnx.Cast(%x) {to = 11 : i64}", "x:2x3x5"},
    {"onnx.Dropout(%x)", "x:2x3x5"},
};
INSTANTIATE_TEST_SUITE_P(Unary, Elementwise, testing::ValuesIn(unary));

static const GradientForm several[] = {
    {"onnx.Add(%a, %b)", "a:2x3x5 b:2x3x5"},
    {"onnx.Add(%a, %b)", "a:3x1 b:2x1x5"},
    {"onnx.Add(%a, %a)", "a:2x3"},
    {"onnx.Sub(%a, %b)", "a:2x3x5 b:5"},
    {"onnx.Sub(%a, %b)", "a: b:2x3"},
    {"onnx.Mul(%a, %b)", "a:3x1 b:2x1x5"},
    {"onnx.Mul(%a, %b)", "a:2x3x5 b:1x1x1"},
    {"onnx.Mul(%a, %a)", "a:2x3"},
    {"onnx.Div(%a, %b)", "a:3x1 b:2x1x5"},
    {"onnx.Mod(%a, %b) {fmod = 1 : i64}", "a:2x3x5> b:5<"},
    {"onnx.Div(%a, %b)", "a:2x3x5 b:3x5"},
    {"onnx.Pow(%a, %a)", "a:2x3+"},
    {"onnx.Pow(%a, %b)", "a:2x3+ b:3"},
    {"onnx.Pow(%a, %b)", "a:2x3 b:f64=2.0"},
    {"onnx.Pow(%a, %b)", "a:2x3 b:1xf32=3.0"},
    {"onnx.Pow(%a, %b)", "a:2x3 b:i64=3"},
    {"onnx.Pow(%a, %b)", "a:2x3+ b:f64=-0.5"},
    {"onnx.Pow(%a, %b)", "a:2x3+ b:3xf64=[0.5,1.0,-2.0]"},
    {"onnx.Pow(%a, %b)", "a:f64=2.0 b:2x3"},
    {"onnx.Where(%c, %a, %b)", "c:2x3xi1=[[true,false,true],[false,false,true]] a:2x3 b:3"},
    {"onnx.Where(%c, %a, %b)", "c:3x1xi1=[[true],[false],[true]] a:1x2 b:"},
    {"onnx.Clip(%x, %l, %h)", "x:2x3x5 l:f64=-0.7 h:f64=0.8"},
    {"onnx.Clip(%x, _, %h)", "x:2x3x5 h:"},
    {"onnx.Clip(%x, %l)", "x:2x3x5 l:"},
    {"onnx.Max(%a, %b)", "a:2x3x5 b:3x1"},
    {"onnx.Max(%a, %b, %c)", "a:3x1 b:2x1x5 c:5"},
    {"onnx.Max(%a, %b, %c, %d)", "a:2x3x5 b:2x3x5 c:2x3x5 d:"},
    {"onnx.Max(%a)", "a:2x3"},
    {"onnx.Min(%a, %b)", "a:2x3x5 b:3x1"},
    {"onnx.Min(%a, %b, %c)", "a:3x1 b:2x1x5 c:5"},
    {"onnx.Sum(%a, %b, %c)", "a:3x1 b:2x1x5 c:5"},
    {"onnx.Mean(%a, %b, %c)", "a:3x1 b:2x1x5 c:5"},
    {"onnx.CastLike(%a, %b)", "a:2x3 b:1xf64=1.0"},
    {"onnx.SwiGLU(%a, %b)", "a:2x3x5 b:2x3x5"},
    {"onnx.SwiGLU(%a, %b) {alpha = 1.5 : f32}", "a:2x3x5 b:2x3x5"},
};
INSTANTIATE_TEST_SUITE_P(Several, Elementwise, testing::ValuesIn(several));

static const GradientForm microsoft[] = {
    {"onnx.com.microsoft.FastGelu(%x, %b)", "x:2x3x5 b:5"},
    {"onnx.com.microsoft.FastGelu(%x)", "x:2x3x5"},
    {"onnx.com.microsoft.BiasGelu(%x, %b)", "x:2x3x5 b:5"},
    {"onnx.com.microsoft.Gelu(%x)", "x:2x3x5"},
    {"onnx.com.microsoft.QuickGelu(%x) {alpha = 1.5 : f32}", "x:2x3x5"},
};
INSTANTIATE_TEST_SUITE_P(Microsoft, Elementwise, testing::ValuesIn(microsoft));
