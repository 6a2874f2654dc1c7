// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Describes a compiled model as JSON: functions, their inputs, states, weights and outputs, and the
// language model's facts.
#include "dialects/Retort/FunctionNames.h"
#include "lib/Emit/Optimize.h"
#include "lib/Emit/WeightLayout.h"
#include "lib/Target/DescribeTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace retort;
using llvm::json::OStream;

SmallVector<WeightPlace> retort::layOutWeights(ModuleOp lowered) {
  SmallVector<WeightPlace> places;
  auto weights = lowered->getAttrOfType<ArrayAttr>(names::weights);
  for (Attribute weight : weights ? weights.getValue() : ArrayRef<Attribute>()) {
    auto value = cast<ElementsAttr>(weight);
    unsigned bits = value.getElementType().getIntOrFloatBitWidth();
    uint64_t count = value.getNumElements();
    places.push_back({value, 0, bits == 1 ? count : (count * bits + 7) / 8});
  }
  uint64_t offset = weightsHeaderBytes;
  for (bool isSmall : {true, false}) {
    for (WeightPlace &place : places)
      if (isSmall == place.isSmall()) {
        place.offset = llvm::alignTo(offset, isSmall ? 16 : 64);
        offset = place.offset + place.bytes;
      }
  }
  return places;
}

/// f32, i64, ui8, i1 ...; what is narrower than a byte lies packed and counts as bytes.
static std::string typeName(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

static bool isPacked(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  return bits != 1 && bits < 8;
}

static void writeShape(OStream &json, RankedTensorType type) {
  json.attributeArray("shape", [&] {
    for (int64_t size : type.getShape())
      json.value(ShapedType::isDynamic(size) ? -1 : size);
  });
}

/// Where the value of an input lies that a caller leaves out, and its shape.
static void writeDefault(OStream &json, int64_t index, ArrayAttr weights) {
  json.attribute("default", index);
  json.attributeArray("default_shape", [&] {
    for (int64_t size : cast<ShapedType>(cast<ElementsAttr>(weights[index]).getType()).getShape())
      json.value(size);
  });
}

/// One input or output: name, type, shape, and the names of its dimensions.
static void writeValue(OStream &json, Type type, DictionaryAttr attributes, StringRef fallback,
                       ArrayAttr weights = {}) {
  auto tensor = cast<RankedTensorType>(type);
  auto name = attributes ? attributes.getAs<StringAttr>("onnx.name") : StringAttr();
  auto role = attributes ? attributes.getAs<StringAttr>(names::role) : StringAttr();
  auto dims = attributes ? attributes.getAs<ArrayAttr>("onnx.dims") : ArrayAttr();
  json.object([&] {
    json.attribute("name", name ? name.getValue() : role ? role.getValue() : fallback);
    auto element = attributes ? attributes.getAs<TypeAttr>(names::element) : TypeAttr();
    json.attribute("type", typeName(element ? element.getValue() : tensor.getElementType()));
    if (role)
      json.attribute("role", role.getValue());
    writeShape(json, tensor);
    if (auto weight =
            attributes ? attributes.getAs<IntegerAttr>(names::defaultWeight) : IntegerAttr())
      writeDefault(json, weight.getInt(), weights);
    json.attributeArray("dims", [&] {
      for (int64_t i = 0; i < tensor.getRank(); ++i)
        json.value(dims && i < int64_t(dims.size()) ? cast<StringAttr>(dims[i]).getValue()
                                                    : StringRef(""));
    });
  });
}

namespace {
/// States of all functions share one list; a function names them by index.
struct StateTable {
  SmallVector<Type> types;
};
} // namespace

static void writeIndices(OStream &json, StringRef key, func::FuncOp func, StringRef attribute) {
  json.attributeArray(key, [&] {
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (auto index = func.getArgAttrOfType<IntegerAttr>(i, attribute))
        json.value(index.getInt());
  });
}

static void writeFunction(OStream &json, func::FuncOp func, StateTable &states) {
  json.object([&] {
    json.attribute("name", func.getName());
    json.attribute("symbol", ("retort_" + func.getName()).str());
    if (auto context = func->getAttrOfType<IntegerAttr>(names::context))
      json.attribute("context", context.getInt());
    if (func->hasAttr(names::rewinds))
      json.attribute("rewinds", true);
    json.attributeArray("inputs", [&] {
      for (unsigned i = 0; i < func.getNumArguments(); ++i)
        if (!func.getArgAttr(i, names::state) && !func.getArgAttr(i, names::weight))
          writeValue(json, func.getArgument(i).getType(), func.getArgAttrDict(i),
                     "input_" + std::to_string(i),
                     func->getParentOp()->getAttrOfType<ArrayAttr>(names::weights));
    });
    if (auto fixed = func->getAttrOfType<ArrayAttr>("onnx.fixed_inputs"))
      json.attributeArray("fixed", [&] {
        for (auto name : fixed.getAsRange<StringAttr>())
          json.value(name.getValue());
      });
    unsigned stateCount = 0;
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (auto index = func.getArgAttrOfType<IntegerAttr>(i, names::state)) {
        states.types.resize(std::max<size_t>(states.types.size(), index.getInt() + 1));
        states.types[index.getInt()] = func.getArgument(i).getType();
        ++stateCount;
      }
    writeIndices(json, "states", func, names::state);
    writeIndices(json, "weights", func, names::weight);
    json.attributeArray("outputs", [&] {
      for (unsigned i = 0; i + stateCount < func.getNumResults(); ++i)
        writeValue(json, func.getResultTypes()[i], func.getResultAttrDict(i),
                   "output_" + std::to_string(i));
    });
  });
}

/// `sparse<2 of 4, f32>`; empty for a tensor as it is.
static std::string formatName(Attribute format) {
  std::string name;
  if (format && !isa<UnitAttr>(format))
    llvm::raw_string_ostream(name) << format;
  StringRef text = name;
  text.consume_front("#linear.");
  return text.str();
}

static void writeWeights(OStream &json, ModuleOp lowered) {
  auto formats = lowered->getAttrOfType<ArrayAttr>(names::weightFormats);
  for (const auto &entry : llvm::enumerate(layOutWeights(lowered))) {
    size_t i = entry.index();
    const WeightPlace &place = entry.value();
    auto type = cast<RankedTensorType>(place.value.getType());
    if (isPacked(type.getElementType()))
      type = RankedTensorType::get(int64_t(place.bytes),
                                   IntegerType::get(type.getContext(), 8, IntegerType::Unsigned));
    std::string format = formatName(formats && i < formats.size() ? formats[i] : Attribute());
    json.object([&] {
      json.attribute("offset", int64_t(place.offset));
      json.attribute("bytes", int64_t(place.bytes));
      json.attribute("type", typeName(type.getElementType()));
      if (!format.empty())
        json.attribute("format", format);
      writeShape(json, type);
    });
  }
}

static void writeAttribute(OStream &json, StringRef key, Attribute value) {
  if (auto integer = dyn_cast<IntegerAttr>(value))
    json.attribute(key, integer.getInt());
  else if (auto text = dyn_cast<StringAttr>(value))
    json.attribute(key, text.getValue());
  else if (auto array = dyn_cast<DenseI64ArrayAttr>(value))
    json.attributeArray(
        key, [&] { llvm::for_each(array.asArrayRef(), [&](int64_t i) { json.value(i); }); });
  else if (auto list = dyn_cast<ArrayAttr>(value))
    json.attributeArray(key, [&] {
      for (Attribute element : list)
        if (auto integer = dyn_cast<IntegerAttr>(element))
          json.value(integer.getInt());
    });
}

llvm::Expected<std::string> retort::buildManifest(ModuleOp lowered, const EmitOptions &options) {
  auto target = targetFor(lowered, options.targetCpu);
  if (!target)
    return target.takeError();
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream json(stream);
  StateTable states;
  json.object([&] {
    json.attribute("retort", 1);
    json.attribute("cpu", target->getCpu());
    json.attributeArray("features", [&] {
      for (StringAttr feature : target->getFeatures())
        json.value("+" + feature.str());
    });
    json.attribute("numerics", options.numerics);
    json.attributeArray("functions", [&] {
      for (auto func : lowered.getOps<func::FuncOp>())
        if (func.isPublic() && !func.isExternal())
          writeFunction(json, func, states);
    });
    json.attributeArray("weights", [&] { writeWeights(json, lowered); });
    json.attributeArray("states", [&] {
      for (Type type : states.types)
        json.object([&] {
          json.attribute("type", typeName(cast<RankedTensorType>(type).getElementType()));
          writeShape(json, cast<RankedTensorType>(type));
        });
    });
    if (auto reason = lowered->getAttrOfType<StringAttr>(names::noDecodeStep))
      json.attribute("no_decode_step", reason.getValue());
    if (auto language = lowered->getAttrOfType<DictionaryAttr>(names::language))
      json.attributeObject("language", [&] {
        for (NamedAttribute entry : language)
          writeAttribute(json, entry.getName(), entry.getValue());
      });
  });
  return text;
}
