// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One table: the place of a line is the number of the type.
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

namespace {
struct ElementTypeRow {
  llvm::StringLiteral name;
  Type (*make)(MLIRContext *context);
};
} // namespace

template <unsigned width, IntegerType::SignednessSemantics sign = IntegerType::Signless>
static Type integer(MLIRContext *context) {
  return IntegerType::get(context, width, sign);
}
template <unsigned width> static Type natural(MLIRContext *context) {
  return integer<width, IntegerType::Unsigned>(context);
}
template <typename TypeT> static Type plain(MLIRContext *context) { return TypeT::get(context); }
template <typename TypeT> static Type complex(MLIRContext *context) {
  return ComplexType::get(TypeT::get(context));
}

static constexpr ElementTypeRow elementTypes[] = {
    {"", nullptr},
    {"float", plain<Float32Type>},
    {"uint8", natural<8>},
    {"int8", integer<8>},
    {"uint16", natural<16>},
    {"int16", integer<16>},
    {"int32", integer<32>},
    {"int64", integer<64>},
    {"string", plain<onnx::StringType>},
    {"bool", integer<1>},
    {"float16", plain<Float16Type>},
    {"double", plain<Float64Type>},
    {"uint32", natural<32>},
    {"uint64", natural<64>},
    {"complex64", complex<Float32Type>},
    {"complex128", complex<Float64Type>},
    {"bfloat16", plain<BFloat16Type>},
    {"float8e4m3fn", plain<Float8E4M3FNType>},
    {"float8e4m3fnuz", plain<Float8E4M3FNUZType>},
    {"float8e5m2", plain<Float8E5M2Type>},
    {"float8e5m2fnuz", plain<Float8E5M2FNUZType>},
    {"uint4", natural<4>},
    {"int4", integer<4>},
    {"float4e2m1", plain<Float4E2M1FNType>},
    {"float8e8m0", plain<Float8E8M0FNUType>},
    {"uint2", natural<2>},
    {"int2", integer<2>},
    {"float6e2m3", plain<Float6E2M3FNType>},
    {"float6e3m2", plain<Float6E3M2FNType>},
};

Type retort::elementTypeOf(MLIRContext *context, int64_t dataType) {
  bool isKnown = dataType > 0 && dataType < int64_t(std::size(elementTypes));
  return isKnown ? elementTypes[dataType].make(context) : Type();
}

int64_t retort::dataTypeOf(Type element) {
  for (size_t i = 1; i < std::size(elementTypes); ++i)
    if (elementTypes[i].make(element.getContext()) == element)
      return int64_t(i);
  return 0;
}

StringRef retort::elementTypeName(Type element) { return elementTypes[dataTypeOf(element)].name; }
