// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The remarks of compression methods.
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace mlir::remark;

static StringRef nameOf(retort::Exactness exactness) {
  switch (exactness) {
  case retort::Exactness::Exact:
    return "exact";
  case retort::Exactness::Bounded:
    return "bounded";
  case retort::Exactness::Statistical:
    return "statistical";
  }
  llvm_unreachable("an exactness without a name");
}

static RemarkOpts options(StringRef method) {
  return RemarkOpts::name(method).category("compress");
}

remark::detail::InFlightRemark retort::weightPassed(Location loc, StringRef method, StringRef name,
                                                    const WeightChange &change) {
  auto result = passed(loc, options(method));
  result << metric("weight", name) << metric("bytes_before", change.bytesBefore)
         << metric("bytes_after", change.bytesAfter) << metric("weight_error", change.weightError)
         << metric("exactness", nameOf(change.exactness));
  if (change.magnitudes)
    result << metric("numbers", change.magnitudes->count())
           << metric("largest", change.magnitudes->largest())
           << metric("typical", change.magnitudes->typical())
           << metric("magnitudes", change.magnitudes->bins());
  return result;
}

remark::detail::InFlightRemark retort::weightMissed(Location loc, StringRef method,
                                                    StringRef name) {
  auto result = missed(loc, options(method));
  result << metric("weight", name);
  return result;
}
