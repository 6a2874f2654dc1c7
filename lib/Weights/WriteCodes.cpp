// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How codes and their scales are written in the graph.
#include "lib/Weights/WriteCodes.h"

#include <cmath>

using namespace mlir;
using namespace retort;

CodeLayout CodeLayout::along(RankedTensorType type, UniformCode code, int64_t axis, int64_t size) {
  CodeLayout layout{type, code, {}, axis};
  for (auto [i, length] : llvm::enumerate(type.getShape()))
    (int64_t(i) < axis    ? layout.groups.outer
     : int64_t(i) == axis ? layout.groups.length
                          : layout.groups.inner) *= length;
  layout.groups.group = size ? size : layout.groups.length;
  return layout;
}

RankedTensorType CodeLayout::codeType() const {
  auto element = IntegerType::get(type.getContext(), code.bits,
                                  code.symmetric ? IntegerType::Signless : IntegerType::Unsigned);
  return RankedTensorType::get(type.getShape(), element);
}

int64_t CodeLayout::listAxis() const {
  if (perTensor || groups.groups() != 1)
    return -1;
  int64_t list = -1;
  for (auto [i, size] : llvm::enumerate(type.getShape())) {
    bool isOther = int64_t(i) != axis && (size != 1 || type.getRank() == 2);
    if (isOther && list >= 0)
      return -1;
    list = isOther ? int64_t(i) : list;
  }
  return list;
}

RankedTensorType CodeLayout::tableType() const {
  SmallVector<int64_t> shape(type.getShape());
  if (perTensor)
    shape.clear();
  else if (int64_t list = listAxis(); list >= 0)
    shape = {shape[list]};
  else
    shape[axis] = groups.groups();
  return RankedTensorType::get(shape, type.getElementType());
}

FloatType CodeLayout::storedScale(RankedTensorType type, bool halfScales) {
  Type element = type.getElementType();
  return halfScales && element.isF32() ? Float16Type::get(type.getContext())
                                       : cast<FloatType>(element);
}

float retort::roundTo(FloatType type, float value) {
  if (type.getWidth() >= 32)
    return value;
  APFloat number(value);
  bool inexact;
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
  if (number.isInfinity() && std::isfinite(value))
    number = APFloat::getLargest(type.getFloatSemantics(), number.isNegative());
  number.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &inexact);
  return number.convertToFloat();
}

Value retort::addDequantize(LinearWeight &weight, const CodeLayout &layout, Value codes,
                            ArrayRef<UniformScale> fitted) {
  RankedTensorType type = layout.tableType();
  FloatType stored = layout.scaleType();
  Value scales = weight.addConstant("_scale", RankedTensorType::get(type.getShape(), stored),
                                    [&](MutableArrayRef<char> bytes) {
                                      std::vector<float> numbers;
                                      for (const UniformScale &entry : fitted)
                                        numbers.push_back(entry.scale);
                                      compress::encodeFloats(stored, numbers, bytes.data());
                                    });
  OpBuilder builder(weight.op);
  if (stored != type.getElementType())
    scales = onnx::CastOp::create(builder, weight.loc(), type, scales, StringAttr(), IntegerAttr(),
                                  builder.getI64IntegerAttr(/*FLOAT=*/1));
  Value zeros;
  if (!layout.code.symmetric)
    zeros = weight.addConstant(
        "_zero_point", RankedTensorType::get(type.getShape(), layout.codeType().getElementType()),
        [&](MutableArrayRef<char> bytes) {
          std::fill(bytes.begin(), bytes.end(), 0);
          for (auto [i, entry] : llvm::enumerate(fitted))
            onnx::storeBits(bytes.data(), layout.code.bits, i, entry.zero);
        });
  bool isList = layout.listAxis() >= 0;
  return compress::createDequantize(builder, weight.loc(), codes, scales, zeros,
                                    isList ? layout.listAxis() : layout.axis,
                                    isList || layout.perTensor ? 0 : layout.groups.group);
}
