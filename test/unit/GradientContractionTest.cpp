// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of products and convolutions.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

using Contractions = GradientForms;
TEST_P(Contractions, IsTheSlope) { check(GetParam()); }

static const GradientForm products[] = {
    {"onnx.MatMul(%a, %b)", "a:2x3 b:3x5"},
    {"onnx.MatMul(%a, %b)", "a:4x2x3 b:3x5"},
    {"onnx.MatMul(%a, %b)", "a:2x3 b:4x3x5"},
    {"onnx.MatMul(%a, %b)", "a:4x1x2x3 b:7x3x5"},
    {"onnx.MatMul(%a, %b)", "a:1x2x3 b:7x3x5"},
    {"onnx.MatMul(%a, %b)", "a:3 b:3"},
    {"onnx.MatMul(%a, %b)", "a:3 b:3x5"},
    {"onnx.MatMul(%a, %b)", "a:2x3 b:3"},
    {"onnx.MatMul(%a, %b)", "a:4x2x3 b:3"},
    {"onnx.MatMul(%a, %b)", "a:3 b:4x3x5"},
    {"onnx.MatMul(%a, %a)", "a:3x3"},
    {"onnx.Gemm(%a, %b, %c)", "a:2x3 b:3x5 c:5"},
    {"onnx.Gemm(%a, %b, %c) {alpha = 0.5 : f32, beta = 3.0 : f32}", "a:2x3 b:3x5 c:2x1"},
    {"onnx.Gemm(%a, %b) {transA = 1 : i64}", "a:3x2 b:3x5"},
    {"onnx.com.microsoft.FusedGemm(%a, %b, %c) {activation = \"Relu\"}",
     "a:2x3xf32 b:3x5xf32 c:5xf32", "2x5xf32"},
    {"onnx.com.microsoft.FusedGemm(%a, %b) {activation = \"Tanh\", transB = 1 : i64}",
     "a:2x3xf32 b:5x3xf32", "2x5xf32"},
    {"onnx.com.microsoft.FusedGemm(%a, %b) {activation = \"LeakyRelu\", activation_alpha = 0.3 : "
     "f32}",
     "a:2x3xf32 b:3x5xf32", "2x5xf32"},
    {"onnx.com.microsoft.FusedGemm(%a, %b) {activation = \"Sigmoid\", alpha = 0.5 : f32}",
     "a:2x3xf32 b:3x5xf32", "2x5xf32"},
    {"onnx.Gemm(%a, %b, %c) {transB = 1 : i64, alpha = 0.5 : f32}", "a:2x3 b:5x3 c:"},
    {"onnx.Gemm(%a, %b, %c) {transA = 1 : i64, transB = 1 : i64}", "a:3x2 b:5x3 c:2x5"},
    {"onnx.com.microsoft.FusedMatMul(%a, %b) {alpha = 2.0 : f32, transA = 1 : i64}",
     "a:4x3x2 b:4x3x5"},
    {"onnx.com.microsoft.FusedMatMul(%a, %b) {transB = 1 : i64}", "a:2x3 b:5x3"},
};
INSTANTIATE_TEST_SUITE_P(Products, Contractions, testing::ValuesIn(products));

static const GradientForm sums[] = {
    {"onnx.Einsum(%a, %b) {equation = \"ij,jk->ik\"}", "a:2x3 b:3x5"},
    {"onnx.Einsum(%a, %b) {equation = \"bij,bkj->bki\"}", "a:4x2x3 b:4x5x3"},
    {"onnx.Einsum(%a, %b) {equation = \"ij,jk\"}", "a:2x3 b:3x5"},
    {"onnx.Einsum(%a) {equation = \"ijk->ik\"}", "a:2x3x5"},
    {"onnx.Einsum(%a) {equation = \"ijk->kij\"}", "a:2x3x5"},
    {"onnx.Einsum(%a, %b) {equation = \"i,j->ij\"}", "a:2 b:3"},
    {"onnx.Einsum(%a, %b) {equation = \"ij,jk->k\"}", "a:2x3 b:3x5"},
    {"onnx.Einsum(%a, %b, %c) {equation = \"bi,ij,bj->b\"}", "a:4x2 b:2x3 c:4x3"},
    {"onnx.Einsum(%a, %b) {equation = \"...ij,...jk->...ik\"}", "a:4x2x3 b:4x3x5"},
    {"onnx.Einsum(%a, %b) {equation = \"...ij,jk->...ik\"}", "a:7x4x2x3 b:3x5"},
    {"onnx.Einsum(%a, %b) {equation = \"...ij,...jk->...ik\"}", "a:1x2x3 b:4x3x5"},
    {"onnx.Einsum(%a, %b) {equation = \"...ij,...jk->...ik\"}", "a:4x2x3 b:1x3x5"},
    {"onnx.Einsum(%a) {equation = \"ii->i\"}", "a:3x3"},
    {"onnx.Einsum(%a) {equation = \"ii\"}", "a:3x3"},
    {"onnx.Einsum(%a, %b) {equation = \" bshk , hkd -> bsd \"}", "a:1x4x2x3 b:2x3x5"},
};
INSTANTIATE_TEST_SUITE_P(Sums, Contractions, testing::ValuesIn(sums));

static const GradientForm convolutions[] = {
    {"onnx.Conv(%x, %w) {group = 3 : i64, pads = array<i64: 3, 0>}", "x:2x3x5 w:3x1x4"},
    {"onnx.Conv(%x, %w, %b) {group = 3 : i64, pads = array<i64: 3, 3>}", "x:2x3x5 w:3x1x4 b:3"},
    {"onnx.Conv(%x, %w, %b)", "x:2x3x7 w:5x3x4 b:5"},
    {"onnx.Conv(%x, %w) {group = 2 : i64, pads = array<i64: 1, 2>}", "x:2x4x7 w:6x2x3"},
    {"onnx.Conv(%x, %w) {strides = array<i64: 2>, pads = array<i64: 1, 0>}", "x:2x3x8 w:5x3x3"},
    {"onnx.Conv(%x, %w) {dilations = array<i64: 2>}", "x:2x3x8 w:5x3x3"},
    {"onnx.Conv(%x, %w) {dilations = array<i64: 2>, strides = array<i64: 3>, group = 3 : i64}",
     "x:2x3x11 w:6x1x3"},
    {"onnx.Conv(%x, %w) {auto_pad = \"SAME_UPPER\"}", "x:1x3x8 w:5x3x4"},
    {"onnx.Conv(%x, %w, %b) {pads = array<i64: 1, 0, 0, 1>}", "x:1x2x4x5 w:3x2x2x3 b:3"},
    {"onnx.CausalConvWithState(%x, %w)", "x:2x3x5xf32 w:3x1x4xf32", "2x3x5xf32 !2x3x3xf32"},
    {"onnx.CausalConvWithState(%x, %w, %b, %p) {activation = \"silu\"}",
     "x:2x3x5xf32 w:3x1x4xf32 b:3xf32 p:2x3x3xf32", "2x3x5xf32 2x3x3xf32"},
    {"onnx.CausalConvWithState(%x, %w, _, %p)", "x:2x3x2xf32 w:3x1x4xf32 p:2x3x3xf32",
     "!2x3x2xf32 2x3x3xf32"},
};
INSTANTIATE_TEST_SUITE_P(Convolutions, Contractions, testing::ValuesIn(convolutions));
