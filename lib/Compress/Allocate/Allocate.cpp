// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives each matrix the bits that serve the model most, within a budget.
//
//   %w = onnx.initializer "w"     ->  %w = compress.decode_levels(%codes, %scales, %ladder)
#include "lib/Compress/Allocate/Allocation.h"
#include "lib/Compress/Allocate/ByteSize.h"
#include "lib/Compress/Allocate/MeasureBudget.h"
#include "lib/Weights/LeftAlone.h"
#include "lib/Weights/Remark.h"

#include "dialects/Retort/Names.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_ALLOCATEPASS
#include "lib/Compress/Allocate/Allocate.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct AllocatePass : retort::impl::AllocatePassBase<AllocatePass> {
  using Base::Base;

  LogicalResult checkOptions();
  FailureOr<AllocationRequest> request();
  FailureOr<int64_t> budgetFor(const Allocation &allocation);
  int64_t budgetOfFile(const Allocation &allocation, int64_t target);
  void reportSize(const Allocation &allocation, const KnapsackChoice &choice);
  FailureOr<KnapsackChoice> choose(const Allocation &allocation, int64_t budget);
  void report(const Allocation &allocation, const KnapsackChoice &choice, int64_t budget);
  LogicalResult run();
  InFlightDiagnostic error() { return getOperation().emitError() << "'" << getArgument() << "' "; }

  void runOnOperation() override {
    if (failed(checkOptions()) || failed(run()))
      signalPassFailure();
  }
};
} // namespace

LogicalResult AllocatePass::checkOptions() {
  bool hasSize = !targetSize.empty();
  if (maxKl != 0 && (hasSize || targetBits != 0))
    return error() << "expects one of 'target-bits', 'target-size' and 'max-kl', found "
                   << 1 + int(hasSize) + int(targetBits != 0);
  if (!(maxKl >= 0))
    return error() << "expects 'max-kl' above 0, found " << shortNumber(maxKl);
  if (hasSize && targetBits != 0)
    return error() << "expects 'target-bits' or 'target-size', found both";
  if (hasSize && !parseByteSize(targetSize))
    return error() << "expects 'target-size' in bytes, such as 5000000, 90MB or 1.5GiB, found '"
                   << targetSize << "'";
  if (hasSize && getOperation()->hasAttr(names::size))
    return error() << "expects one 'target-size' for a model, found a second one";
  if (!hasSize && maxKl == 0 && !(targetBits > 0 && targetBits <= 32))
    return error() << "expects 'target-bits' above 0 and up to 32, found "
                   << shortNumber(targetBits);
  if (refine < 0)
    return getOperation().emitError() << "expects 'refine' of 0 or more, found " << int64_t(refine);
  return success();
}

FailureOr<AllocationRequest> AllocatePass::request() {
  AllocationRequest result;
  result.method = getArgument();
  result.include = include;
  result.exclude = exclude;
  result.rounding = {refine, /*actOrder=*/true, /*damping=*/0};
  auto chosen = parseSides(getOperation(), getArgument(), sides);
  if (failed(chosen))
    return failure();
  result.sides = *chosen;
  if (candidates.empty())
    return result;
  auto forms = parseCandidates(candidates);
  if (!forms)
    return error() << llvm::toString(forms.takeError());
  result.candidates = std::move(*forms);
  return result;
}

/// What is left of a file for the matrices. What else it holds was seen in a file of this model, or
/// is taken for the other constants of the module. Where a file tells, it tells as well whether the
/// smallest choice is small enough.
int64_t AllocatePass::budgetOfFile(const Allocation &allocation, int64_t target) {
  ModuleOp module = getOperation();
  if (auto beside = module->getAttrOfType<IntegerAttr>(names::sizeBeside))
    return std::max(target - beside.getInt(), allocation.leastBytes());
  uint64_t all = compareWeights(module, module).bytesBefore, matrices = 0;
  for (const LinearWeight &weight : allocation.weights())
    matrices += weight.bytes();
  int64_t budget = target - int64_t(all - std::min(all, matrices));
  if (!module->hasAttr(names::sizeBeside))
    return budget;
  return std::clamp(budget, allocation.leastBytes(),
                    std::max(allocation.leastBytes(), allocation.mostBytes()));
}

FailureOr<int64_t> AllocatePass::budgetFor(const Allocation &allocation) {
  if (maxKl != 0)
    return smallestBudgetWithin(maxKl, allocation, getOperation(), getArgument());
  if (targetSize.empty())
    return int64_t(targetBits / 8 * double(allocation.numbers()));
  int64_t target = *parseByteSize(targetSize), budget = budgetOfFile(allocation, target),
          least = allocation.leastBytes();
  if (budget < least)
    return error() << "expects 'target-size' of at least " << target - budget + least
                   << " bytes, which the smallest candidates and the rest of the model take, found "
                   << target;
  return budget;
}

FailureOr<KnapsackChoice> AllocatePass::choose(const Allocation &allocation, int64_t budget) {
  auto choice = allocation.choose(budget);
  if (!choice)
    return error() << "expects 'target-bits' of at least "
                   << shortNumber(std::ceil(1e4 * 8 * double(allocation.leastBytes()) /
                                            double(allocation.numbers())) /
                                  1e4)
                   << ", which the smallest candidates take, found " << shortNumber(targetBits);
  return *choice;
}

/// For who writes the file, and sees what it takes.
void AllocatePass::reportSize(const Allocation &allocation, const KnapsackChoice &choice) {
  Builder builder(&getContext());
  auto number = [&](StringRef key, int64_t value) {
    return builder.getNamedAttr(key, builder.getI64IntegerAttr(value));
  };
  getOperation()->setAttr(names::size,
                          builder.getDictionaryAttr({number("target", *parseByteSize(targetSize)),
                                                     number("bytes", choice.bytes),
                                                     number("least", allocation.leastBytes()),
                                                     number("most", allocation.mostBytes())}));
}

void AllocatePass::report(const Allocation &allocation, const KnapsackChoice &choice,
                          int64_t budget) {
  auto remark = remark::analysis(getOperation().getLoc(),
                                 remark::RemarkOpts::name(getArgument()).category("compress"));
  remark << remark::metric("budget_bytes", budget) << remark::metric("bytes", choice.bytes)
         << remark::metric("bits", 8 * double(choice.bytes) / double(allocation.numbers()))
         << remark::metric(allocation.isMeasured() ? "predicted_kl" : "relative_error",
                           choice.price)
         << remark::metric("gap", choice.price - choice.bound);
}

LogicalResult AllocatePass::run() {
  auto asked = request();
  if (failed(asked))
    return failure();
  auto allocation = Allocation::survey(getOperation(), *asked);
  if (failed(allocation))
    return failure();
  if (allocation->empty())
    return success();
  auto budget = budgetFor(*allocation);
  if (failed(budget))
    return failure();
  auto choice = choose(*allocation, *budget);
  if (failed(choice) || failed(allocation->assemble(*choice)))
    return failure();
  if (!targetSize.empty())
    reportSize(*allocation, *choice);
  report(*allocation, *choice, *budget);
  return success();
}
