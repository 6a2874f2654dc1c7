// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with codes of which n of each m rows of a column are kept: the zeros of a file are
// found, packed away, and the products are those of the whole matrix.
#include "lib/Emit/Emit.h"
#include "lib/Runtime/ThreadPool.h"
#include "test/unit/GroupsFixture.h"

using namespace retort;

namespace {
class LinearSparseGroupsTest : public GroupsFixture {
protected:
  /// The formats of the products, once the function is lowered.
  std::string formats(const Quantized &q, const WeightText &weight) {
    auto module = parseSourceString<ModuleOp>(product(q.depth, q.columns, weight.made),
                                              mlir::ParserConfig(&context, false));
    auto next = weight.constants.begin();
    module->walk([&](onnx::ConstantOp op) { op->setAttr("value", *next++); });
    PassManager lower(&context);
    buildLowerPipeline(lower);
    EXPECT_TRUE(succeeded(lower.run(*module)));
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->walk([&](linear::ProductOp op) { stream << op.getFormat(); });
    return text;
  }
};
} // namespace

RETORT_LINEAR_CPUS(LinearSparseGroupsTest);

TEST_P(LinearSparseGroupsTest, MultipliesWhatIsKept) {
  // Depths that end within a group, a block and a word; every pattern, with and without zero
  // points.
  for (auto [q, format] :
       {std::pair(Quantized{96, 64, 4, true, 32, false, false, 2, 4}, "4, bits = 4, size = 32"),
        {{172, 40, 4, true, 32, false, true, 2, 4}, "4, bits = 4, size = 32"},
        {{172, 33, 4, false, 64, true, false, 2, 4}, "4, bits = 4, size = 64"},
        {{90, 33, 8, true, 0, false, false, 2, 4}, "4, bits = 8, size = 96"},
        {{130, 70, 8, false, 64, true, true, 4, 8}, "8, bits = 8, size = 64"},
        {{128, 40, 4, true, 128, false, false, 1, 2}, "2, bits = 4, size = 128"},
        {{128, 40, 2, false, 64, true, false, 1, 4}, "4, bits = 2, size = 64"},
        {{160, 40, 4, false, 32, false, false, 2, 8}, "8, bits = 4, size = 32"}}) {
    SCOPED_TRACE(testing::PrintToString(q) + " " + std::to_string(q.n) + " of " +
                 std::to_string(q.m));
    WeightText weight = quantize(q);
    EXPECT_EQ(formats(q, weight),
              "#linear.sparse_groups<n = " + std::to_string(q.n) + ", m = " + format + ">");
    compile(product(q.depth, q.columns, weight.made), weight.constants);
    check(q.depth, q.columns, weight.values);
  }
}

TEST_P(LinearSparseGroupsTest, LeavesPatternsThatSaveNothing) {
  // Groups that no word fills; codes as small as their places; three of each four rows.
  for (Quantized q : {Quantized{96, 64, 4, true, 16, false, false, 2, 4},
                      {96, 64, 2, true, 32, false, false, 2, 4},
                      {96, 64, 4, true, 32, false, false, 3, 4}}) {
    WeightText weight = quantize(q);
    EXPECT_EQ(formats(q, weight), "#linear.groups<bits = " + std::to_string(q.bits) +
                                      ", size = " + std::to_string(q.block) + ">");
  }
}
