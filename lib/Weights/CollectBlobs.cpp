// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Frees the data of weights that passes have replaced.
#include "lib/Weights/CollectBlobs.h"

#include "dialects/Onnx/Weights.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"

using namespace mlir;
using namespace retort;

namespace {
class Collector : public PassInstrumentation {
public:
  explicit Collector(std::function<SmallVector<ModuleOp>()> others) : others(std::move(others)) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    auto module = dyn_cast<ModuleOp>(op);
    if (!module || module->getParentOp())
      return;
    SmallVector<ModuleOp> alive{module};
    if (others)
      alive.append(others());
    onnx::releaseUnusedBlobs(alive);
  }

private:
  std::function<SmallVector<ModuleOp>()> others;
};
} // namespace

void retort::collectBlobs(PassManager &pm, std::function<SmallVector<ModuleOp>()> others) {
  pm.addInstrumentation(std::make_unique<Collector>(std::move(others)));
}
