// Queries of the generated table of schemas.
#include "dialects/Onnx/Schema/Schema.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
struct NewestOpset {
  llvm::StringLiteral domain;
  int64_t version;
};
} // namespace

#include "dialects/Onnx/OnnxSchema.cpp.inc"

ArrayRef<Parameter> Schema::inputs() const {
  return ArrayRef(parameterTable).slice(inputsBegin, inputsSize);
}
ArrayRef<Parameter> Schema::outputs() const {
  return ArrayRef(parameterTable).slice(outputsBegin, outputsSize);
}
ArrayRef<AttributeSchema> Schema::attributes() const {
  return ArrayRef(attributeTable).slice(attributesBegin, attributesSize);
}

const AttributeSchema *Schema::attribute(StringRef wanted) const {
  auto found =
      llvm::find_if(attributes(), [&](const AttributeSchema &a) { return a.name == wanted; });
  return found == attributes().end() ? nullptr : found;
}

const Parameter *onnx::parameterAt(ArrayRef<Parameter> parameters, unsigned index) {
  if (index < parameters.size())
    return &parameters[index];
  bool repeats = !parameters.empty() && parameters.back().occurrence == Occurrence::Variadic;
  return repeats ? &parameters.back() : nullptr;
}

StringRef onnx::plainDomain(StringRef domain) { return domain == "ai.onnx" ? StringRef() : domain; }

ArrayRef<Schema> onnx::schemaHistory(StringRef domain, StringRef name) {
  auto key = std::make_pair(plainDomain(domain), name);
  auto keyOf = [](const Schema &s) { return std::pair<StringRef, StringRef>(s.domain, s.name); };
  const Schema *begin = llvm::lower_bound(
      schemaTable, key, [&](const Schema &s, const auto &k) { return keyOf(s) < k; });
  const Schema *end = begin;
  while (end != std::end(schemaTable) && keyOf(*end) == key)
    ++end;
  return ArrayRef(begin, end);
}

const Schema *onnx::findSchema(StringRef domain, StringRef name, int64_t opset) {
  const Schema *found = nullptr;
  for (const Schema &schema : schemaHistory(domain, name))
    if (schema.version <= opset)
      found = &schema;
  return found;
}

std::optional<int64_t> onnx::canonicalOpset(StringRef domain) {
  for (const NewestOpset &opset : newestOpsets)
    if (opset.domain == plainDomain(domain))
      return opset.version;
  return std::nullopt;
}

std::string onnx::typedOpName(StringRef domain, StringRef name) {
  domain = plainDomain(domain);
  return (domain.empty() ? "onnx." + name : "onnx." + domain + "." + name).str();
}

const Schema *onnx::schemaOf(OperationName operation) {
  StringRef text = operation.getStringRef();
  if (!text.consume_front("onnx."))
    return nullptr;
  auto [domain, name] = text.rsplit('.');
  if (name.empty())
    std::swap(domain, name);
  std::optional<int64_t> opset = canonicalOpset(domain);
  return opset ? findSchema(domain, name, *opset) : nullptr;
}

/// ONNX's name of an element type; the unsigned integers of ONNX are MLIR's ui8 ..., the signed
/// ones signless.
static std::string elementName(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    if (integer.isSigned())
      return "";
    if (integer.getWidth() == 1)
      return "bool";
    return (integer.isUnsigned() ? "uint" : "int") + std::to_string(integer.getWidth());
  }
  if (auto complex = dyn_cast<ComplexType>(type))
    return complex.getElementType().isF64() ? "complex128" : "complex64";
  return llvm::TypeSwitch<Type, std::string>(type)
      .Case<Float16Type>([](Type) { return "float16"; })
      .Case<BFloat16Type>([](Type) { return "bfloat16"; })
      .Case<Float32Type>([](Type) { return "float"; })
      .Case<Float64Type>([](Type) { return "double"; })
      .Case<Float8E4M3FNType>([](Type) { return "float8e4m3fn"; })
      .Case<Float8E4M3FNUZType>([](Type) { return "float8e4m3fnuz"; })
      .Case<Float8E5M2Type>([](Type) { return "float8e5m2"; })
      .Case<Float8E5M2FNUZType>([](Type) { return "float8e5m2fnuz"; })
      .Case<Float8E8M0FNUType>([](Type) { return "float8e8m0"; })
      .Case<Float4E2M1FNType>([](Type) { return "float4e2m1"; })
      .Default([](Type) { return ""; });
}

std::string onnx::onnxTypeName(Type type) {
  auto tensor = dyn_cast<TensorType>(type);
  std::string element = tensor ? elementName(tensor.getElementType()) : "";
  return element.empty() ? "" : "tensor(" + element + ")";
}

bool Parameter::accepts(Type type) const {
  std::string name = onnxTypeName(type);
  if (name.empty())
    return true;
  const llvm::StringLiteral *found = llvm::lower_bound(typeNames, StringRef(name));
  if (found == std::end(typeNames) || *found != name)
    return false;
  unsigned bit = found - std::begin(typeNames);
  return typeMasks[mask][bit / 64] >> (bit % 64) & 1;
}
