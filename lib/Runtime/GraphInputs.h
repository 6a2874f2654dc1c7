// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a language model's graph is given to read some tokens.
#ifndef RETORT_LIB_RUNTIME_GRAPHINPUTS_H
#define RETORT_LIB_RUNTIME_GRAPHINPUTS_H

#include "lib/Runtime/Decoder.h"

namespace retort::runtime {

/// Makes the inputs of a graph. Inside the runtime: its functions throw.
class GraphInputs {
public:
  /// `info` outlives this.
  GraphInputs(const FunctionInfo &info, GraphRoles roles)
      : facts(&info), places(std::move(roles)) {}

  const GraphRoles &roles() const { return places; }
  /// The sequence length that the graph demands; -1: any.
  int64_t fixedLength() const;
  /// Whether an axis has the size that the tokens call their batch.
  bool isBatch(const ValueInfo &value, size_t axis) const;
  /// A tensor whose last axis is `row`, whatever axes come before it (batch; the three of
  /// multimodal positions).
  Tensor fill(int input, const std::vector<int64_t> &row, int64_t texts) const;
  /// One for each cache, in the order of roles().caches; Tensor() for one that has a default.
  std::vector<Tensor> emptyCaches(int64_t texts) const;
  /// All inputs: `text` stands at the positions from `first` on, behind what `caches` hold.
  std::vector<Tensor> forText(const std::vector<int64_t> &text, int64_t first,
                              const std::vector<Tensor> &caches) const;

private:
  Tensor emptyCache(const ValueInfo &cache, int64_t texts) const;

  const FunctionInfo *facts;
  GraphRoles places;
};

/// What a graph is given to read a text from the beginning, in one call; Tensor() where an input
/// has a default. An error for a graph that cannot read so many tokens at once.
Result<std::vector<Tensor>> inputsForText(const FunctionInfo &info,
                                          const std::vector<int64_t> &text);
/// The output of a graph that is logits; an error where there is none, or where the graph has
/// inputs of which a text says nothing.
Result<int> logitsOutput(const FunctionInfo &info);

} // namespace retort::runtime

#endif
