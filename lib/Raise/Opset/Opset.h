// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nodes from one opset to another. A node that is valid under both schemas stays as it is; where an
// operation really changed, an adapter rewrites it. An adapter is one file here and one line in
// Adapters.def.
#ifndef RETORT_LIB_RAISE_OPSET_OPSET_H
#define RETORT_LIB_RAISE_OPSET_OPSET_H

#include "lib/Raise/NodeForm.h"

namespace retort {

/// Rewrites nodes of one operation across the change that `version` made. New constants are typed
/// operations.
struct OpsetAdapter {
  llvm::StringLiteral name;
  int version;
  Refusal (*up)(NodeForm &form, mlir::OpBuilder &builder);
  Refusal (*down)(NodeForm &form);
};

/// The adapter for the change that the schema's version made, or null.
const OpsetAdapter *findAdapter(const onnx::Schema &schema);

/// Rewrites a node that is valid at opset `from` into one that is valid at the higher opset `to`.
Refusal raiseOpset(NodeForm &form, int64_t from, int64_t to, mlir::OpBuilder &builder);

/// Rewrites a node that is valid at opset `from` into one that is valid at the lower opset `to`.
Refusal lowerOpset(NodeForm &form, int64_t from, int64_t to);

/// The lowest opset, from `least` to `from`, to which the node can be brought.
int64_t lowestOpset(const NodeForm &form, int64_t from, int64_t least);

} // namespace retort

#endif
