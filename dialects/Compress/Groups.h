// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the elements of a weight share scales.
#ifndef RETORT_DIALECTS_COMPRESS_GROUPS_H
#define RETORT_DIALECTS_COMPRESS_GROUPS_H

#include <algorithm>
#include <cstdint>

namespace retort::compress {

/// A tensor seen as outer x length x inner, row-major; `group` neighbours along `length` share an
/// entry of a table of outer x groups() x inner entries. The last group may be shorter.
struct Groups {
  int64_t outer = 1, length = 1, inner = 1, group = 1;

  int64_t groups() const { return (length + group - 1) / group; }
  int64_t entries() const { return outer * groups() * inner; }
  int64_t size() const { return outer * length * inner; }
  /// The entry of element `i`.
  int64_t entryOf(int64_t i) const {
    int64_t column = i % inner, row = i / inner;
    return (row / length * groups() + row % length / group) * inner + column;
  }

  /// Calls visit(begin, count, entry, step) for runs of elements begin ... begin + count - 1 whose
  /// entries are entry, entry + step, entry + 2 step ...; step is 0 or 1.
  template <typename Visit> void forEachRun(int64_t begin, int64_t count, Visit visit) const {
    for (int64_t end = begin + count; begin < end;) {
      int64_t column = begin % inner, row = begin / inner, place = row % length;
      // With one column a run is the rest of a group, else the rest of a row.
      int64_t run = inner == 1 ? std::min(group - place % group, length - place) : inner - column;
      run = std::min(run, end - begin);
      visit(begin, run, entryOf(begin), inner == 1 ? 0 : 1);
      begin += run;
    }
  }
};

} // namespace retort::compress

#endif
