// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a sequence says the same several times in a row.
#ifndef RETORT_LIB_CODEGEN_FINDREPEATS_H
#define RETORT_LIB_CODEGEN_FINDREPEATS_H

#include "llvm/ADT/ArrayRef.h"

#include <optional>

namespace retort {

/// `count` pieces of `period` symbols each, equal to one another, from `begin` on.
struct Repeats {
  size_t begin, period, count;
  /// Symbols that one piece in place of all leaves out.
  size_t saved() const { return (count - 1) * period; }
};

/// The repeats, of 8 symbols or more, that save most, if that is at least `leastSaved`; of the
/// places where they may begin the first one of the least `cost`, which has a number for each
/// symbol. Takes time that grows with the number of symbols alone.
std::optional<Repeats> findRepeats(llvm::ArrayRef<uint64_t> symbols, llvm::ArrayRef<int64_t> cost,
                                   size_t leastSaved);

} // namespace retort

#endif
