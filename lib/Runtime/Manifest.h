// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compiled model says of itself: functions, their inputs, states, weights and outputs, facts
// of the language model.
#ifndef RETORT_LIB_RUNTIME_MANIFEST_H
#define RETORT_LIB_RUNTIME_MANIFEST_H

#include "lib/Runtime/Tensor.h"

#include <optional>
#include <string_view>

namespace retort::runtime {

struct ValueInfo {
  std::string name;
  ElementType type;
  Shape shape;                   // -1: dynamic
  std::vector<std::string> dims; // names of dynamic sizes, or empty
  std::string role;              // tokens, mask, positions, past:0, logits, present:0 ..., or empty
  // What an input is where the caller leaves it out: an index into the weights; -1: it must be
  // given.
  int64_t defaultWeight = -1;
  Shape defaultShape;

  bool hasDefault() const { return defaultWeight >= 0; }
};

struct WeightInfo {
  uint64_t offset, bytes;
  ElementType type;
  Shape shape;
  std::string format; // how a matrix is packed for its kernel; empty: a tensor as it is
};

struct FunctionInfo {
  std::string name, symbol;
  std::vector<ValueInfo> inputs, outputs;
  std::vector<int64_t> states, weights; // indices into the manifest's lists
  int64_t context = 0;                  // tokens that the states hold; 0: the language's context
  bool rewinds = false;                 // states are rows of tokens, which are written again
  std::vector<std::string> fixed;       // inputs of the file that the code was compiled for
};

struct LanguageInfo {
  int64_t context = 0; // trained or compiled length in tokens; 0: not known
  int64_t vocabulary = 0;
  std::optional<int64_t> bos;
  std::vector<int64_t> eos;
};

struct Manifest {
  std::string id; // of manifest and weights; empty: any weights of the right sizes will do
  std::string cpu;
  std::vector<std::string> features; // "+avx2"
  std::string numerics;              // exact, accurate or fast: what sums may be from those of f32
  std::vector<FunctionInfo> functions;
  std::vector<WeightInfo> weights;
  std::vector<ValueInfo> states;
  LanguageInfo language;
  std::string noDecodeStep; // why there is no function `step`, where one was asked for

  /// Whether the code multiplies by tiles (AMX) where it may.
  bool wantsTiles() const;

  /// Throws where the text is not a manifest of this version or contradicts itself.
  static Manifest parse(std::string_view json);
};

} // namespace retort::runtime

#endif
