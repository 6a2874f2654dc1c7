// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the inputs and outputs of a language model's graph mean.
#ifndef RETORT_LIB_ANALYSIS_ROLES_H
#define RETORT_LIB_ANALYSIS_ROLES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "dialects/Retort/Names.h"

#include <string>

namespace retort {

/// The attribute of arguments and results that holds a role.
inline constexpr llvm::StringLiteral roleAttribute = names::role;

/// One role for each argument and result; empty where there is none.
struct Roles {
  llvm::SmallVector<std::string> arguments, results;
};

/// By dataflow first, names second; the description of the pass `assign-roles` has the rules.
Roles findRoles(mlir::func::FuncOp function);

/// What a role attribute says; empty where there is none.
llvm::StringRef roleOfArgument(mlir::func::FuncOp function, unsigned argument);
llvm::StringRef roleOfResult(mlir::func::FuncOp function, unsigned result);

} // namespace retort

#endif
