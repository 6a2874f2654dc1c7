// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The statistics that a method fits to, and what they say about one weight.
#ifndef RETORT_LIB_STATISTICS_WEIGHTSTATISTICS_H
#define RETORT_LIB_STATISTICS_WEIGHTSTATISTICS_H

#include "lib/Statistics/KeptRecord.h"
#include "lib/Statistics/ScaledOutputs.h"
#include "lib/Statistics/ScaledRecord.h"
#include "lib/Weights/LinearWeights.h"

#include <map>

namespace retort {

/// Says that `method` changes what the model computes, so that no statistics hold any more.
void markStale(mlir::ModuleOp module, llvm::StringRef method);

/// Says that a method divided the inputs of these weights by `scales`, one for each input: what
/// reads statistics from then on gets those of the inputs as they are.
void markScaled(mlir::ModuleOp module, llvm::ArrayRef<llvm::StringRef> weights,
                llvm::ArrayRef<float> scales);

/// The same of the outputs of a weight, which were divided by `scales`, one for each output.
void markOutputsScaled(mlir::ModuleOp module, llvm::StringRef weight, llvm::ArrayRef<float> scales);

/// Says that a method removed all inputs of a weight but these, by their places: what reads
/// statistics from then on gets those of the inputs that are left.
void markKept(mlir::ModuleOp module, llvm::StringRef weight, llvm::ArrayRef<int64_t> kept);

/// What a method asks of the sample.
struct SampleNeeds {
  KeptSums sums = KeptSums::Gram;
  /// Whether it takes no weight that no row reached: an expert that no token chose.
  bool rows = true;
};

/// The statistics of the file that `retort.statistics` names, of the inputs as they are now.
class WeightStatistics {
public:
  /// An error at the module where there is no file, where it is of another model, and where a
  /// method has changed what the model computes since; and where Grams are needed that were not
  /// kept.
  static mlir::FailureOr<WeightStatistics> of(mlir::ModuleOp module, llvm::StringRef method,
                                              KeptSums needed = KeptSums::Gram);

  /// Null where the sample says nothing about the weight. Weights of one record of which the inputs
  /// were divided by the same have one record.
  const StatisticsRecord *recordOf(const LinearWeight &weight);

  /// What the record that recordOf gave knows of the outputs of the weight as they are now; null
  /// where nothing is known, or where it has another number of outputs.
  const OutputStatistics *outputsOf(const LinearWeight &weight, const StatisticsRecord &record);

  const Statistics &file() const { return *samples; }
  /// Tells the records from those of other samples, and of inputs that were divided by other
  /// scales.
  std::string key() const;

private:
  WeightStatistics(mlir::ModuleOp module, std::shared_ptr<const Statistics> samples)
      : module(module), samples(std::move(samples)) {}

  mlir::ModuleOp module;
  std::shared_ptr<const Statistics> samples;
  /// By what they were made of, and the attribute that says how.
  using Key = std::pair<const StatisticsRecord *, const void *>;
  std::map<Key, std::unique_ptr<ScaledRecord>> scaled;
  std::map<Key, std::unique_ptr<KeptRecord>> keptOnly;
  std::map<std::pair<const OutputStatistics *, const void *>, std::unique_ptr<ScaledOutputs>>
      scaledOutputs;
};

/// What is missing in the record of a weight; empty where nothing is.
llvm::StringRef whatLacks(const StatisticsRecord *record, const LinearWeight &weight,
                          SampleNeeds needs = {});

/// Weights that the sample says something about, with what it says.
struct MeasuredWeights {
  WeightStatistics statistics;
  std::string path; ///< of the file
  std::vector<std::pair<LinearWeight, const StatisticsRecord *>> list;
};

/// The weights that the method works on and the sample says something about; see
/// selectLinearWeights. The others get a `missed` remark of `method`: with the reason of `whyNot`,
/// unless it is empty, or with what the sample lacks.
llvm::FailureOr<MeasuredWeights> selectMeasuredWeights(
    mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef include, llvm::StringRef exclude,
    llvm::function_ref<llvm::StringRef(const LinearWeight &)> whyNot, SampleNeeds needs = {});

/// Calls `fit` on each of them until one fails.
llvm::LogicalResult forEachMeasuredWeight(
    mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef include, llvm::StringRef exclude,
    llvm::function_ref<llvm::StringRef(const LinearWeight &)> whyNot,
    llvm::function_ref<llvm::LogicalResult(LinearWeight &, const StatisticsRecord &)> fit,
    SampleNeeds needs = {});

} // namespace retort

#endif
