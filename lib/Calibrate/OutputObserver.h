// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up how much a model's loss depends on what its weights give.
#ifndef RETORT_LIB_CALIBRATE_OUTPUTOBSERVER_H
#define RETORT_LIB_CALIBRATE_OUTPUTOBSERVER_H

#include "lib/Calibrate/GramSum.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Statistics/Statistics.h"
#include "lib/Text/Tokenizer.h"

namespace retort {

class OutputObserver {
public:
  /// Compiles the gradient for windows of `context` tokens. Large sums may be written to `folder`;
  /// `observed` outlives the observer. The error says what has no gradient.
  static llvm::Expected<std::unique_ptr<OutputObserver>>
  create(const ObservedModel &observed, int64_t context, llvm::StringRef folder);
  ~OutputObserver();

  /// Reads a window once more, and back. `logits` of it, and all `outputs` of the observed model,
  /// are those of its first reading; `call` is its number. The error says where a gradient is not
  /// finite.
  llvm::Error observe(const text::TokenIds &window, const runtime::Tensor &logits,
                      const std::vector<runtime::Tensor> &outputs, size_t call);
  /// The sums so far, and back. False where there are too few bytes.
  void save(llvm::raw_ostream &stream) const;
  bool load(llvm::StringRef &bytes);
  /// Gives the records what was observed, in arrays of this object.
  void addTo(std::vector<StatisticsRecord> &records);

  bool isHeld = false;

private:
  struct Sums {
    GramSum gram, inputs;
    double squares = 0;
    int64_t rows = 0;
    ScratchArray<float> writtenGram, writtenInputs; ///< what addTo gives

    Sums(int64_t outputs, int64_t inputs, llvm::StringRef folder);
    void write(OutputMoments &moments, llvm::StringRef folder);
  };
  struct Observation {
    std::string weight;
    int64_t outputs, inputs;            ///< inputs: 0 where these are not weighted
    llvm::SmallVector<int64_t> results; ///< of the gradient
    int64_t activation;                 ///< among the outputs of the observed model
    Sums fitted, held;
  };

  OutputObserver() = default;
  llvm::Error add(Observation &each, const std::vector<runtime::Tensor> &gradients,
                  const std::vector<runtime::Tensor> &outputs);

  std::unique_ptr<runtime::Model> gradient;
  std::vector<Observation> all;
  std::string folder;
};

} // namespace retort

#endif
