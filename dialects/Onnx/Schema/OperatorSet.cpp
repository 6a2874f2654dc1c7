// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Queries of the operators that a dialect brings.
#include "dialects/Onnx/Schema/OperatorSet.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace retort::onnx;

std::string OperatorSet::operationName(StringRef name) const {
  return (getDialect()->getNamespace() + "." + name).str();
}

ArrayRef<Schema> OperatorSet::history(StringRef name) const {
  auto isNamed = [&](const Schema &schema) { return schema.name == name; };
  ArrayRef<Schema> all = schemas();
  all = all.drop_until(isNamed);
  return all.take_while(isNamed);
}

int64_t OperatorSet::newestVersion() const {
  int64_t newest = 1;
  for (const Schema &schema : schemas())
    newest = std::max<int64_t>(newest, schema.version);
  return newest;
}

const Schema *OperatorSet::schemaOf(OperationName operation) const {
  for (const Schema &schema : llvm::reverse(schemas()))
    if (operationName(schema.name) == operation.getStringRef())
      return &schema;
  return nullptr;
}
