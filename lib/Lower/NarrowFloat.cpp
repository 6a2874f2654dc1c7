// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of the formats: what each code stands for, and where rounding passes from one to the next.
#include "lib/Lower/NarrowFloat.h"

#include <cmath>

using namespace mlir;
using namespace retort;

bool retort::isNarrowFloat(Type type) {
  auto real = dyn_cast<FloatType>(type);
  return real && real.getWidth() <= 8;
}

/// Of powers of two alone: without sign, zero and mantissa.
static bool isScale(FloatType type) { return isa<Float8E8M0FNUType>(type); }

Narrowing Narrowing::of(Operation *op, Type to) {
  Narrowing result;
  if (auto flag = op->getAttrOfType<IntegerAttr>("saturate"))
    result.saturate = flag.getInt() != 0;
  auto real = dyn_cast<FloatType>(to);
  if (!real || !isScale(real))
    return result;
  auto mode = op->getAttrOfType<StringAttr>("round_mode");
  if (!mode || mode.getValue() == "up")
    result.rounding = Up;
  else if (mode.getValue() == "down")
    result.rounding = Down;
  return result;
}

static double valueOf(FloatType type, unsigned code) {
  return APFloat(type.getFloatSemantics(), APInt(type.getWidth(), code)).convertToDouble();
}

static Value tableOf(Emitter &e, ArrayRef<float> numbers) {
  auto type = RankedTensorType::get(numbers.size(), e.getF32Type());
  return e.constant(DenseElementsAttr::get(type, numbers));
}

Value retort::decode(Emitter &e, Value bits, FloatType type) {
  std::vector<float> numbers;
  for (unsigned code = 0; code < 1u << type.getWidth(); ++code)
    numbers.push_back(float(valueOf(type, code)));
  Value index = arith::IndexCastUIOp::create(e, e.getIndexType(), bits);
  return e.extract(tableOf(e, numbers), index);
}

/// Where numbers begin to become code i + 1 instead of i. Codes of numbers above zero are in their
/// order; behind the largest number comes infinity or NaN.
static std::vector<float> thresholds(FloatType type, Narrowing narrowing) {
  unsigned codes = 1u << (type.getWidth() - !isScale(type));
  std::vector<double> values;
  for (unsigned code = 0; code < codes && std::isfinite(valueOf(type, code)); ++code)
    values.push_back(valueOf(type, code));
  double last = values.back();
  bool hasMore = type.getWidth() == 8; // four bits have neither infinity nor NaN
  if (!narrowing.saturate && hasMore)
    values.push_back(isScale(type) ? 2 * last : last + (last - values[values.size() - 2]));
  std::vector<float> result;
  for (size_t i = 1; i < values.size(); ++i) {
    float middle = float((values[i - 1] + values[i]) / 2);
    bool tieIsBelow = i % 2 == 1;
    if (narrowing.rounding != Narrowing::Nearest) {
      middle = float(narrowing.rounding == Narrowing::Up ? values[i - 1] : values[i]);
      tieIsBelow = narrowing.rounding == Narrowing::Up;
    }
    result.push_back(tieIsBelow ? std::nextafter(middle, INFINITY) : middle);
  }
  return result;
}

/// 1. Halving: how many thresholds are not above |x|. NaN, and what pads the table, is above
/// everything.
/// 2. The sign in front, where there is one; a format may have no zero with a sign.
/// 3. NaN.
Value retort::encode(Emitter &e, Value x, FloatType type, Narrowing narrowing) {
  std::vector<float> table = thresholds(type, narrowing);
  size_t steps = llvm::Log2_64_Ceil(table.size() + 1);
  table.resize((size_t(1) << steps) - 1, NAN);
  Value list = tableOf(e, table), magnitude = math::AbsFOp::create(e, x), found = e.index(0);
  for (size_t step = size_t(1) << (steps - 1); step > 0; step /= 2) {
    Value next = e.add(found, e.index(step));
    Value limit = e.extract(list, e.sub(next, e.index(1)));
    Value isReached = arith::CmpFOp::create(e, arith::CmpFPredicate::OGE, magnitude, limit);
    found = arith::SelectOp::create(e, isReached, next, found);
  }
  Type i32 = e.getI32Type();
  Value code = arith::IndexCastOp::create(e, i32, found);
  if (!isScale(type)) {
    unsigned width = type.getWidth();
    Value sign = arith::ShRUIOp::create(e, arith::BitcastOp::create(e, i32, x), e.integer(31, i32));
    Value signedCode =
        arith::OrIOp::create(e, code, arith::ShLIOp::create(e, sign, e.integer(width - 1, i32)));
    bool hasSignedZero = valueOf(type, 1u << (width - 1)) == 0;
    Value isZero = e.equal(code, e.integer(0, i32));
    code = hasSignedZero ? signedCode
                         : arith::SelectOp::create(e, isZero, code, signedCode).getResult();
  }
  const llvm::fltSemantics &format = type.getFloatSemantics();
  if (type.getWidth() == 8) {
    Value isNaN = arith::CmpFOp::create(e, arith::CmpFPredicate::UNO, x, x);
    int64_t nan = APFloat::getNaN(format).bitcastToAPInt().getZExtValue();
    code = arith::SelectOp::create(e, isNaN, e.integer(nan, i32), code);
  }
  return arith::TruncIOp::create(e, e.getI8Type(), code);
}
