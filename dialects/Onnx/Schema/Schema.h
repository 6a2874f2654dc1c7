// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of ONNX's schemas: every version of every operation, with its arity, attributes and
// types.
#ifndef RETORT_DIALECTS_ONNX_SCHEMA_SCHEMA_H
#define RETORT_DIALECTS_ONNX_SCHEMA_SCHEMA_H

#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Types.h"

#include <array>
#include <climits>

namespace retort::onnx {

#include "dialects/Onnx/OnnxTypeMask.h.inc"

/// A set of ONNX types, one bit each.
using TypeMask = std::array<uint64_t, typeMaskWords>;

enum class Occurrence : uint8_t { Single, Optional, Variadic };

/// The numbers of AttributeProto.AttributeType.
enum class AttributeKind : uint8_t {
  Float = 1,
  Int,
  String,
  Tensor,
  Graph,
  Floats,
  Ints,
  Strings,
  Tensors,
  Graphs,
  SparseTensor,
  SparseTensors,
  TypeProto,
  TypeProtos
};

/// One declared input or output.
struct Parameter {
  llvm::StringLiteral name;
  Occurrence occurrence = Occurrence::Single;
  /// Parameters of one schema with the same number have the same type.
  uint8_t variable = 0;
  /// Whether all values of a variadic parameter have one type.
  bool homogeneous = true;
  /// Where the set of types stands in the table; `anyType` is all of them.
  uint16_t mask = anyType;

  static constexpr uint16_t anyType = 0xffff;

  /// Whether a value of this type may stand here; an unknown type may.
  bool accepts(mlir::Type type) const;
};

struct AttributeSchema {
  llvm::StringLiteral name;
  /// The default in MLIR's syntax (1.0 : f32), or null.
  const char *defaultValue;
  AttributeKind kind;
  bool required = false;
};

/// One version of one operation.
struct Schema {
  llvm::StringLiteral domain, name;
  int version;
  int minInputs, maxInputs, minOutputs, maxOutputs;
  llvm::ArrayRef<Parameter> inputList, outputList;
  llvm::ArrayRef<AttributeSchema> attributeList;
  bool deprecated = false;

  /// A version whose arity follows from its parameters; `attributes` in the order of the alphabet.
  static Schema of(llvm::StringLiteral domain, llvm::StringLiteral name, int version,
                   llvm::ArrayRef<Parameter> inputs, llvm::ArrayRef<Parameter> outputs,
                   llvm::ArrayRef<AttributeSchema> attributes = {});

  llvm::ArrayRef<Parameter> inputs() const { return inputList; }
  llvm::ArrayRef<Parameter> outputs() const { return outputList; }
  llvm::ArrayRef<AttributeSchema> attributes() const { return attributeList; }
  const AttributeSchema *attribute(llvm::StringRef name) const;
};

/// The parameter at position `index`, where the last one may be variadic; null beyond the end.
const Parameter *parameterAt(llvm::ArrayRef<Parameter> parameters, unsigned index);

/// All versions of an operation, oldest first. The domains "" and "ai.onnx" are one.
llvm::ArrayRef<Schema> schemaHistory(llvm::StringRef domain, llvm::StringRef name);
/// The same, of domains that dialects in the context bring (OperatorSet.h), too.
llvm::ArrayRef<Schema> schemaHistory(mlir::MLIRContext *context, llvm::StringRef domain,
                                     llvm::StringRef name);

/// The schema in force at an opset, or null.
const Schema *findSchema(llvm::StringRef domain, llvm::StringRef name, int64_t opset);
const Schema *findSchema(mlir::MLIRContext *context, llvm::StringRef domain, llvm::StringRef name,
                         int64_t opset);

/// The schema of a typed operation, or null if the operation is none.
const Schema *schemaOf(mlir::OperationName name);

/// The opset of a domain at which typed operations exist; nullopt for a domain without a table.
std::optional<int64_t> canonicalOpset(llvm::StringRef domain);
std::optional<int64_t> canonicalOpset(mlir::MLIRContext *context, llvm::StringRef domain);

/// The name of the typed operation (`onnx.Add`, `onnx.com.microsoft.FusedMatMul`).
std::string typedOpName(llvm::StringRef domain, llvm::StringRef name);
std::string typedOpName(mlir::MLIRContext *context, llvm::StringRef domain, llvm::StringRef name);

/// The domain as the table spells it: "ai.onnx" is "".
llvm::StringRef plainDomain(llvm::StringRef domain);

/// `tensor(float)` for tensor<?xf32>; empty for a type that ONNX's tensors do not have, or an
/// unknown one.
std::string onnxTypeName(mlir::Type type);

} // namespace retort::onnx

#endif
