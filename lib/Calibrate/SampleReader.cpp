// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a model on a sample.
#include "lib/Calibrate/Sample.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Runtime/Decoder.h"
#include "lib/Runtime/TensorFolder.h"

using namespace retort;
using runtime::Tensor;

namespace {
/// A window a call.
class TextReader : public SampleReader {
public:
  TextReader(const CalibrationSample &sample, std::unique_ptr<runtime::Decoder> decoder)
      : sample(sample), decoder(std::move(decoder)) {}

  llvm::Expected<Tensor> read(size_t call) override {
    decoder->reset();
    auto logits = decoder->feed(sample.windows[call]);
    if (!logits)
      return makeError(logits.error());
    return std::move(*logits);
  }

private:
  const CalibrationSample &sample;
  std::unique_ptr<runtime::Decoder> decoder;
};

/// The inputs of a folder a call.
class FolderReader : public SampleReader {
public:
  FolderReader(const CalibrationSample &sample, runtime::Function &function, ObserveCall observe)
      : sample(sample), function(function), observe(std::move(observe)) {}

  llvm::Expected<Tensor> read(size_t call) override;

private:
  CountedRows rowsOf(const std::vector<Tensor> &inputs) const;

  const CalibrationSample &sample;
  runtime::Function &function;
  ObserveCall observe;
};
} // namespace

/// The first input of two axes that is called a mask: 1 where there is a token, 0 where the batch
/// was filled up.
CountedRows FolderReader::rowsOf(const std::vector<Tensor> &inputs) const {
  for (auto [value, tensor] : llvm::zip_equal(function.info().inputs, inputs)) {
    bool isMask = value.role == "mask" || llvm::StringRef(value.name).contains("mask");
    if (!isMask || !tensor.isGiven() || tensor.rank() != 2)
      continue;
    CountedRows rows{tensor.shape(), {}};
    for (int64_t i = 0; i < tensor.count(); ++i)
      rows.counts.push_back(tensor.at(i) != 0);
    return rows;
  }
  return {};
}

llvm::Expected<Tensor> FolderReader::read(size_t call) {
  auto inputs = runtime::readInputs(sample.folders[call], function.info());
  if (!inputs)
    return makeError(inputs.error());
  auto outputs = function.call(*inputs);
  if (!outputs)
    return makeError(sample.name(call) + ": " + outputs.error());
  observe(*outputs, rowsOf(*inputs));
  return Tensor();
}

llvm::Expected<std::unique_ptr<SampleReader>>
SampleReader::create(runtime::Model &model, const CalibrationSample &sample, ObserveCall observe) {
  if (sample.windows.empty())
    return std::make_unique<FolderReader>(sample, *model.function("main"), std::move(observe));
  auto decoder = runtime::Decoder::ofGraph(
      model, [observe](const std::vector<Tensor> &outputs) { observe(outputs, {}); });
  if (!decoder)
    return makeError(decoder.error());
  return std::make_unique<TextReader>(sample, std::move(*decoder));
}
