// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of operations that move elements, look them up or write them.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

using Movement = GradientForms;
TEST_P(Movement, IsTheSlope) { check(GetParam()); }

static const GradientForm movements[] = {
    {"onnx.Reshape(%x, %s)", "x:2x3x5 s:2xi64=[5,-1]"},
    {"onnx.Reshape(%x, %s)", "x:2x3x5 s:2xi64=[0,15]"},
    {"onnx.Squeeze(%x)", "x:2x1x3x1"},
    {"onnx.Squeeze(%x, %a)", "x:2x1x3x1 a:1xi64=[-1]"},
    {"onnx.Unsqueeze(%x, %a)", "x:2x3 a:2xi64=[0,-1]"},
    {"onnx.Flatten(%x) {axis = 2 : i64}", "x:2x3x5"},
    {"onnx.Flatten(%x) {axis = -1 : i64}", "x:2x3x5"},
    {"onnx.Transpose(%x)", "x:2x3x5"},
    {"onnx.Transpose(%x) {perm = array<i64: 1, 2, 0>}", "x:2x3x5"},
    {"onnx.Concat(%a, %b, %a) {axis = -2 : i64}", "a:2x3x5 b:2x1x5"},
    {"onnx.Concat(%a) {axis = 0 : i64}", "a:2x3"},
    {"onnx.Split(%x) {axis = 1 : i64, num_outputs = 2 : i64}", "x:2x5x3", "*xf64 *xf64"},
    {"onnx.Split(%x) {axis = 1 : i64, num_outputs = 2 : i64}", "x:2x5x3", "*xf64 !*xf64"},
    {"onnx.Split(%x, %s) {axis = -1 : i64}", "x:2x3x5 s:3xi64=[1,2,2]", "!*xf64 *xf64 *xf64"},
    {"onnx.Expand(%x, %s)", "x:3x1 s:3xi64=[2,1,5]"},
    {"onnx.Expand(%x, %s)", "x: s:2xi64=[2,3]"},
    {"onnx.DepthToSpace(%x) {blocksize = 2 : i64}", "x:2x8x2x3", "2x2x4x6"},
    {"onnx.DepthToSpace(%x) {blocksize = 2 : i64, mode = \"CRD\"}", "x:2x8x2x3", "2x2x4x6"},
    {"onnx.SpaceToDepth(%x) {blocksize = 2 : i64}", "x:2x2x4x6", "2x8x2x3"},
    {"onnx.Tile(%x, %r)", "x:2x3x5 r:3xi64=[3,1,2]"},
    {"onnx.Slice(%x, %b, %e)", "x:2x3x5 b:2xi64=[0,1] e:2xi64=[1,3]"},
    {"onnx.Slice(%x, %b, %e, %a)", "x:2x3x5 b:1xi64=[-4] e:1xi64=[-1] a:1xi64=[-1]"},
    {"onnx.Slice(%x, %b, %e, %a, %s)",
     "x:2x3x7 b:2xi64=[1,0] e:2xi64=[9,3] a:2xi64=[2,1] s:2xi64=[3,2]"},
    {"onnx.Slice(%x, %b, %e, %a, %s)",
     "x:2x3x7 b:1xi64=[-1] e:1xi64=[-100] a:1xi64=[2] s:1xi64=[-1]"},
    {"onnx.Slice(%x, %b, %e, %a, %s)",
     "x:2x3x7 b:2xi64=[5,100] e:2xi64=[0,-100] a:2xi64=[2,1] s:2xi64=[-2,-1]"},
    {"onnx.Slice(%x, %b, %e, %a)", "x:2x3x5 b:1xi64=[-100] e:1xi64=[2] a:1xi64=[1]"},
    {"onnx.Pad(%x, %p)", "x:2x3 p:4xi64=[1,0,2,1]"},
    {"onnx.Pad(%x, %p, %v)", "x:2x3 p:4xi64=[1,0,2,1] v:"},
    {"onnx.Pad(%x, %p, %v, %a)", "x:2x3x5 p:4xi64=[1,0,2,-1] v: a:2xi64=[-1,0]"},
    {"onnx.Pad(%x, %p, _, %a)", "x:2x3x5 p:2xi64=[-1,-2] a:1xi64=[2]"},
    {"onnx.Pad(%x, %p, _, %a) {mode = \"edge\"}", "x:2x3x5 p:2xi64=[2,1] a:1xi64=[2]"},
    {"onnx.Pad(%x, %p) {mode = \"reflect\"}", "x:3x5 p:4xi64=[1,2,2,3]"},
    {"onnx.Pad(%x, %p) {mode = \"wrap\"}", "x:3x5 p:4xi64=[1,2,2,3]"},
    {"onnx.Trilu(%x)", "x:2x3x5"},
    {"onnx.Trilu(%x, %k) {upper = 0 : i64}", "x:2x3x5 k:i64=1"},
};
INSTANTIATE_TEST_SUITE_P(Moved, Movement, testing::ValuesIn(movements));

static const GradientForm lookups[] = {
    {"onnx.Gather(%x, %i)", "x:4x3x2 i:3xi64=[0,2,2]"},
    {"onnx.Gather(%x, %i)", "x:4x3 i:i64=-1"},
    {"onnx.Gather(%x, %i) {axis = 1 : i64}", "x:2x4x3 i:2x3xi64=[[0,-1,2],[2,2,1]]"},
    {"onnx.Gather(%x, %i) {axis = -1 : i64}", "x:2x3x4 i:3xi32=[3,0,3]"},
    {"onnx.Gather(%x, %i) {axis = 1 : i64}", "x:2x4x3 i:i64=-2"},
    {"onnx.Gather(%x, %i)", "x:4 i:2x3xi64=[[0,1,1],[3,-4,1]]"},
    {"onnx.GatherElements(%x, %i) {axis = 1 : i64}", "x:2x4 i:2x3xi64=[[0,-1,0],[2,2,-4]]"},
    {"onnx.GatherElements(%x, %i)", "x:4x3 i:2x2xi64=[[0,-1],[3,-1]]"},
    {"onnx.GatherElements(%x, %i) {axis = -1 : i64}", "x:2x4 i:1x3xi32=[[0,-1,0]]"},
    {"onnx.GatherND(%x, %i)", "x:2x3x5 i:3x2xi64=[[0,1],[1,-1],[0,1]]"},
    {"onnx.GatherND(%x, %i)", "x:2x3 i:3x2xi64=[[0,1],[1,-1],[0,1]]"},
    {"onnx.GatherND(%x, %i) {batch_dims = 1 : i64}", "x:2x3x5 i:2x2x1xi64=[[[0],[0]],[[2],[-2]]]"},
    {"onnx.GatherND(%x, %i) {batch_dims = 2 : i64}",
     "x:2x3x5 i:2x3x1xi64=[[[0],[4],[1]],[[2],[-2],[2]]]"},
    {"onnx.ScatterElements(%x, %i, %u) {axis = 1 : i64}",
     "x:2x4 i:2x3xi64=[[0,-1,1],[2,1,-4]] u:2x3"},
    {"onnx.ScatterElements(%x, %i, %u) {reduction = \"add\"}",
     "x:4x3 i:2x2xi64=[[0,-1],[0,1]] u:2x2"},
    {"onnx.ScatterElements(%x, %i, %u) {axis = -1 : i64}", "x:2x4 i:1x2xi64=[[3,-4]] u:1x2"},
    {"onnx.ScatterND(%x, %i, %u)", "x:4x3 i:2x1xi64=[[3],[0]] u:2x3"},
    {"onnx.ScatterND(%x, %i, %u)", "x:4x3 i:2x2xi64=[[3,-1],[0,1]] u:2"},
    {"onnx.ScatterND(%x, %i, %u) {reduction = \"add\"}", "x:4x3 i:3x1xi64=[[3],[0],[-1]] u:3x3"},
    {"onnx.TensorScatter(%x, %u, %w) {axis = -2 : i64}", "x:2x3x5x2 u:2x3x2x2 w:2xi64=[1,3]"},
    {"onnx.TopK(%x, %k)", "x:2x5 k:1xi64=2", "*xf64 !*xi64"},
    {"onnx.TopK(%x, %k) {axis = 0 : i64, largest = 0 : i64}", "x:5x3 k:1xi64=2", "*xf64 !*xi64"},
};
INSTANTIATE_TEST_SUITE_P(LookedUp, Movement, testing::ValuesIn(lookups));
