// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with codes: by column and by groups of rows, with and without zero points, of either
// stored order.
#include "lib/Emit/Emit.h"
#include "lib/Runtime/ThreadPool.h"
#include "test/unit/GroupsFixture.h"

using namespace retort;

namespace {
class LinearGroupsTest : public GroupsFixture {};
} // namespace

RETORT_LINEAR_CPUS(LinearGroupsTest);

TEST_P(LinearGroupsTest, MultipliesCodes) {
  for (Quantized q : {Quantized{64, 96, 8, true, 0, false, false},
                      {45, 70, 8, true, 0, true, true},
                      {70, 50, 8, false, 16, true, false},
                      {96, 64, 4, true, 32, false, false},
                      {172, 40, 4, true, 32, false, true},
                      {172, 40, 4, false, 32, true, false},
                      {100, 33, 4, false, 16, false, false},
                      {90, 33, 4, true, 20, true, true},
                      {128, 64, 2, true, 32, false, false},
                      {36, 31, 4, true, 0, false, false},
                      {32, 63, 2, false, 0, false, true},
                      {128, 64, 4, true, 128, false, false}}) {
    SCOPED_TRACE(testing::PrintToString(q));
    WeightText weight = quantize(q);
    compile(product(q.depth, q.columns, weight.made), weight.constants);
    check(q.depth, q.columns, weight.values);
  }
}
