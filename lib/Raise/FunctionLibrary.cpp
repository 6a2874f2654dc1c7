// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses the body of a function by its condition.
#include "lib/Raise/FunctionLibrary.h"

#include "dialects/Onnx/Schema/Function.h"
#include "dialects/Onnx/Wire/Fields.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
/// A call of a function, under one of its bodies.
struct Call {
  const NodeForm &form;
  MessageAttr function;

  /// The input of that name; null where the call omits it, or the function has none.
  Value input(StringRef name) const;
  std::optional<std::string> attribute(StringRef name) const;
  bool satisfies(StringRef condition) const;
};
} // namespace

Value Call::input(StringRef name) const {
  unsigned i = 0;
  for (NamedAttribute field : function.getFields())
    if (field.getName() == "input" && cast<StringAttr>(field.getValue()) == name)
      return form.input(i);
    else
      i += field.getName() == "input";
  return {};
}

/// A string or a number, as the call has it or by default; empty where it is neither.
std::optional<std::string> Call::attribute(StringRef name) const {
  if (Attribute given = form.attribute(name)) {
    if (auto text = dyn_cast<StringAttr>(given))
      return text.str();
    if (auto real = dyn_cast<FloatAttr>(given))
      return std::to_string(real.getValueAsDouble());
    auto number = dyn_cast<IntegerAttr>(given);
    return number ? std::to_string(number.getInt()) : "";
  }
  for (NamedAttribute field : function.getFields()) {
    auto proto = dyn_cast<MessageAttr>(field.getValue());
    if (field.getName() != "attribute_proto" || !proto || proto.getString("name") != name)
      continue;
    if (auto number = dyn_cast_or_null<IntegerAttr>(proto.get("i")))
      return std::to_string(number.getInt());
    if (auto real = dyn_cast_or_null<FloatAttr>(proto.get("f")))
      return std::to_string(real.getValueAsDouble());
    return proto.getString("s").str();
  }
  return std::nullopt;
}

bool Call::satisfies(StringRef condition) const {
  if (condition.consume_front("!"))
    return !satisfies(condition);
  size_t end = condition.find_first_of("=>:");
  StringRef name = condition.take_front(end);
  std::optional<std::string> found = attribute(name);
  if (end == StringRef::npos)
    return input(name) || found;
  StringRef wanted = condition.drop_front(end + 1);
  if (condition[end] == ':')
    return input(name) && onnxTypeName(input(name).getType()) == wanted;
  if (condition[end] == '=')
    return found && *found == wanted;
  double number = 0, limit = 0;
  return found && !StringRef(*found).getAsDouble(number) && !wanted.getAsDouble(limit) &&
         number > limit;
}

MessageAttr retort::findFunction(const NodeForm &call) {
  MLIRContext *context = nullptr;
  for (Value input : call.inputs)
    context = input ? input.getContext() : context;
  for (Type output : call.outputs)
    context = output ? output.getContext() : context;
  if (!context)
    return {};
  for (const FunctionBody &body : functionBodies(call.domain, call.name)) {
    MessageAttr function = decodeMessage(context, MessageKind::FunctionProto, body.proto);
    SmallVector<StringRef> conditions;
    body.condition.split(conditions, ' ', -1, /*KeepEmpty=*/false);
    Call site{call, function};
    if (llvm::all_of(conditions, [&](StringRef each) { return site.satisfies(each); }))
      return function;
  }
  return {};
}
