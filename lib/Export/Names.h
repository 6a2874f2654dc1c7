// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The names that the values of a graph get in the file.
#ifndef RETORT_LIB_EXPORT_NAMES_H
#define RETORT_LIB_EXPORT_NAMES_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace retort {

/// Each value has the name that it wants, or that name with a number where another value has it. A
/// graph may use a name of the graphs around it again, unless it reads that value.
class Names {
public:
  explicit Names(mlir::Block *block, const Names *outer = nullptr) : block(block), outer(outer) {}

  /// Gives `wanted` to the value where it is free, and returns whether it was.
  bool bind(mlir::Value value, llvm::StringRef wanted);
  /// The same, with a number where it is not.
  void bindUnique(mlir::Value value, llvm::StringRef wanted);
  /// Takes a name for what is no value, so that none gets it.
  void reserve(llvm::StringRef name) { values.try_emplace(name); }

  bool has(mlir::Value value) const { return names.count(value); }
  /// Here, or in the graphs around; empty where it has none.
  llvm::StringRef of(mlir::Value value) const;
  /// The value of this graph that has the name, or null.
  mlir::Value valueOf(llvm::StringRef name) const { return values.lookup(name); }

private:
  bool isTaken(llvm::StringRef name) const;

  mlir::Block *block;
  const Names *outer;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::StringMap<mlir::Value> values;
  /// The last number behind a name.
  llvm::StringMap<unsigned> numbers;
};

} // namespace retort

#endif
