// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LINEAR_FORMAT
#define RETORT_LINEAR_FORMAT

include "mlir/IR/OpBase.td"

def Linear_Format : AttrInterface<"LinearFormat"> {
  let cppNamespace = "::retort::linear";
  let description = [{
    The format of a packed weight: an attribute that says of which parts the weight is made and what they mean. It is
    implemented by the attribute itself, and all that verifies or reads packed data asks it.
  }];
  let methods = [
    InterfaceMethod<"The parts of a weight of so many rows and columns, in order; those that may be absent come last.",
      "::llvm::SmallVector<::retort::linear::WeightPart>", "getParts", (ins "int64_t":$depth, "int64_t":$columns)>,
    InterfaceMethod<"Row k, column n of packed parts: the reference of what kernels compute with.",
      "double", "read", (ins "::llvm::ArrayRef<::retort::onnx::ConstantView>":$parts, "int64_t":$k, "int64_t":$n)>,
    InterfaceMethod<"The bytes of a packed weight of so many rows and columns whose numbers have this type, parts that "
                    "may be absent included.",
      "int64_t", "bytes", (ins "int64_t":$depth, "int64_t":$columns, "::mlir::FloatType":$numbers), [{}],
      [{ return ::retort::linear::bytesOf($_attr.getParts(depth, columns), numbers); }]>,
  ];
  let extraSharedClassDeclaration = [{
    /// Whether parts of these types make a weight; emits the reason where they do not.
    ::llvm::LogicalResult verifyParts(::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError, int64_t depth,
                                      int64_t columns, ::mlir::TypeRange parts) const {
      return ::retort::linear::verifyParts(emitError, $_attr.getParts(depth, columns), parts);
    }
  }];
}

def Linear_FormatLowering : AttrInterface<"LinearFormatLowering"> {
  let cppNamespace = "::retort::linear";
  let description = [{
    How lowering reads packed weights of a format outside of products. A promised interface: the folder of the format
    attaches it.
  }];
  let methods = [
    InterfaceMethod<"Whether rows that are looked up in a table are read from its packed parts.",
      "::retort::linear::TableUse", "getTableUse">,
    InterfaceMethod<"Row k, column n of packed parts, as f32, inside a loop nest.",
      "::mlir::Value", "readPacked",
      (ins "::mlir::ImplicitLocOpBuilder &":$builder, "::mlir::ValueRange":$parts, "::mlir::Value":$k, "::mlir::Value":$n)>,
  ];
}

def Linear_FormatKernel : AttrInterface<"LinearFormatKernel"> {
  let cppNamespace = "::retort::linear";
  let description = [{
    How a tile of a product takes a weight of a format. A promised interface: the folder of the format attaches it.
  }];
  let methods = [
    InterfaceMethod<"The order in which the rows of the weight are taken, where it has so many parts.",
      "::retort::RowOrder", "getRowOrder", (ins "int64_t":$depth, "unsigned":$parts)>,
    InterfaceMethod<"The sums of the present tile over all rows of the weight: one for each row and vector of it.",
      "::llvm::SmallVector<::mlir::Value>", "sumTile", (ins "::retort::TileBuilder &":$builder, "const ::retort::RowOrder &":$order)>,
    InterfaceMethod<"Whether rows of the weight are used as they lie: tiles may then take them in blocks, again and again.",
      "bool", "isPlain", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<"The weight as codes, where it has so many parts and is made of codes: what steps of integers take.",
      "::std::optional<::retort::CodeParts>", "getCodes", (ins "unsigned":$parts), [{}], [{ return std::nullopt; }]>,
  ];
}

#endif
