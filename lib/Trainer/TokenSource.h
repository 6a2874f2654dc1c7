// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens that are trained on: documents, each with BOS in front of it, joined.
#ifndef RETORT_LIB_TRAINER_TOKENSOURCE_H
#define RETORT_LIB_TRAINER_TOKENSOURCE_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>

namespace retort {

class TokenSource {
public:
  virtual ~TokenSource() = default;
  /// What errors call it.
  virtual std::string name() const = 0;
  virtual int64_t size() const = 0;
  /// Those from `first` on, as many as there is room for.
  virtual void read(int64_t first, llvm::MutableArrayRef<int64_t> tokens) const = 0;
  /// Tells the tokens from all others.
  virtual std::string hash() const = 0;
};

} // namespace retort

#endif
