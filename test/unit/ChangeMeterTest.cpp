// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a method is told of a host that cannot measure what it asks for.
#include "dialects/Retort/Retort.h"
#include "lib/Replay/MeasureChanges.h"

#include "mlir/IR/BuiltinOps.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
/// A model of one block, which multiplies with the weight "a", and fails behind it.
class StoppedReplay : public ModelReplay {
public:
  ArrayRef<ReplayGroup> groups() const override { return all; }
  std::string whyNot(StringRef) const override { return "is read by two blocks"; }
  int64_t blocks() const override { return 1; }
  int64_t current() const override { return 0; }
  void change(StringRef, ArrayRef<float>) override {}
  void restore(StringRef) override {}
  llvm::Error observe(const ReplayGroup &,
                      llvm::function_ref<llvm::Error(const ReplayedRows &)>) override {
    return llvm::Error::success();
  }
  llvm::Expected<std::vector<double>> divergences(size_t) override {
    return std::vector<double>{0};
  }
  llvm::Error advance() override { return llvm::createStringError("an index is out of range"); }
  void restart() override {}

private:
  std::vector<ReplayGroup> all{{0, 4, {"a"}}};
};

class StoppedModels : public ReplaysModels {
public:
  using ReplaysModels::ReplaysModels;
  llvm::Expected<std::unique_ptr<ModelReplay>> replay(ModuleOp, ArrayRef<std::string>,
                                                      ReplayWindows) const override {
    return std::make_unique<StoppedReplay>();
  }
};

class ChangeMeterTest : public testing::Test {
protected:
  ChangeMeterTest() {
    DialectRegistry registry;
    registry.insert<RetortDialect>();
    registry.addExtension(+[](MLIRContext *, RetortDialect *dialect) {
      dialect->addInterface(std::make_unique<StoppedModels>(dialect));
    });
    context.appendDialectRegistry(registry);
    module = ModuleOp::create(UnknownLoc::get(&context));
    source.windows = 2;
    source.context = 3;
    source.tokens = {1, 2, 3, 4, 5, 6};
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      said += diagnostic.str();
      return success();
    });
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  StatisticsSource source;
  std::string said;
};
} // namespace

TEST_F(ChangeMeterTest, SaysWhyAWeightIsNotMeasured) {
  auto meter = ChangeMeter::create(*module, "my-method", "max-kl", source, {"a", "b"});
  EXPECT_TRUE(failed(meter));
  EXPECT_EQ(said, "'my-method' cannot measure 'b' for 'max-kl': is read by two blocks");
}

TEST_F(ChangeMeterTest, SaysWhereTheModelStops) {
  auto meter = ChangeMeter::create(*module, "my-method", "max-kl", source, {"a"});
  ASSERT_TRUE(succeeded(meter)) << said;
  EXPECT_TRUE(failed(meter->measure([](StringRef) { return std::vector<float>(8); })));
  EXPECT_EQ(said, "cannot run the model: an index is out of range");
}
