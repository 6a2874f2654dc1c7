// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Level 1 of the onnx dialect: the image of a file.
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;

#define GET_TYPEDEF_CLASSES
#include "dialects/Onnx/GraphTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Onnx/GraphAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Onnx/Graph.cpp.inc"

void onnx::OnnxDialect::addGraph() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Onnx/GraphTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Onnx/GraphAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Onnx/Graph.cpp.inc"
      >();
}

Attribute onnx::MessageAttr::get(StringRef name) const {
  for (NamedAttribute field : getFields())
    if (field.getName() == name)
      return field.getValue();
  return Attribute();
}

StringRef onnx::MessageAttr::getString(StringRef name) const {
  auto text = dyn_cast_or_null<StringAttr>(get(name));
  return text ? text.getValue() : "";
}

Attribute onnx::MessageAttr::parse(AsmParser &parser, Type) {
  SmallVector<NamedAttribute> fields;
  auto parseField = [&]() -> ParseResult {
    std::string name;
    Attribute value;
    if (parser.parseString(&name) || parser.parseEqual() || parser.parseAttribute(value))
      return failure();
    fields.emplace_back(parser.getBuilder().getStringAttr(name), value);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseField))
    return {};
  return get(parser.getContext(), fields);
}

void onnx::MessageAttr::print(AsmPrinter &printer) const {
  printer << "<";
  llvm::interleaveComma(getFields(), printer, [&](NamedAttribute field) {
    printer << "\"" << field.getName().getValue() << "\" = " << field.getValue();
  });
  printer << ">";
}

SmallVector<Value> onnx::NodeOp::getInputSlots() {
  ArrayRef<int64_t> omitted = getOmitted().value_or(ArrayRef<int64_t>());
  SmallVector<Value> slots;
  auto next = getInputs().begin();
  for (size_t i = 0, e = getInputs().size() + omitted.size(); i < e; ++i)
    slots.push_back(llvm::is_contained(omitted, int64_t(i)) ? Value() : Value(*next++));
  return slots;
}

LogicalResult onnx::NodeOp::verify() {
  if (getOutputs().size() != getNumResults())
    return emitOpError() << "expects a name for each of its " << getNumResults()
                         << " results, found " << getOutputs().size();
  int64_t last = -1, slots = getInputs().size() + getOmitted().value_or(ArrayRef<int64_t>()).size();
  for (int64_t position : getOmitted().value_or(ArrayRef<int64_t>())) {
    if (position <= last || position >= slots)
      return emitOpError() << "expects omitted inputs in order and below " << slots << ", found "
                           << position;
    last = position;
  }
  unsigned graphs = 0;
  for (Attribute attribute : getAttributeList().value_or(ArrayAttr::get(getContext(), {}))) {
    auto named = dyn_cast<AttributeAttr>(attribute);
    if (!named)
      return emitOpError() << "expects attributes of kind #onnx.attribute, found " << attribute;
    graphs += isa<UnitAttr>(named.getValue());
  }
  if (graphs != getGraphs().size())
    return emitOpError() << "expects a region for each of its " << graphs << " graphs, found "
                         << getGraphs().size();
  return success();
}

void retort::onnx::YieldOp::build(mlir::OpBuilder &, mlir::OperationState &) {}
