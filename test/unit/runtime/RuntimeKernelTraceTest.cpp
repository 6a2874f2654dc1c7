// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Who watches the kernels of a model: one at a time.
#include "lib/Runtime/KernelTrace.h"

#include <gtest/gtest.h>

using namespace retort::runtime;

static std::unique_ptr<Model> watchedModel() {
  static void (*observer)(int64_t, int64_t, int64_t, int64_t) = nullptr;
  static char calls[] = R"([{"kernel": "kernel_0", "node": "MatMul_1"}])";
  auto resolve = [](const std::string &symbol) -> Result<void *> {
    return symbol == "retort_observer" ? static_cast<void *>(&observer)
                                       : static_cast<void *>(calls);
  };
  auto model = Model::create(R"({"retort": 1, "functions": []})", resolve, {}, nullptr);
  return model ? std::move(*model) : nullptr;
}

TEST(RuntimeKernelTrace, IsOneAtATime) {
  auto model = watchedModel();
  ASSERT_TRUE(model);
  {
    auto trace = KernelTrace::start(*model);
    ASSERT_TRUE(trace) << trace.error();
    ASSERT_EQ((*trace)->places().size(), 1u);
    EXPECT_EQ((*trace)->places()[0].node, "MatMul_1");
    auto other = KernelTrace::start(*model);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error(), "another trace is running");
  }
  EXPECT_TRUE(KernelTrace::start(*model));
}
