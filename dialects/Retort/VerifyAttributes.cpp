// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attributes that the phases leave on operations of other dialects: each stands where its table
// says, and says what it may say.
#include "dialects/Retort/FunctionNames.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace retort;

namespace {
enum class Owner { Module, Function, Argument, Result };

struct AttributeRule {
  StringLiteral name;
  SmallVector<Owner, 2> owners;
  StringLiteral what;
  bool (*accepts)(Attribute value);
};
} // namespace

static bool isHash(Attribute value) {
  auto number = dyn_cast<IntegerAttr>(value);
  return number && number.getType().isInteger(64);
}

static bool isIndex(Attribute value) {
  return isHash(value) && cast<IntegerAttr>(value).getInt() >= 0;
}

static bool isCount(Attribute value) {
  return isIndex(value) && cast<IntegerAttr>(value).getInt() > 0;
}

static bool areTensors(Attribute value) {
  auto list = dyn_cast<ArrayAttr>(value);
  return list && llvm::all_of(list, [](Attribute each) { return isa<ElementsAttr>(each); });
}

/// One letter for each loop of a kernel.
static bool isKernel(Attribute value) {
  auto loops = dyn_cast<StringAttr>(value);
  return isa<UnitAttr>(value) ||
         (loops && loops.getValue().find_first_not_of("prdtw") == StringRef::npos);
}

static bool isEmission(Attribute value) {
  auto word = dyn_cast<StringAttr>(value);
  return word && (word.getValue() == "native" || word.getValue() == "onnx");
}

static bool isBytes(Attribute value) {
  auto number = dyn_cast<IntegerAttr>(value);
  return isa<UnitAttr>(value) || (number && number.getType().isInteger(64));
}

/// A word, or one of several of its kind: tokens, past:3.
static bool isRole(Attribute value) {
  auto role = dyn_cast<StringAttr>(value);
  if (!role)
    return false;
  auto [word, number] = role.getValue().split(':');
  unsigned index;
  bool isWord =
      !word.empty() && llvm::all_of(word, [](char c) { return c == '_' || llvm::isLower(c); });
  bool isNumbered = role.getValue().contains(':');
  return isWord && (!isNumbered || !number.getAsInteger(10, index));
}

template <typename AttrT> static bool isA(Attribute value) { return isa<AttrT>(value); }

static bool areScales(Attribute value) {
  auto scales = dyn_cast<DictionaryAttr>(value);
  return scales && llvm::all_of(scales, [](NamedAttribute each) {
           return isa<DenseF32ArrayAttr>(each.getValue());
         });
}

static bool areNamedTensors(Attribute value) {
  auto tensors = dyn_cast<DictionaryAttr>(value);
  return tensors && llvm::all_of(tensors, [](NamedAttribute each) {
           return isa<ElementsAttr>(each.getValue());
         });
}

static bool arePlaces(Attribute value) {
  auto places = dyn_cast<DictionaryAttr>(value);
  return places && llvm::all_of(places, [](NamedAttribute each) {
           auto list = dyn_cast<DenseI64ArrayAttr>(each.getValue());
           return list && llvm::is_sorted(list.asArrayRef()) && !list.empty() && list[0] >= 0;
         });
}

/// Pairs of numbers, one at least.
static bool areSizes(Attribute value) {
  auto sizes = dyn_cast<DenseI64ArrayAttr>(value);
  return sizes && sizes.size() > 0 && sizes.size() % 2 == 0;
}

static ArrayRef<AttributeRule> rules() {
  static const AttributeRule table[] = {
      {names::target, {Owner::Module}, "a #retort.target", isA<TargetAttr>},
      {names::language, {Owner::Module}, "a dictionary", isA<DictionaryAttr>},
      {names::noDecodeStep, {Owner::Module}, "a string", isA<StringAttr>},
      {names::weights, {Owner::Module}, "an array of tensors", areTensors},
      {names::context, {Owner::Function}, "a number of tokens (i64)", isCount},
      {names::operations, {Owner::Function}, "pairs of numbers", areSizes},
      {names::rewinds, {Owner::Function}, "no value", isA<UnitAttr>},
      {names::kernel, {Owner::Function}, "a letter of \"prdtw\" for each loop", isKernel},
      {names::role, {Owner::Argument, Owner::Result}, "a role of an input or output", isRole},
      {names::element, {Owner::Argument, Owner::Result}, "a type", isA<TypeAttr>},
      {names::weightFormats, {Owner::Module}, "an array", isA<ArrayAttr>},
      {names::content, {Owner::Module}, "a string", isA<StringAttr>},
      {names::statistics, {Owner::Module}, "the name of a file", isA<StringAttr>},
      {names::partialResults, {Owner::Module}, "the name of a file", isA<StringAttr>},
      {names::modelFile, {Owner::Module}, "the name of a file", isA<StringAttr>},
      {names::tokenizer, {Owner::Module}, "a hash (i64)", isHash},
      {names::staleStatistics, {Owner::Module}, "the name of a method", isA<StringAttr>},
      {names::inputScales, {Owner::Module}, "lists of numbers by the names of weights", areScales},
      {names::outputScales, {Owner::Module}, "lists of numbers by the names of weights", areScales},
      {names::originals, {Owner::Module}, "tensors by the names of weights", areNamedTensors},
      {names::keptInputs, {Owner::Module}, "rising numbers by the names of weights", arePlaces},
      {names::segments, {Owner::Module}, "an array", isA<ArrayAttr>},
      {names::activations, {Owner::Module}, "an array", isA<ArrayAttr>},
      {names::emission, {Owner::Module}, "native or onnx", isEmission},
      {names::size, {Owner::Module}, "a dictionary", isA<DictionaryAttr>},
      {names::sizeBeside, {Owner::Module}, "a number of bytes (i64) or no value", isBytes},
      {names::weight, {Owner::Argument}, "an index (i64)", isIndex},
      {names::defaultWeight, {Owner::Argument}, "an index (i64)", isIndex},
      {names::state, {Owner::Argument}, "an index (i64)", isIndex},
      {names::work, {Owner::Argument}, "no value", isA<UnitAttr>},
      {names::noalias, {Owner::Argument}, "no value", isA<UnitAttr>},
  };
  return table;
}

static StringRef nameOf(Owner owner) {
  static constexpr StringLiteral names[] = {"modules", "functions", "arguments of functions",
                                            "results of functions"};
  return names[unsigned(owner)];
}

static LogicalResult verifyOn(Operation *op, Owner owner, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  auto rule = llvm::find_if(rules(), [&](const AttributeRule &each) { return each.name == name; });
  if (rule == rules().end())
    return op->emitOpError() << "has an attribute '" << name << "' that is not known";
  if (!llvm::is_contained(rule->owners, owner))
    return op->emitOpError() << "has an attribute '" << name << "', which belongs to "
                             << nameOf(rule->owners.front());
  if (!rule->accepts(attribute.getValue()))
    return op->emitOpError() << "expects " << rule->what << " as '" << name << "', found "
                             << attribute.getValue();
  return success();
}

LogicalResult RetortDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (isa<ModuleOp>(op))
    return verifyOn(op, Owner::Module, attribute);
  if (isa<FunctionOpInterface>(op))
    return verifyOn(op, Owner::Function, attribute);
  return op->emitOpError() << "has an attribute '" << attribute.getName().getValue()
                           << "', which belongs to modules, functions and their arguments";
}

LogicalResult RetortDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                      NamedAttribute attribute) {
  return verifyOn(op, Owner::Argument, attribute);
}

LogicalResult RetortDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                                         NamedAttribute attribute) {
  return verifyOn(op, Owner::Result, attribute);
}
