// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a text has left in a model, apart from the code that reads it: copies go on by themselves,
// and a file keeps it for another process.
//
// A file, little endian:
//
//   bytes   what
//   0..7    "RSTATE" and two zeros
//   8..15   version, 1
//   then    as numbers of 8 bytes: what the model is called (its length, its bytes); how many
//   tokens
//           were read, and each; how many tensors there are, and of each its type, its rank, its
//           sizes, and pages that are not zero: how many, and of each its number and its bytes
//   end     a hash of all before
#ifndef RETORT_LIB_RUNTIME_DECODERSTATE_H
#define RETORT_LIB_RUNTIME_DECODERSTATE_H

#include "lib/Runtime/Result.h"
#include "lib/Runtime/Tensor.h"

namespace retort::runtime {

struct DecoderState {
  std::string model;           ///< the id of its manifest; empty: it has none
  std::vector<int64_t> tokens; ///< that were read
  std::vector<Tensor> states;
};

/// Writes a file, or none: it appears when it is complete.
Status writeState(const std::string &path, const DecoderState &state);
/// An error, which begins with the path, where there is none, or a part of one is missing or
/// another.
Result<DecoderState> readState(const std::string &path);

/// An error where a state is of another model, or of tensors of other types or sizes.
Status expectStateOf(const DecoderState &state, const std::string &model,
                     const std::vector<Tensor> &states);

/// Copies what is not zero into memory that is: pages that nobody wrote to take none.
void copyWritten(const Tensor &from, const Tensor &into);

} // namespace retort::runtime

#endif
