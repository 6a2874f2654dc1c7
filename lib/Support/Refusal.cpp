// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Support/Refusal.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;

void retort::reportMissed(const Refusals &refusals, StringRef pass, StringRef category) {
  for (const Refusals::Entry &each : refusals.all()) {
    auto missed = remark::missed(each.place, remark::RemarkOpts::name(pass).category(category));
    missed << remark::reason("{0}", each.reason);
    if (each.count > 1)
      missed << remark::metric("count", each.count);
  }
}
