// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports the body of a function where it is called.
#include "lib/Raise/FunctionBody.h"

#include "dialects/Onnx/Schema/Schema.h"
#include "dialects/Onnx/Wire/Fields.h"
#include "lib/Import/Importer.h"
#include "lib/Import/ValueType.h"

#include "llvm/ADT/StringSet.h"

#include <deque>

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

std::string retort::functionKey(StringRef domain, StringRef name, StringRef overload) {
  return (plainDomain(domain) + ":" + name + ":" + overload).str();
}

std::string retort::functionKey(MessageAttr function) {
  return functionKey(function.getString("domain"), function.getString("name"),
                     function.getString("overload"));
}

std::string retort::calledFunction(NodeOp node) {
  MessageAttr rest = node.getRestAttr();
  return functionKey(node.getDomain().value_or(""), node.getOpType(),
                     rest ? rest.getString("overload") : "");
}

template <typename AttrT>
static SmallVector<AttrT> fieldsNamed(MessageAttr message, StringRef name) {
  SmallVector<AttrT> found;
  for (NamedAttribute field : message.getFields())
    if (auto value = dyn_cast<AttrT>(field.getValue()); value && field.getName() == name)
      found.push_back(value);
  return found;
}

/// The message with the inputs of its nodes empty that read what the call omits.
static MessageAttr omitInputs(MessageAttr message, const llvm::StringSet<> &absent) {
  SmallVector<NamedAttribute> fields(message.getFields());
  for (NamedAttribute &field : fields) {
    auto text = dyn_cast<StringAttr>(field.getValue());
    if (text && field.getName() == "input" && absent.contains(text))
      field.setValue(StringAttr::get(message.getContext(), ""));
    else if (auto inner = dyn_cast<MessageAttr>(field.getValue()))
      field.setValue(omitInputs(inner, absent));
  }
  return MessageAttr::get(message.getContext(), fields);
}

/// Where a function's data would lie is said nowhere in a module.
static bool hasExternalData(MessageAttr message) {
  return llvm::any_of(message.getFields(), [](NamedAttribute field) {
    auto number = dyn_cast<IntegerAttr>(field.getValue());
    auto inner = dyn_cast<MessageAttr>(field.getValue());
    return (number && field.getName() == "data_location" && number.getInt() == 1) ||
           (inner && hasExternalData(inner));
  });
}

namespace {
/// One call that becomes a body.
class Expansion {
public:
  Expansion(MessageAttr function, NodeOp call)
      : context(call.getContext()), function(function), call(call),
        importer(context, ("function '" + function.getString("name") + "'").str(), texts, "."),
        outputs(fieldsNamed<StringAttr>(function, "output")) {}

  LogicalResult bindInputs();
  LogicalResult importBody(SmallVectorImpl<NodeOp> &body);
  LogicalResult finish(NodeOp node);
  FailureOr<SmallVector<Value>> results();

private:
  LogicalResult importDefaults();
  LogicalResult bindAttributes(NodeOp node);
  void prefixNames(NodeOp node);
  FailureOr<Value> copyOf(StringAttr name, unsigned i);
  LogicalResult importMessages(ArrayRef<MessageAttr> nodes);

  MLIRContext *context;
  MessageAttr function;
  NodeOp call;
  /// The encoded nodes; large constants stay in them.
  std::shared_ptr<std::deque<std::string>> texts = std::make_shared<std::deque<std::string>>();
  Importer importer;
  SmallVector<StringAttr> outputs;
  Scope scope;
  llvm::StringSet<> absent;
  /// What references to attributes stand for.
  llvm::StringMap<AttributeAttr> attributes;
};
} // namespace

LogicalResult Expansion::bindInputs() {
  SmallVector<StringAttr> inputs = fieldsNamed<StringAttr>(function, "input");
  SmallVector<Value> operands = call.getInputSlots();
  if (operands.size() > inputs.size() || call.getNumResults() > outputs.size())
    return call.emitError() << "function '" << call.getOpType() << "' expects at most "
                            << inputs.size() << " inputs and " << outputs.size()
                            << " outputs, found " << operands.size() << " and "
                            << call.getNumResults();
  for (auto [i, name] : llvm::enumerate(inputs)) {
    if (i < operands.size() && operands[i])
      scope.values[name] = operands[i];
    else
      absent.insert(name);
  }
  for (MessageAttr info : fieldsNamed<MessageAttr>(function, "value_info"))
    scope.types[info.getString("name")] = valueType(context, info);
  // What stands around the call expects the types that its results have.
  for (auto [name, result] : llvm::zip(outputs, call.getResults()))
    scope.types[name] = result.getType();
  return success();
}

LogicalResult Expansion::importMessages(ArrayRef<MessageAttr> nodes) {
  SmallVector<StringRef> encoded;
  for (MessageAttr node : nodes) {
    texts->push_back(encodeMessage(MessageKind::NodeProto, node));
    encoded.push_back(texts->back());
  }
  return importer.importNodes(encoded, call, scope);
}

/// The defaults come as attributes of a node that lives only here.
LogicalResult Expansion::importDefaults() {
  SmallVector<NamedAttribute> fields{
      NamedAttribute(StringAttr::get(context, "op_type"), StringAttr::get(context, "defaults"))};
  for (MessageAttr each : fieldsNamed<MessageAttr>(function, "attribute_proto"))
    fields.emplace_back(StringAttr::get(context, "attribute"), each);
  if (failed(importMessages(MessageAttr::get(context, fields))))
    return failure();
  auto holder = cast<NodeOp>(call->getPrevNode());
  for (NodeOp source : {holder, call})
    for (Attribute each : source.getAttributeList().value_or(ArrayAttr::get(context, {})))
      attributes[cast<AttributeAttr>(each).getName()] = cast<AttributeAttr>(each);
  holder.erase();
  return success();
}

LogicalResult Expansion::importBody(SmallVectorImpl<NodeOp> &body) {
  if (hasExternalData(function))
    return call.emitError() << "function '" << call.getOpType()
                            << "' has data outside of the model, which functions cannot have";
  if (failed(importDefaults()))
    return failure();
  SmallVector<MessageAttr> nodes = fieldsNamed<MessageAttr>(function, "node");
  if (!absent.empty())
    for (MessageAttr &node : nodes)
      node = omitInputs(node, absent);
  Operation *before = call->getPrevNode();
  if (failed(importMessages(nodes)))
    return failure();
  Operation *next = before ? before->getNextNode() : &call->getBlock()->front();
  for (; next != call; next = next->getNextNode())
    next->walk([&](NodeOp node) { body.push_back(node); });
  return success();
}

/// A reference takes the value of the attribute that it names; without one the attribute is
/// omitted.
LogicalResult Expansion::bindAttributes(NodeOp node) {
  SmallVector<Attribute> bound;
  for (Attribute each : node.getAttributeList().value_or(ArrayAttr::get(context, {}))) {
    auto attribute = cast<AttributeAttr>(each);
    MessageAttr rest = attribute.getRest();
    if (!rest || !rest.get("ref_attr_name")) {
      bound.push_back(attribute);
      continue;
    }
    AttributeAttr given = attributes.lookup(rest.getString("ref_attr_name"));
    if (!given)
      continue;
    if (isa<UnitAttr>(given.getValue()))
      return call.emitError() << "attribute '" << given.getName().getValue() << "' of function '"
                              << call.getOpType() << "' is a graph, which cannot be inlined";
    bound.push_back(AttributeAttr::get(context, attribute.getName(), given.getValue(),
                                       given.getContent(), given.getRest()));
  }
  if (bound.empty())
    node.removeAttributeListAttr();
  else
    node.setAttributeListAttr(ArrayAttr::get(context, bound));
  return success();
}

/// The values that the call gives keep the names that they have around it.
void Expansion::prefixNames(NodeOp node) {
  StringRef label = call.getName().value_or("");
  std::string prefix = ((label.empty() ? call.getOpType() : label) + "/").str();
  auto prefixed = [&](StringRef name) { return StringAttr::get(context, prefix + name); };
  SmallVector<Attribute> names;
  for (auto name : node.getOutputs().getAsRange<StringAttr>()) {
    auto place = llvm::find(outputs, name) - outputs.begin();
    if (size_t(place) < call.getOutputs().size() && node->getBlock() == call->getBlock() &&
        !cast<StringAttr>(call.getOutputs()[place]).empty())
      names.push_back(call.getOutputs()[place]);
    else
      names.push_back(name.empty() ? name : prefixed(name));
  }
  node.setOutputsAttr(ArrayAttr::get(context, names));
  if (StringAttr name = node.getNameAttr())
    node.setNameAttr(prefixed(name));
}

LogicalResult Expansion::finish(NodeOp node) {
  prefixNames(node);
  return bindAttributes(node);
}

/// A copy of an input that the function hands through, of the result's type.
FailureOr<Value> Expansion::copyOf(StringAttr name, unsigned i) {
  auto text = [&](StringRef key, const Twine &value) {
    return NamedAttribute(StringAttr::get(context, key), StringAttr::get(context, value));
  };
  std::string copy = (name.getValue() + "/copy").str();
  scope.types[copy] = call.getResult(i).getType();
  if (failed(importMessages(
          MessageAttr::get(context, {text("input", name.getValue()), text("output", copy),
                                     text("op_type", "Identity")}))))
    return failure();
  cast<NodeOp>(call->getPrevNode()).setOutputsAttr(ArrayAttr::get(context, call.getOutputs()[i]));
  return scope.find(copy);
}

FailureOr<SmallVector<Value>> Expansion::results() {
  SmallVector<Value> values;
  for (auto [i, name] : llvm::enumerate(ArrayRef(outputs).take_front(call.getNumResults()))) {
    Value value = scope.find(name);
    bool isUsed = !call.getResult(i).use_empty();
    if (!value && isUsed)
      return call.emitError() << "output '" << name.getValue() << "' of function '"
                              << call.getOpType() << "' is defined nowhere";
    if (isUsed && value.getType() != call.getResult(i).getType()) {
      auto copy = copyOf(name, i);
      if (failed(copy))
        return failure();
      value = *copy;
    }
    values.push_back(value);
  }
  return values;
}

FailureOr<SmallVector<Value>> retort::buildBody(MessageAttr function, NodeOp call,
                                                SmallVectorImpl<NodeOp> &body) {
  Expansion expansion(function, call);
  if (failed(expansion.bindInputs()) || failed(expansion.importBody(body)))
    return failure();
  for (NodeOp node : body)
    if (failed(expansion.finish(node)))
      return failure();
  return expansion.results();
}
