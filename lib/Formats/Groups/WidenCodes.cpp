// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of 3, 5, 6 or 7 bits as ONNX has them: in 4 or 8; with zero points that are no codes, as
// numbers.
#include "dialects/Compress/WeightExpression.h"
#include "lib/Formats/Groups/Groups.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

bool retort::widenCodes(compress::DequantizeOp op) {
  OpBuilder builder(op);
  if (Value zeros = op.getZeroPoints();
      zeros && isa<FloatType>(getElementTypeOrSelf(zeros.getType()))) {
    auto numbers = compress::WeightExpression::of(op.getResult());
    if (!numbers)
      return false;
    compress::replaceExpression(
        op, compress::createConstantBefore(op, compress::expand(*numbers), numbers->name()));
    return true;
  }
  auto widen = [&](Value codes) -> Value {
    auto view = codes ? onnx::ConstantView::of(codes) : std::nullopt;
    if (!view)
      return {};
    auto code = cast<IntegerType>(view->type().getElementType());
    unsigned bits = code.getWidth() <= 4 ? 4 : 8;
    auto type = view->type().clone(IntegerType::get(op.getContext(), bits, code.getSignedness()));
    auto fill = [&](MutableArrayRef<char> bytes) {
      std::fill(bytes.begin(), bytes.end(), 0);
      for (int64_t i = 0; i < view->size(); ++i)
        onnx::storeBits(bytes.data(), bits, i, unsigned(view->intAt(i)));
    };
    return compress::createConstantBefore(
        op, onnx::makeConstant(type, compress::nameOfConstant(codes), fill),
        compress::nameOfConstant(codes));
  };
  Value codes = widen(op.getCodes()), zeros = widen(op.getZeroPoints());
  if (!codes || (op.getZeroPoints() && !zeros))
    return false;
  compress::replaceExpression(op, compress::createDequantize(builder, op.getLoc(), codes,
                                                             op.getScales(), zeros, op.getAxis(),
                                                             op.getBlockSize()));
  return true;
}
