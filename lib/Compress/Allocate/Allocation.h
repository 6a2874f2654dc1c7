// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options of all matrices, a choice within a budget, and the module that has it.
//
//   auto allocation = Allocation::survey(module, request);
//   auto choice = allocation->choose(bytes);                      another budget: another choice
//   auto copy = allocation->assembled(*choice);                   to look at what it comes to
//   allocation->assemble(*choice);                                in the module itself
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_ALLOCATION_H
#define RETORT_LIB_COMPRESS_ALLOCATE_ALLOCATION_H

#include "lib/Compress/Allocate/Survey.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

class FittedForm;
class RecordRounding;

struct AllocationRequest {
  llvm::StringRef method; ///< who asks, in remarks, which keep the reference; and in errors
  std::string include, exclude;
  std::vector<Candidate> candidates; ///< none: the usual ones
  SampleRounding rounding;
  RoundingSides sides = RoundingSides::Auto;
};

class Allocation {
public:
  /// Asks every matrix that the method takes; what it leaves alone gets a remark. An error at the
  /// module where there are no statistics of it.
  static llvm::FailureOr<Allocation> survey(mlir::ModuleOp module,
                                            const AllocationRequest &request);

  /// The matrices that are chosen for.
  std::vector<LinearWeight> weights() const;
  /// No matrix is there to choose for.
  bool empty() const { return found.weights.empty(); }
  /// Of all matrices.
  int64_t numbers() const;
  /// With the smallest form of each, and with the best.
  int64_t leastBytes() const;
  int64_t mostBytes() const;
  /// Whether prices are nats a token that the model was seen to lose.
  bool isMeasured() const;

  /// nullopt where the smallest forms take more than the budget, which is in bytes.
  std::optional<KnapsackChoice> choose(int64_t budget) const;
  /// Puts the choice in the place of the weights, and says what became of each. To be called once.
  llvm::LogicalResult assemble(const KnapsackChoice &choice);
  /// A copy of the module, with the choice in it; the module stays, and nothing is said.
  llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> assembled(const KnapsackChoice &choice) const;
  /// What a weight is in the choice: outputs x inputs. Asked for one after the other of a record.
  llvm::FailureOr<std::vector<float>> rowsOf(const KnapsackChoice &choice,
                                             llvm::StringRef weight) const;
  /// The sample that the matrices were fitted to.
  const StatisticsSource &source() const { return measured->statistics.file().source(); }

private:
  Allocation(mlir::ModuleOp module, const AllocationRequest &request, MeasuredWeights measured)
      : module(module), request(std::make_shared<AllocationRequest>(request)),
        measured(std::make_shared<MeasuredWeights>(std::move(measured))) {}
  llvm::FailureOr<std::unique_ptr<FittedForm>> formOf(const SurveyedWeight &each, size_t option,
                                                      RecordRounding &rounding) const;
  void report(SurveyedWeight &each, size_t option, FittedForm &form) const;

  mlir::ModuleOp module;
  /// Surveyed weights point into both.
  std::shared_ptr<AllocationRequest> request;
  std::shared_ptr<MeasuredWeights> measured;
  SurveyResult found;
};

} // namespace retort

#endif
