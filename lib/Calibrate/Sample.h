// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model is run on, call by call.
#ifndef RETORT_LIB_CALIBRATE_SAMPLE_H
#define RETORT_LIB_CALIBRATE_SAMPLE_H

#include "lib/Runtime/Model.h"
#include "lib/Text/Tokenizer.h"

#include "llvm/Support/Error.h"

#include <functional>

namespace retort {

/// Windows of a text, or folders that hold the inputs of a call each.
struct CalibrationSample {
  std::vector<text::TokenIds> windows;
  std::vector<std::string> folders;

  size_t calls() const { return windows.empty() ? folders.size() : windows.size(); }
  /// The last eighth is held back.
  size_t fitted() const { return calls() - calls() / 8; }
  /// How messages call one of them.
  std::string name(size_t call) const;
  /// Tells it from others, by all that is in it.
  std::string hash() const;
};

/// The places of a batch, by the mask of the model's inputs.
struct CountedRows {
  runtime::Shape shape;     ///< batch x tokens; empty: all rows count
  std::vector<char> counts; ///< of each place whether it holds a token

  /// Whether an activation of this shape has a row for each place, and some do not count.
  bool applyTo(const runtime::Shape &activation) const;
};

/// Sees all outputs of a call.
using ObserveCall =
    std::function<void(const std::vector<runtime::Tensor> &outputs, const CountedRows &rows)>;

class SampleReader {
public:
  /// Through the graph as it is, each call from an empty state.
  static llvm::Expected<std::unique_ptr<SampleReader>>
  create(runtime::Model &model, const CalibrationSample &sample, ObserveCall observe);
  virtual ~SampleReader() = default;
  /// The logits of each token of a window; of tensors none.
  virtual llvm::Expected<runtime::Tensor> read(size_t call) = 0;
};

/// The folders below `folder` that hold files, in the order of the numbers in their names; `folder`
/// itself where there are none. At most `most` (0: all).
llvm::Expected<std::vector<std::string>> foldersOfSample(llvm::StringRef folder, int64_t most);

} // namespace retort

#endif
