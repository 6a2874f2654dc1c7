// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text form of typed operations: operands by slot, `_` where one is omitted, then regions,
// attributes and types.
//   %y = onnx.Clip(%x, _, %max) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
#include "dialects/Onnx/Schema/TypedOp.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr StringLiteral operandSizes = "operandSegmentSizes",
                               resultSizes = "resultSegmentSizes";

static bool needsSegments(ArrayRef<Parameter> parameters) {
  return llvm::count_if(parameters,
                        [](const Parameter &p) { return p.occurrence != Occurrence::Single; }) > 1;
}

std::optional<SmallVector<int32_t>> onnx::segmentSizes(ArrayRef<Parameter> parameters,
                                                       ArrayRef<bool> present) {
  SmallVector<int32_t> sizes(parameters.size(), 0);
  for (auto [index, given] : llvm::enumerate(present)) {
    const Parameter *parameter = parameterAt(parameters, index);
    bool variadic = parameter && parameter->occurrence == Occurrence::Variadic;
    if (!parameter ? given : variadic && !given)
      return std::nullopt;
    if (given)
      ++sizes[parameter - parameters.begin()];
  }
  for (auto [parameter, size] : llvm::zip_equal(parameters, sizes))
    if (parameter.occurrence == Occurrence::Single && size != 1)
      return std::nullopt;
  return sizes;
}

void onnx::addSegmentSizes(OperationState &state, StringRef attribute,
                           ArrayRef<Parameter> parameters, ArrayRef<int32_t> sizes) {
  if (needsSegments(parameters))
    state.addAttribute(attribute, DenseI32ArrayAttr::get(state.getContext(), sizes));
}

/// Sizes per parameter as the operation holds them: in its attribute, or else all but one are 1.
static SmallVector<int32_t> sizesOf(Operation *op, StringRef attribute,
                                    ArrayRef<Parameter> parameters, unsigned count) {
  if (auto sizes =
          dyn_cast_or_null<DenseI32ArrayAttr>(op->getInherentAttr(attribute).value_or(Attribute())))
    return SmallVector<int32_t>(sizes.asArrayRef());
  SmallVector<int32_t> sizes(parameters.size(), 1);
  for (auto [parameter, size] : llvm::zip_equal(parameters, sizes))
    if (parameter.occurrence != Occurrence::Single)
      size = int32_t(count) - int32_t(parameters.size()) + 1;
  return sizes;
}

template <typename Range> static SmallVector<Value> slots(ArrayRef<int32_t> sizes, Range values) {
  SmallVector<Value> result;
  auto next = values.begin();
  for (int32_t size : sizes) {
    if (size <= 0)
      result.push_back(Value());
    for (int32_t i = 0; i < size; ++i)
      result.push_back(*next++);
  }
  return result;
}

SmallVector<Value> onnx::operandSlots(Operation *op) {
  const Schema *schema = schemaOf(op->getName());
  if (!schema)
    return llvm::to_vector(op->getOperands());
  return slots(sizesOf(op, operandSizes, schema->inputs(), op->getNumOperands()),
               op->getOperands());
}

SmallVector<Value> onnx::resultSlots(Operation *op) {
  const Schema *schema = schemaOf(op->getName());
  if (!schema)
    return SmallVector<Value>(op->getResults());
  return slots(sizesOf(op, resultSizes, schema->outputs(), op->getNumResults()), op->getResults());
}

static ArrayRef<Value> withoutTrailingHoles(ArrayRef<Value> slots) {
  while (!slots.empty() && !slots.back())
    slots = slots.drop_back();
  return slots;
}

void onnx::printTypedOp(Operation *op, OpAsmPrinter &printer) {
  SmallVector<Value> operands = operandSlots(op), results = resultSlots(op);
  printer << '(';
  llvm::interleaveComma(withoutTrailingHoles(operands), printer, [&](Value value) {
    value ? printer.printOperand(value) : void(printer << '_');
  });
  printer << ')';
  for (Region &region : op->getRegions()) {
    printer << ' ';
    printer.printRegion(region);
  }
  printer.printOptionalAttrDict(op->getAttrs(), {operandSizes, resultSizes});
  printer << " : (";
  llvm::interleaveComma(op->getOperandTypes(), printer);
  printer << ") -> ";
  ArrayRef<Value> shown = withoutTrailingHoles(results);
  bool parentheses = shown.size() != 1;
  if (parentheses)
    printer << '(';
  llvm::interleaveComma(shown, printer, [&](Value value) {
    value ? printer.printType(value.getType()) : void(printer << '_');
  });
  if (parentheses)
    printer << ')';
}

/// One slot: `_`, or what `parse` reads.
static ParseResult parseSlot(OpAsmParser &parser, SmallVectorImpl<bool> &present,
                             function_ref<ParseResult()> parse) {
  present.push_back(failed(parser.parseOptionalKeyword("_")));
  return present.back() ? parse() : success();
}

static ParseResult parseResultTypes(OpAsmParser &parser, SmallVectorImpl<bool> &present,
                                    SmallVectorImpl<Type> &types) {
  auto slot = [&] {
    return parseSlot(parser, present, [&] { return parser.parseType(types.emplace_back()); });
  };
  // Not parseOptionalType: it takes a parenthesis for a function type.
  if (failed(parser.parseOptionalLParen()))
    return slot();
  if (succeeded(parser.parseOptionalRParen()))
    return success();
  return failure(parser.parseCommaSeparatedList(slot) || parser.parseRParen());
}

/// `input, min?, max?`: the declared names, marked as optional or repeated.
static std::string declaration(ArrayRef<Parameter> parameters) {
  return llvm::join(
      llvm::map_range(parameters,
                      [](const Parameter &parameter) {
                        static constexpr StringLiteral marks[] = {"", "?", "..."};
                        return (parameter.name + marks[unsigned(parameter.occurrence)]).str();
                      }),
      ", ");
}

/// Adds the segment sizes of operands or results, or says what is declared instead.
static ParseResult addSegments(OpAsmParser &parser, OperationState &result, StringRef what,
                               StringRef attribute, ArrayRef<Parameter> parameters,
                               ArrayRef<bool> present) {
  std::optional<SmallVector<int32_t>> sizes = segmentSizes(parameters, present);
  if (!sizes)
    return parser.emitError(parser.getNameLoc())
           << "expects " << what << " (" << declaration(parameters) << "), found " << present.size()
           << " with " << llvm::count(present, false) << " omitted";
  addSegmentSizes(result, attribute, parameters, *sizes);
  return success();
}

ParseResult onnx::parseTypedOp(OpAsmParser &parser, OperationState &result) {
  const Schema *schema = schemaOf(result.name);
  if (!schema)
    return parser.emitError(parser.getNameLoc())
           << "expects an operator set of its dialect to have '" << result.name
           << "', found no schema of it";
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<Type> operandTypes, resultTypes;
  SmallVector<bool> givenOperands, givenResults;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
        return parseSlot(parser, givenOperands,
                         [&] { return parser.parseOperand(operands.emplace_back()); });
      }))
    return failure();
  for (const AttributeSchema &attribute : schema->attributes())
    if (attribute.kind == AttributeKind::Graph && parser.parseRegion(*result.addRegion()))
      return failure();
  SMLoc attributesAt = parser.getCurrentLocation();
  if (parser.parseOptionalAttrDict(result.attributes) || parser.parseColon() ||
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren,
          [&] { return parser.parseType(operandTypes.emplace_back()); }) ||
      parser.parseArrow() || parseResultTypes(parser, givenResults, resultTypes) ||
      parser.resolveOperands(operands, operandTypes, parser.getNameLoc(), result.operands))
    return failure();
  result.addTypes(resultTypes);
  if (addSegments(parser, result, "operands", operandSizes, schema->inputs(), givenOperands) ||
      addSegments(parser, result, "results", resultSizes, schema->outputs(), givenResults))
    return failure();
  return result.name.getRegisteredInfo()->verifyInherentAttrs(
      result.attributes, [&] { return parser.emitError(attributesAt); });
}
