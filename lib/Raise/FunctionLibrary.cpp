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

  bool hasInput(StringRef name) const;
  std::optional<std::string> attribute(StringRef name) const;
  bool satisfies(StringRef condition) const;
};
} // namespace

bool Call::hasInput(StringRef name) const {
  unsigned i = 0;
  for (NamedAttribute field : function.getFields())
    if (field.getName() == "input" && cast<StringAttr>(field.getValue()) == name)
      return bool(form.input(i));
    else
      i += field.getName() == "input";
  return false;
}

/// A string or an integer, as the call has it or by default.
std::optional<std::string> Call::attribute(StringRef name) const {
  if (Attribute given = form.attribute(name)) {
    if (auto text = dyn_cast<StringAttr>(given))
      return text.str();
    auto number = dyn_cast<IntegerAttr>(given);
    return number ? std::to_string(number.getInt()) : "";
  }
  for (NamedAttribute field : function.getFields()) {
    auto proto = dyn_cast<MessageAttr>(field.getValue());
    if (field.getName() != "attribute_proto" || !proto || proto.getString("name") != name)
      continue;
    if (auto number = dyn_cast_or_null<IntegerAttr>(proto.get("i")))
      return std::to_string(number.getInt());
    return proto.getString("s").str();
  }
  return std::nullopt;
}

bool Call::satisfies(StringRef condition) const {
  if (condition.consume_front("!"))
    return !satisfies(condition);
  size_t end = condition.find_first_of("=>");
  if (end == StringRef::npos)
    return hasInput(condition) || attribute(condition);
  StringRef wanted = condition.drop_front(end + 1);
  std::optional<std::string> found = attribute(condition.take_front(end));
  if (condition[end] == '=')
    return found && *found == wanted;
  int64_t number = 0, least = 0;
  return found && !StringRef(*found).getAsInteger(10, number) && !wanted.getAsInteger(10, least) &&
         number > least;
}

MessageAttr retort::findFunction(const NodeForm &call, int64_t newest) {
  MLIRContext *context = nullptr;
  for (Value input : call.inputs)
    context = input ? input.getContext() : context;
  for (Type output : call.outputs)
    context = output ? output.getContext() : context;
  for (const FunctionBody &body : functionBodies(call.domain, call.name)) {
    if (body.opset > newest || !context)
      continue;
    MessageAttr function = decodeMessage(context, MessageKind::FunctionProto, body.proto);
    SmallVector<StringRef> conditions;
    body.condition.split(conditions, ' ', -1, /*KeepEmpty=*/false);
    Call site{call, function};
    if (llvm::all_of(conditions, [&](StringRef each) { return site.satisfies(each); }))
      return function;
  }
  return {};
}
