// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Who is told how far a command is.
#include "lib/Pipeline/Progress.h"

#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace retort;

namespace {
/// Counts what runs on the module itself: passes, and groups of passes on its functions.
class PassCounter : public PassInstrumentation {
public:
  PassCounter(Progress &progress, size_t count) : progress(progress), count(count) {}

  void runBeforePass(Pass *, Operation *op) override {
    if (!op->getParentOp() && begun < count)
      progress.advance(double(begun++) / double(count));
  }

private:
  Progress &progress;
  size_t begun = 0, count;
};
} // namespace

void retort::watchPasses(PassManager &pm, Progress &progress) {
  pm.addInstrumentation(std::make_unique<PassCounter>(progress, pm.size()));
}
