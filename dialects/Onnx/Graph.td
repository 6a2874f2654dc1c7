// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Level 1: the exact image of an ONNX file.
#ifndef RETORT_ONNX_GRAPH
#define RETORT_ONNX_GRAPH

include "dialects/Onnx/Onnx.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Onnx_Type<string className, string keyword, string text> : TypeDef<Onnx_Dialect, className> {
  let mnemonic = keyword;
  let summary = text;
}
def Onnx_UnknownType : Onnx_Type<"Unknown", "unknown", "element type of a value that the file does not describe">;
def Onnx_StringType : Onnx_Type<"String", "string", "element type of a tensor of strings">;

def Onnx_MessageAttr : AttrDef<Onnx_Dialect, "Message"> {
  let mnemonic = "message";
  let summary = "fields of a protobuf message in the order of the file";
  let description = [{
    `#onnx.message<"domain" = "", "version" = 21 : i64>`. A field that the table does not know is named by its number. The
    type of the value is the wire type: i64 is a varint, an array is a packed field.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::NamedAttribute">:$fields);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// The first field of that name, or null.
    ::mlir::Attribute get(::llvm::StringRef name) const;
    /// The first field of that name as a string; empty where there is none.
    ::llvm::StringRef getString(::llvm::StringRef name) const;
  }];
}

def Onnx_AttributeAttr : AttrDef<Onnx_Dialect, "Attribute"> {
  let mnemonic = "attribute";
  let summary = "an attribute of a node: name, value, and what else the file says of it";
  let description = [{
    FLOAT is f32, INT i64, STRING a string, TENSOR a dense or dense_resource constant, FLOATS and INTS are arrays, STRINGS
    an array attribute, GRAPH is `unit` and takes the node's next region. Anything else is a message. `content` holds the
    fields of the tensor or graph that its value or region has no place for, `rest` those of the attribute. A field of
    `rest` that is `unit` is one that the file omits because it is zero (`type`, `i` ...), or packs (`ints`, `floats`).
  }];
  let parameters = (ins "::mlir::StringAttr":$name, "::mlir::Attribute":$value,
                        OptionalParameter<"::retort::onnx::MessageAttr">:$content,
                        OptionalParameter<"::retort::onnx::MessageAttr">:$rest);
  let assemblyFormat = "`<` $name `=` $value (`content` `=` $content^)? (`rest` `=` $rest^)? `>`";
}

def Onnx_NodeOp : Op<Onnx_Dialect, "node"> {
  let summary = "a node of the file, whatever it computes";
  let description = [{
    `omitted` lists the positions of the inputs that the file leaves empty; `outputs` names the results, empty where an
    output is omitted.
  }];
  let arguments = (ins StrAttr:$op_type, OptionalAttr<StrAttr>:$domain, OptionalAttr<StrAttr>:$name,
                       Variadic<AnyType>:$inputs, OptionalAttr<DenseI64ArrayAttr>:$omitted,
                       StrArrayAttr:$outputs, OptionalAttr<ArrayAttr>:$attribute_list,
                       OptionalAttr<Onnx_MessageAttr>:$rest);
  let results = (outs Variadic<AnyType>:$values);
  let regions = (region VariadicRegion<AnyRegion>:$graphs);
  let assemblyFormat = [{
    $op_type (`domain` $domain^)? (`name` $name^)? `(` $inputs `)` (`omitted` $omitted^)? `to` $outputs
    (`with` $attribute_list^)? (`rest` $rest^)? $graphs attr-dict-with-keyword `:` functional-type($inputs, $values)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The inputs by position, null where the file omits one.
    ::llvm::SmallVector<::mlir::Value> getInputSlots();
  }];
}

def Onnx_InitializerOp : Op<Onnx_Dialect, "initializer", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "a constant of the graph";
  let description = [{
    `encoding` says how the file stores it, where that is not `raw_data`: the fields of TensorProto beside name, type and
    shape, `unit` standing for the data.
  }];
  let arguments = (ins StrAttr:$name, ElementsAttr:$value, OptionalAttr<Onnx_MessageAttr>:$encoding);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$name $value (`encoding` $encoding^)? attr-dict";
}

def Onnx_SparseInitializerOp : Op<Onnx_Dialect, "sparse_initializer", [Pure]> {
  let summary = "a constant of the graph that the file stores as values and their indices";
  let description = [{
    `content` holds the fields of SparseTensorProto, its data included.
  }];
  let arguments = (ins StrAttr:$name, Onnx_MessageAttr:$content);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$name $content attr-dict `:` type($result)";
}

def Onnx_YieldOp : Op<Onnx_Dialect, "yield", [Pure, Terminator]> {
  let summary = "the outputs of a graph that is an attribute";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{}]>];
}

#endif
