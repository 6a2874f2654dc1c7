// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Queries of the generated table of function bodies.
#include "dialects/Onnx/Schema/Function.h"

#include "dialects/Onnx/Schema/Schema.h"

using namespace retort;
using onnx::FunctionBody;

#include "dialects/Onnx/OnnxFunctions.cpp.inc"

llvm::ArrayRef<FunctionBody> onnx::allFunctionBodies() { return functionTable; }

llvm::ArrayRef<FunctionBody> onnx::functionBodies(llvm::StringRef domain, llvm::StringRef name) {
  llvm::ArrayRef<FunctionBody> rest = allFunctionBodies();
  auto isIt = [&](const FunctionBody &body) {
    return body.domain == plainDomain(domain) && body.name == name;
  };
  while (!rest.empty() && !isIt(rest.front()))
    rest = rest.drop_front();
  return rest.take_while(isIt);
}
