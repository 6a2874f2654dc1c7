// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The data of weights live as long as some module that the host names says them.
#include "lib/Weights/CollectBlobs.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/Builders.h"
#include "mlir/Transforms/Passes.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
class CollectBlobs : public testing::Test {
protected:
  OwningOpRef<ModuleOp> make() {
    auto type = RankedTensorType::get({1000}, builder.getF32Type());
    OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
    (*module)->setAttr("retort.weight",
                       onnx::makeConstant(type, "w", [](MutableArrayRef<char>) {}));
    return module;
  }
  static bool hasData(Attribute weight) { return onnx::ConstantView::of(weight).has_value(); }
  static Attribute weightOf(ModuleOp module) { return module->getAttr("retort.weight"); }

  MLIRContext context;
  Builder builder{&context};
};
} // namespace

TEST_F(CollectBlobs, FreesWhatAPassReplaced) {
  OwningOpRef<ModuleOp> module = make(), other = make();
  Attribute replaced = weightOf(*other);
  other = {};
  PassManager pm(&context);
  collectBlobs(pm);
  pm.addPass(createCSEPass());
  ASSERT_TRUE(succeeded(pm.run(*module)));
  EXPECT_TRUE(hasData(weightOf(*module)));
  EXPECT_FALSE(hasData(replaced));
}

TEST_F(CollectBlobs, KeepsWhatOtherModulesOfTheHostName) {
  OwningOpRef<ModuleOp> first = make(), second = make();
  PassManager pm(&context);
  collectBlobs(pm, [&] { return SmallVector<ModuleOp>{*second}; });
  pm.addPass(createCSEPass());
  ASSERT_TRUE(succeeded(pm.run(*first)));
  EXPECT_TRUE(hasData(weightOf(*first)));
  EXPECT_TRUE(hasData(weightOf(*second)));
}
