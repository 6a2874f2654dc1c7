// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which share of a weight stays, and where.
#include "lib/Weights/SparsePattern.h"
#include "lib/Weights/KeptWeight.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

LogicalResult SparsePattern::verify(ModuleOp module) const {
  if (!(sparsity >= 0 && sparsity < 1))
    return module.emitError() << "expects 'sparsity' in [0, 1), found " << shortNumber(sparsity);
  if ((n != 0 || m != 0) && !(0 < n && n < m))
    return module.emitError() << "expects 0 < 'n' < 'm', found n=" << n << " and m=" << m;
  return success();
}

StringRef SparsePattern::whyNot(const LinearWeight &weight) const {
  if (StringRef reason = whyNotNumbers(weight); !reason.empty())
    return reason;
  bool keepsAll = m && n >= std::min(m, weight.type().getDimSize(weight.inputAxis()));
  return keepsAll ? "has no more inputs than are kept of a block" : "";
}
