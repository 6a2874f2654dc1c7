// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drops functions that nothing calls.
#include "lib/Export/UncalledFunctions.h"
#include "lib/Raise/FunctionBody.h"

#include "dialects/Onnx/Onnx.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace retort;
using onnx::MessageAttr;

/// Every node below a message, those in graphs of nodes too.
static void forEachNode(MessageAttr message, function_ref<void(MessageAttr)> visit) {
  for (NamedAttribute field : message.getFields()) {
    auto inner = dyn_cast<MessageAttr>(field.getValue());
    if (!inner)
      continue;
    if (field.getName() == "node")
      visit(inner);
    forEachNode(inner, visit);
  }
}

static llvm::StringMap<MessageAttr> functionsOf(MessageAttr model) {
  llvm::StringMap<MessageAttr> functions;
  for (NamedAttribute field : model ? model.getFields() : ArrayRef<NamedAttribute>())
    if (auto function = dyn_cast<MessageAttr>(field.getValue());
        function && field.getName() == "functions")
      functions.try_emplace(functionKey(function), function);
  return functions;
}

SmallVector<onnx::NodeOp> retort::callsOfFunctions(ModuleOp module) {
  auto functions = functionsOf(module->getAttrOfType<MessageAttr>("onnx.model"));
  SmallVector<onnx::NodeOp> calls;
  module.walk([&](onnx::NodeOp node) {
    if (functions.contains(calledFunction(node)))
      calls.push_back(node);
  });
  return calls;
}

void retort::dropUncalledFunctions(ModuleOp module) {
  auto model = module->getAttrOfType<MessageAttr>("onnx.model");
  llvm::StringMap<MessageAttr> functions = functionsOf(model);
  if (functions.empty())
    return;
  llvm::StringSet<> called;
  SmallVector<MessageAttr> toRead;
  auto call = [&](StringRef key) {
    if (MessageAttr function = functions.lookup(key); function && called.insert(key).second)
      toRead.push_back(function);
  };
  module.walk([&](onnx::NodeOp node) { call(calledFunction(node)); });
  while (!toRead.empty())
    forEachNode(toRead.pop_back_val(), [&](MessageAttr node) {
      call(functionKey(node.getString("domain"), node.getString("op_type"),
                       node.getString("overload")));
    });
  SmallVector<NamedAttribute> fields;
  for (NamedAttribute field : model.getFields())
    if (auto function = dyn_cast<MessageAttr>(field.getValue());
        !function || field.getName() != "functions" || called.contains(functionKey(function)))
      fields.push_back(field);
  if (fields.size() != model.getFields().size())
    module->setAttr("onnx.model", MessageAttr::get(module.getContext(), fields));
}
