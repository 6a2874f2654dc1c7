// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model loses where one of its matrices is rounded.
#ifndef RETORT_LIB_CALIBRATE_SENSITIVITY_H
#define RETORT_LIB_CALIBRATE_SENSITIVITY_H

#include "lib/Pipeline/OpenModel.h"
#include "lib/Replay/ModelReplay.h"
#include "lib/Rounding/RoundToSample.h"
#include "lib/Runtime/Decoder.h"
#include "lib/Text/Tokenizer.h"

#include <functional>

namespace retort {

/// Reads windows through the whole model, with other weights in its code.
class WholeModelMeter {
public:
  /// What the model says of the windows as it is. `observed` outlives the meter.
  static llvm::Expected<std::unique_ptr<WholeModelMeter>>
  create(const ObservedModel &observed, const std::vector<text::TokenIds> &windows);

  /// See SensitivityMeter.
  llvm::Expected<std::vector<double>> divergencesWith(const ObservedWeight &weight,
                                                      llvm::ArrayRef<float> rows, size_t count);

private:
  WholeModelMeter(const ObservedModel &observed, std::unique_ptr<runtime::Decoder> decoder,
                  const std::vector<text::TokenIds> &windows)
      : observed(&observed), decoder(std::move(decoder)), windows(windows) {}

  llvm::Expected<runtime::Tensor> read(const text::TokenIds &window);
  llvm::Expected<std::vector<double>> divergences(size_t count);

  const ObservedModel *observed;
  std::unique_ptr<runtime::Decoder> decoder;
  std::vector<text::TokenIds> windows;
  std::vector<runtime::Tensor> logits; ///< of the model as it is
};

/// Reads windows again and again, with one matrix changed at a time: from the block on in which the
/// matrix is, where the model can be replayed.
class SensitivityMeter {
public:
  /// `observed` outlives the meter.
  static llvm::Expected<SensitivityMeter> create(const ObservedModel &observed,
                                                 std::vector<text::TokenIds> windows);

  /// The order in which matrices are to be measured: one that comes before another one that was
  /// measured already takes the whole model.
  size_t placeOf(llvm::StringRef weight) const;
  /// Of one matrix, rounded to its record in groups of 32 to levels of 3 and of 2 bits; the least
  /// error first. None where code does not read the matrix as it is, or where logits are not finite
  /// with it.
  /// `outputs` (may be null) is what is known of its outputs: it is rounded to these as well then.
  llvm::Expected<std::vector<Sensitivity>> measure(llvm::StringRef weight,
                                                   const RoundingStatistics &statistics,
                                                   const TwoSidedStatistics *outputs);

private:
  SensitivityMeter(const ObservedModel &observed, std::vector<text::TokenIds> windows)
      : observed(&observed), windows(std::move(windows)) {}

  /// KL in nats a token of the model as it is to the one that has these rows in place of a matrix,
  /// in each of the first windows.
  llvm::Expected<std::vector<double>> divergencesWith(llvm::StringRef name,
                                                      const ObservedWeight &weight,
                                                      llvm::ArrayRef<float> rows, size_t count);

  const ObservedModel *observed;
  std::vector<text::TokenIds> windows;
  std::unique_ptr<ModelReplay> replay;                ///< null where the model cannot be replayed
  llvm::StringMap<std::pair<size_t, int64_t>> places; ///< of its weights, and their blocks
  std::unique_ptr<WholeModelMeter> whole;             ///< made when it is first needed
};

/// As many as cost at most 12 times the forward passes of the sample; 1 to 16.
int64_t usualSensitivityWindows(int64_t windows, int64_t weights);

/// Those of the weights of each record that were measured so far, as a line of text and back.
using SensitivityLists = std::vector<std::vector<std::vector<Sensitivity>>>;
void writeSensitivityLists(llvm::ArrayRef<StatisticsRecord> records, llvm::raw_ostream &stream);
std::optional<SensitivityLists> readSensitivityLists(llvm::StringRef line);

/// Adds to the records the sensitivities that they lack. `advance` is told the share of the weights
/// that are done; its error ends the work.
llvm::Error measureSensitivities(const ObservedModel &observed, std::vector<text::TokenIds> windows,
                                 std::vector<StatisticsRecord> &records,
                                 const std::function<llvm::Error(double)> &advance);

} // namespace retort

#endif
