// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The smallest budget with which a model, as it was measured, diverges no more than it may.
#include "lib/Compress/Allocate/MeasureBudget.h"
#include "lib/Replay/MeasureChanges.h"
#include "lib/Replay/SmallestBudget.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

namespace {
class MeasuredSearch {
public:
  MeasuredSearch(const Allocation &allocation, ModuleOp module, StringRef method, ChangeMeter meter)
      : allocation(allocation), module(module), method(method), meter(std::move(meter)) {}

  double predict(int64_t budget) const {
    auto choice = allocation.choose(budget);
    return choice ? choice->price : HUGE_VAL;
  }
  FailureOr<double> measure(int64_t budget);
  double last = 0; ///< that was measured

private:
  const Allocation &allocation;
  ModuleOp module;
  StringRef method;
  ChangeMeter meter;
  int64_t number = 0;
};
} // namespace

FailureOr<double> MeasuredSearch::measure(int64_t budget) {
  KnapsackChoice choice = *allocation.choose(budget);
  FailureOr<double> kl =
      meter.measure([&](StringRef weight) { return allocation.rowsOf(choice, weight); });
  if (failed(kl))
    return failure();
  last = *kl;
  remark::analysis(module.getLoc(), remark::RemarkOpts::name(method).category("compress"))
      << remark::metric("measurement", ++number) << remark::metric("budget_bytes", budget)
      << remark::metric("bytes", choice.bytes)
      << remark::metric("bits", 8 * double(choice.bytes) / double(allocation.numbers()))
      << remark::metric(allocation.isMeasured() ? "predicted_kl" : "relative_error", choice.price)
      << remark::metric("measured_kl", *kl);
  return *kl;
}

FailureOr<int64_t> retort::smallestBudgetWithin(double maxKl, const Allocation &allocation,
                                                ModuleOp module, StringRef method) {
  std::vector<std::string> names;
  for (const LinearWeight &weight : allocation.weights())
    names.push_back(weight.name().str());
  auto meter = ChangeMeter::create(module, method, "max-kl", allocation.source(), names);
  if (failed(meter))
    return failure();
  MeasuredSearch search(allocation, module, method, std::move(*meter));
  BudgetGoal goal;
  goal.least = allocation.leastBytes();
  goal.most = std::max(goal.least, allocation.mostBytes());
  goal.limit = maxKl;
  goal.predict = [&](int64_t budget) { return search.predict(budget); };
  goal.measure = [&](int64_t budget) { return search.measure(budget); };
  auto found = smallestBudget(goal);
  if (failed(found))
    return failure();
  if (!*found)
    return module.emitError() << "'" << method << "' expects 'max-kl' of at least "
                              << shortNumber(search.last)
                              << ", which the best candidates come to, found "
                              << shortNumber(maxKl);
  return (*found)->budget;
}
