// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names values, without clashes.
#include "lib/Export/Names.h"

using namespace mlir;
using namespace retort;

bool Names::isTaken(StringRef name) const {
  if (values.count(name))
    return true;
  for (const Names *around = outer; around; around = around->outer)
    if (Value value = around->values.lookup(name))
      return llvm::any_of(value.getUsers(), [&](Operation *user) {
        return block->findAncestorOpInBlock(*user) != nullptr;
      });
  return false;
}

bool Names::bind(Value value, StringRef wanted) {
  if (wanted.empty() || isTaken(wanted))
    return false;
  names[value] = wanted.str();
  values[wanted] = value;
  return true;
}

void Names::bindUnique(Value value, StringRef wanted) {
  std::string stem = wanted.empty() ? "value" : wanted.str();
  if (bind(value, stem))
    return;
  unsigned &number = numbers[stem];
  while (!bind(value, stem + "_" + std::to_string(++number)))
    ;
}

StringRef Names::of(Value value) const {
  auto found = names.find(value);
  if (found != names.end())
    return found->second;
  return outer ? outer->of(value) : StringRef();
}
