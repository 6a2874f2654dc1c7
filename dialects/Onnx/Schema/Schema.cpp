// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Queries of the generated table of schemas.
#include "dialects/Onnx/Schema/Schema.h"

#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Schema/OperatorSet.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"

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

static std::pair<int, int> arityOf(ArrayRef<Parameter> parameters) {
  int least = 0;
  for (auto [i, parameter] : llvm::enumerate(parameters))
    if (parameter.occurrence == Occurrence::Single)
      least = int(i) + 1;
  bool repeats = !parameters.empty() && parameters.back().occurrence == Occurrence::Variadic;
  return {least, repeats ? INT_MAX : int(parameters.size())};
}

Schema Schema::of(llvm::StringLiteral domain, llvm::StringLiteral name, int version,
                  ArrayRef<Parameter> inputs, ArrayRef<Parameter> outputs,
                  ArrayRef<AttributeSchema> attributes) {
  auto [minInputs, maxInputs] = arityOf(inputs);
  auto [minOutputs, maxOutputs] = arityOf(outputs);
  return {domain,     name,   version, minInputs,  maxInputs, minOutputs,
          maxOutputs, inputs, outputs, attributes, false};
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

/// The set of operators that a dialect in the context brings for a domain; null where none does.
static const OperatorSet *operatorSet(MLIRContext *context, StringRef domain) {
  if (!context)
    return nullptr;
  for (Dialect *dialect : context->getLoadedDialects())
    if (auto *set = dialect->getRegisteredInterface<OperatorSet>(); set && set->domain() == domain)
      return set;
  return nullptr;
}

ArrayRef<Schema> onnx::schemaHistory(MLIRContext *context, StringRef domain, StringRef name) {
  ArrayRef<Schema> known = schemaHistory(domain, name);
  const OperatorSet *set = known.empty() ? operatorSet(context, domain) : nullptr;
  return set ? set->history(name) : known;
}

static const Schema *inForce(ArrayRef<Schema> history, int64_t opset) {
  const Schema *found = nullptr;
  for (const Schema &schema : history)
    if (schema.version <= opset)
      found = &schema;
  return found;
}

const Schema *onnx::findSchema(StringRef domain, StringRef name, int64_t opset) {
  return inForce(schemaHistory(domain, name), opset);
}

const Schema *onnx::findSchema(MLIRContext *context, StringRef domain, StringRef name,
                               int64_t opset) {
  return inForce(schemaHistory(context, domain, name), opset);
}

std::optional<int64_t> onnx::canonicalOpset(StringRef domain) {
  for (const NewestOpset &opset : newestOpsets)
    if (opset.domain == plainDomain(domain))
      return opset.version;
  return std::nullopt;
}

std::optional<int64_t> onnx::canonicalOpset(MLIRContext *context, StringRef domain) {
  if (std::optional<int64_t> known = canonicalOpset(domain))
    return known;
  const OperatorSet *set = operatorSet(context, domain);
  return set ? std::optional(set->newestVersion()) : std::nullopt;
}

std::string onnx::typedOpName(StringRef domain, StringRef name) {
  domain = plainDomain(domain);
  return (domain.empty() ? "onnx." + name : "onnx." + domain + "." + name).str();
}

std::string onnx::typedOpName(MLIRContext *context, StringRef domain, StringRef name) {
  const OperatorSet *set = canonicalOpset(domain) ? nullptr : operatorSet(context, domain);
  return set ? set->operationName(name) : typedOpName(domain, name);
}

/// By what follows `onnx.` in the names of typed operations: verifiers and rewrites ask for these
/// again and again.
static llvm::StringMap<const Schema *> typedSchemas() {
  llvm::StringMap<const Schema *> all;
  for (const Schema &schema : schemaTable) {
    std::optional<int64_t> opset = canonicalOpset(schema.domain);
    if (opset && schema.version <= *opset) // later ones come behind earlier ones
      all[StringRef(typedOpName(schema.domain, schema.name))
              .drop_front(StringRef("onnx.").size())] = &schema;
  }
  return all;
}

const Schema *onnx::schemaOf(OperationName operation) {
  StringRef text = operation.getStringRef();
  if (!text.consume_front("onnx.")) {
    Dialect *dialect = operation.getDialect();
    auto *set = dialect ? dialect->getRegisteredInterface<OperatorSet>() : nullptr;
    return set ? set->schemaOf(operation) : nullptr;
  }
  static const llvm::StringMap<const Schema *> known = typedSchemas();
  return known.lookup(text);
}

std::string onnx::onnxTypeName(Type type) {
  auto tensor = dyn_cast<TensorType>(type);
  StringRef element = tensor ? elementTypeName(tensor.getElementType()) : "";
  return element.empty() ? "" : ("tensor(" + element + ")").str();
}

bool Parameter::accepts(Type type) const {
  if (mask == anyType)
    return true;
  std::string name = onnxTypeName(type);
  if (name.empty())
    return true;
  const llvm::StringLiteral *found = llvm::lower_bound(typeNames, StringRef(name));
  if (found == std::end(typeNames) || *found != name)
    return false;
  unsigned bit = found - std::begin(typeNames);
  return typeMasks[mask][bit / 64] >> (bit % 64) & 1;
}
