// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of attention, retention and rotary embedding.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

using Language = GradientForms;
// Batch 2, heads 4 of 2 groups, 3 rows, head size 5, values of 7.
#define QKV "q:2x4x3x5 k:2x2x3x5 v:2x2x3x7 "
#define PRESENT "2x4x3x7 !2x2x3x5 !2x2x3x7"
#define WITH_PAST QKV "p:2x2x6x5 w:2x2x6x7 "
#define OF_PAST "2x4x3x7 2x2x9x5 2x2x9x7"

static const GradientForm attention[] = {
    // Two blocks of rows.
    {"llm.attention(%q, %k, %v past %p, %w bias %b sinks %s) {scale = 0.5 : f32, causal}",
     "q:1x2x70x3 k:1x1x70x3 v:1x1x70x2 p:1x1x5x3 w:1x1x5x2 b:2x1x75 s:2",
     "1x2x70x2 !1x1x75x3 !1x1x75x2"},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32, causal, left_window = 9 : i64}",
     "q:1x2x70x3 k:1x1x70x3 v:1x1x70x2", "1x2x70x2 1x1x70x3 1x1x70x2"},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32}", "q:2x3x4x5 k:2x3x6x5 v:2x3x6x7",
     "2x3x4x7 !2x3x6x5 !2x3x6x7"},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32}", QKV, PRESENT},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32, causal}", QKV, PRESENT},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32, causal}", QKV, "!2x4x3x7 2x2x3x5 2x2x3x7"},
    {"llm.attention(%q, %k, %v past %p, %w) {scale = 0.5 : f32, causal}", WITH_PAST, OF_PAST},
    {"llm.attention(%q, %k, %v past %p, %w) {scale = 0.5 : f32}", WITH_PAST, OF_PAST},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32, softcap = 0.5 : f32, causal}", QKV, PRESENT},
    {"llm.attention(%q, %k, %v bias %b) {scale = 0.5 : f32}", QKV "b:2x4x3x3", PRESENT},
    {"llm.attention(%q, %k, %v bias %b) {scale = 0.5 : f32, causal}", QKV "b:4x1x3", PRESENT},
    {"llm.attention(%q, %k, %v bias %b) {scale = 0.5 : f32}", QKV "b:2x1x3x1", PRESENT},
    {"llm.attention(%q, %k, %v bias %b) {scale = 0.5 : f32, softcap = 0.5 : f32}", QKV "b:3x3",
     PRESENT},
    {"llm.attention(%q, %k, %v bias %b) {scale = 0.5 : f32}", QKV "b:3", PRESENT},
    {"llm.attention(%q, %k, %v mask %m) {scale = 0.5 : f32}",
     QKV "m:3x3xi1=[[true,false,true],[true,true,true],[false,false,true]]", PRESENT},
    {"llm.attention(%q, %k, %v mask %m) {scale = 0.5 : f32, causal}",
     QKV "m:2x1x1x3xi1=[[[[true,false,true]]],[[[false,true,true]]]]", PRESENT},
    {"llm.attention(%q, %k, %v mask %m) {scale = 0.5 : f32, causal, masked_rows = 1 : i32}",
     QKV "m:2x1x1x3xi1=[[[[true,false,true]]],[[[false,true,true]]]]", PRESENT},
    {"llm.attention(%q, %k, %v mask %m bias %b) {scale = 0.5 : f32}",
     QKV "m:3x3xi1=[[true,false,true],[false,false,false],[false,false,true]] b:2x1x3x3", PRESENT},
    {"llm.attention(%q, %k, %v mask %m bias %b) {scale = 0.5 : f32, masked_rows = 1 : i32}",
     QKV "m:3x3xi1=[[true,false,true],[false,false,false],[false,false,true]] b:2x1x3x3", PRESENT},
    {"llm.attention(%q, %k, %v sinks %s) {scale = 0.5 : f32, causal}", QKV "s:4", PRESENT},
    {"llm.attention(%q, %k, %v mask %m sinks %s) {scale = 0.5 : f32}",
     QKV "m:3x3xi1=[[true,false,true],[false,false,false],[false,false,true]] s:4", PRESENT},
    {"llm.attention(%q, %k, %v mask %m sinks %s) {scale = 0.5 : f32, masked_rows = 1 : i32}",
     QKV "m:3x3xi1=[[true,false,true],[false,false,false],[false,false,true]] s:4", PRESENT},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32, causal, left_window = 1 : i64}", QKV, PRESENT},
    {"llm.attention(%q, %k, %v) {scale = 0.5 : f32, left_window = 1 : i64, right_window = 0 : i64}",
     QKV, PRESENT},
    {"llm.attention(%q, %k, %v past %p, %w) {scale = 0.5 : f32, causal, left_window = 2 : i64}",
     WITH_PAST, OF_PAST},
    {"llm.attention(%q, %k, %v past %p, %w) {scale = 0.5 : f32, right_window = 1 : i64}", WITH_PAST,
     OF_PAST},
    {"llm.attention(%q, %k, %v offset %o) {scale = 0.5 : f32, causal}",
     "q:2x4x3x5 k:2x2x6x5 v:2x2x6x7 o:2xi64=[1,3]", "2x4x3x7 !2x2x6x5 !2x2x6x7"},
    {"llm.attention(%q, %k, %v offset %o) {scale = 0.5 : f32, causal}",
     "q:2x4x3x5 k:2x2x6x5 v:2x2x6x7 o:i64=2", "2x4x3x7 !2x2x6x5 !2x2x6x7"},
    {"llm.attention(%q, %k, %v offset %o) {scale = 0.5 : f32, causal}",
     "q:2x4x3x5 k:2x2x6x5 v:2x2x6x7 o:i64=-1", "2x4x3x7 !2x2x6x5 !2x2x6x7"},
    {"llm.attention(%q, %k, %v key_length %l) {scale = 0.5 : f32}",
     "q:2x4x3x5 k:2x2x6x5 v:2x2x6x7 l:2xi64=[4,6]", "2x4x3x7 !2x2x6x5 !2x2x6x7"},
    {"llm.attention(%q, %k, %v past %p, %w mask %m bias %b key_length %l sinks %s)"
     " {scale = 0.5 : f32, causal, left_window = 5 : i64, softcap = 2.0 : f32}",
     WITH_PAST
     "m:1x9xi1=[[true,false,true,true,true,true,false,true,true]] b:4x3x9 l:2xi64=[9,8] s:4",
     OF_PAST},
};
TEST_P(Language, IsTheSlope) { check(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Attention, Language, testing::ValuesIn(attention));

static const GradientForm ropes[] = {
    {"llm.rope(%x, %c, %s)", "x:2x3x4x6 c:1x4x3=0.8 s:1x4x3=-0.6", "2x3x4x6"},
    {"llm.rope(%x, %c, %s)", "x:2x3x2x4 c:2x2x1xf64=[[[0.8],[1.2]],[[0.1],[0.5]]] s:2x2x1=0.6",
     "2x3x2x4"},
    {"llm.rope(%x, %c, %s) {interleaved}", "x:2x3x1x6 c:1x1x2xf64=[[[0.8,1.2]]] s:1x1x2=0.6",
     "2x3x1x6"},
    {"llm.rope(%x, %c, %s at %p)",
     "x:2x3x4x6 c:5x2xf64=[[0.1,0.2],[0.3,0.4],[0.5,0.6],[0.7,0.8],[0.9,1.0]] s:5x2=0.6 "
     "p:2x4xi64=[[0,1,2,3],[4,2,0,0]]",
     "2x3x4x6"},
    {"llm.rope(%x, %c, %s at %p) {interleaved}",
     "x:2x3x4x4 c:5x2xf64=[[0.1,0.2],[0.3,0.4],[0.5,0.6],[0.7,0.8],[0.9,1.0]] s:5x2=0.6 "
     "p:1x4xi64=[[3,0,4,1]]",
     "2x3x4x4"},
};
INSTANTIATE_TEST_SUITE_P(Rope, Language, testing::ValuesIn(ropes));

#define ROWS "q:2x4x6x5 k:2x2x6x5 v:2x2x6x7 "
#define STATE "s:2x2x5x7 "
#define RETAINED "2x4x6x7 2x2x5x7"

static const GradientForm retention[] = {
    {"llm.retention linear(%q, %k, %v) {scale = 0.5 : f32}", ROWS, "2x4x6x7 !2x2x5x7"},
    {"llm.retention linear(%q, %k, %v) {scale = 0.5 : f32, chunk_size = 4 : i64}", ROWS, RETAINED},
    {"llm.retention linear(%q, %k, %v state %s) {scale = 0.5 : f32}", ROWS STATE, RETAINED},
    {"llm.retention gated(%q, %k, %v decay %g) {scale = 0.5 : f32}",
     ROWS "g:1x2x1x1xf64=[[[[-0.2]],[[-0.7]]]]", RETAINED},
    {"llm.retention gated(%q, %k, %v decay %g) {scale = 0.5 : f32, chunk_size = 4 : i64}",
     ROWS "g:1x2x1x1", "2x4x6x7 !2x2x5x7"},
    {"llm.retention gated(%q, %k, %v state %s decay %g) {scale = 0.5 : f32, chunk_size = 4 : i64}",
     ROWS STATE "g:1x2x1x1", RETAINED},
    {"llm.retention gated(%q, %k, %v state %s decay %g) {scale = 0.5 : f32}",
     ROWS STATE "g:2x2x6x1", RETAINED},
    {"llm.retention gated(%q, %k, %v state %s decay %g) {scale = 0.5 : f32}",
     ROWS STATE "g:2x2x6x5", RETAINED},
    {"llm.retention gated(%q, %k, %v state %s decay %g) {scale = 0.5 : f32}",
     ROWS STATE "g:1x2x1x5", RETAINED},
    {"llm.retention gated(%q, %k, %v decay %g) {scale = 0.5 : f32}", ROWS "g:1x1x6x5",
     "2x4x6x7 !2x2x5x7"},
    {"llm.retention gated(%q, %k, %v state %s decay %g) {scale = 0.5 : f32}",
     ROWS STATE "g:1x2x1x5", "!2x4x6x7 2x2x5x7"},
    {"llm.retention linear(%q, %k, %v beta %u) {scale = 0.5 : f32}", ROWS "u:1x2x1x5",
     "2x4x6x7 !2x2x5x7"},
    {"llm.retention gated(%q, %k, %v state %s decay %g beta %u) {scale = 0.5 : f32}",
     ROWS STATE "g:2x2x6x5 u:2x2x6x5", RETAINED},
    {"llm.retention gated(%q, %k, %v state %s decay %g beta %u) {scale = 0.5 : f32, chunk_size = 4 "
     ": i64}",
     ROWS STATE "g:1x2x1x1 u:1x1x1x5", RETAINED},
    {"llm.retention gated(%q, %k, %v state %s decay %g beta %u) {scale = 0.5 : f32}",
     "q:2x4x1x5 k:2x2x1x5 v:2x2x1x7 s:2x2x5x7 g:2x2x1x5 u:1x2x1x5", "2x4x1x7 2x2x5x7"},
};
INSTANTIATE_TEST_SUITE_P(Retention, Language, testing::ValuesIn(retention));
