// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Forms of operations that have no gradient, and what is said of them.
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace retort;

namespace {
struct Refused {
  GradientForm form;
  const char *why;
};

std::ostream &operator<<(std::ostream &out, const Refused &refused) { return out << refused.form; }

class RefusedForms : public GradientTest, public testing::WithParamInterface<Refused> {};
} // namespace

TEST_P(RefusedForms, SayWhy) {
  const Refused &refused = testing::WithParamInterface<Refused>::GetParam();
  std::string why = refusal(refused.form);
  EXPECT_NE(why.find(refused.why), std::string::npos) << why;
}

static const Refused refused[] = {
    {{"onnx.ScatterND(%x, %i, %u) {reduction = \"mul\"}", "x:4x3 i:2x1xi64=[[3],[0]] u:2x3"},
     "'onnx.ScatterND' op expects a 'reduction' of 'none' or 'add', found 'mul'"},
    {{"onnx.ScatterElements(%x, %i, %u) {reduction = \"max\"}", "x:4x3 i:1x1xi64=0 u:1x1"},
     "'onnx.ScatterElements' op expects a 'reduction' of 'none' or 'add', found 'max'"},
    {{"onnx.Slice(%x, %b, %e)", "x:4 b:1xi64 e:1xi64=[3]", "2xf64"},
     "expects bounds that are known"},
    {{"onnx.Pad(%x, %p)", "x:4 p:2xi64", "6xf64"}, "expects 'pads' and 'axes' that are known"},
    {{"onnx.ReduceSum(%x, %a)", "x:2x3 a:1xi64", "2x1xf64"}, "expects axes that are known"},
    {{"onnx.Tile(%x, %r)", "x:0x3 r:2xi64=[2,1]"}, "repeats an axis without elements"},
    {{"onnx.Dropout(%x, _, %t)", "x:2x3 t:i1=true"},
     "expects a 'training_mode' that is known to be false"},
    {{"onnx.Hardmax(%x)", "x:2x3"},
     "lies between what is trained and the loss, and has neither a gradient nor a body"},
    {{"onnx.LayerNormalization(%x, %w)", "x:2x3 w:3", "2x3 2x1xf32"},
     "has a gradient for its first result alone, found one of the others that is used"},
    {{"onnx.com.microsoft.FusedMatMul(%a, %b) {transBatchA = 1 : i64}", "a:3x3x4 b:3x4x5", "3x3x5"},
     "has no gradient where the axes of the batch are transposed"},
    {{"onnx.com.microsoft.FusedMatMul(%a, %b)", "a:3 b:3x5", "5"},
     "expects operands of rank 2 or more"},
    {{"llm.rope(%x, %c, %s)", "x:2x3x4x6 c:1x4x3 s:1x4x3", "2x3x4x6"},
     "has no gradient for its angles"},
    {{"llm.retention delta(%q, %k, %v beta %b) {scale = 0.5 : f32}",
      "q:2x4x6x5 k:2x2x6x5 v:2x2x6x7 b:2x2x6x1", "2x4x6x7 2x2x5x7"},
     "expects a rule that is linear or gated, found one that corrects what the state recalls"},
    {{"onnx.com.microsoft.GatherBlockQuantized(%q, %i, %s) {bits = 4 : i64, block_size = 16 : i64, "
      "gather_axis = 1 : i64, quantize_axis = 0 : i64}",
      "q:16x4xui8=151 i:2xi64=[0,1] s:1x8xf32", "16x2xf32"},
     "has a gradient for scales of rows that are looked up along axis 0 alone"},
};
INSTANTIATE_TEST_SUITE_P(Forms, RefusedForms, testing::ValuesIn(refused));
