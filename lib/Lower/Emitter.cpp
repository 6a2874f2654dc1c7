// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values, sizes and index arithmetic of the lowering.
#include "lib/Lower/Emitter.h"

using namespace mlir;
using namespace retort;

Type retort::storageType(Type element) {
  bool isNarrow = element.isIntOrFloat() && element.getIntOrFloatBitWidth() <= 8;
  if (element.isInteger(1) || (!isNarrow && !element.isInteger()))
    return element;
  return IntegerType::get(element.getContext(), std::max(8u, element.getIntOrFloatBitWidth()));
}

bool retort::isUnsignedElement(Type element) {
  return element.isUnsignedInteger() || element.isInteger(1);
}

std::optional<int64_t> retort::constantOf(Value value) { return getConstantIntValue(value); }

static StringRef nodeName(Operation *op) {
  for (StringRef key : {"onnx.name", "node_name", "name"})
    if (auto name = op->getAttrOfType<StringAttr>(key); name && !name.empty())
      return name.getValue();
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return name.getName().getValue();
  return "";
}

std::string retort::describe(Operation *op) {
  constexpr size_t longest = 80; // a message is one line
  StringRef name = nodeName(op), kind = op->getName().stripDialect();
  if (name.empty())
    return ("node '" + op->getName().getStringRef() + "'").str();
  if (name.size() <= longest)
    return ("node '" + name + "' (" + kind + ")").str();
  return ("node '..." + name.take_back(longest) + "' (" + kind + ")").str();
}

Emitter::Emitter(func::FuncOp func)
    : ImplicitLocOpBuilder(func.getLoc(), func.getContext()), func(func),
      constants(func.getContext()), known(1), trusted(1) {}

Emitter::Entered::Entered(Emitter &emitter, Operation *op)
    : emitter(emitter), outer(std::exchange(emitter.current, op)), loc(emitter.getLoc()) {
  emitter.setLoc(NameLoc::get(emitter.getStringAttr(describe(op)), op->getLoc()));
}

Emitter::Entered::~Entered() {
  emitter.current = outer;
  emitter.setLoc(loc);
}

Value Emitter::get(Value original) {
  auto known = lowered.find(original);
  if (!original || known != lowered.end())
    return original ? known->second : Value();
  auto pending = deferred.find(original);
  if (pending == deferred.end() || !pending->second)
    return {};
  auto lower = std::exchange(pending->second, nullptr);
  OpBuilder::InsertionGuard guard(*this);
  if (!deferredEnd) { // behind the constants that are there; later ones keep to the front of it
    setInsertionPointToStart(&func.getBody().front());
    while (getInsertionPoint() != getInsertionBlock()->end() &&
           isa<arith::ConstantOp>(*getInsertionPoint()))
      setInsertionPointAfter(&*getInsertionPoint());
    deferredEnd = arith::ConstantOp::create(*this, getIndexAttr(0));
  }
  setInsertionPoint(deferredEnd);
  if (llvm::failed(lower())) {
    failed = true;
    auto type = cast<RankedTensorType>(original.getType());
    lowered[original] =
        tensor::EmptyOp::create(*this, type.getShape(), storageType(type.getElementType()));
  }
  return lowered.lookup(original);
}

void Emitter::defer(Value original, std::function<LogicalResult()> lower) {
  deferred[original] = std::move(lower);
}

void Emitter::set(Value original, Value value) { lowered[original] = value; }

/// At the start of the function, where it is visible everywhere.
Value Emitter::constant(TypedAttr value) {
  auto *dialect = getContext()->getLoadedDialect<arith::ArithDialect>();
  return constants.getOrCreateConstant(&func.getBody().front(), dialect, value, value.getType());
}

Value Emitter::index(int64_t value) { return constant(getIndexAttr(value)); }
Value Emitter::integer(int64_t value, Type type) {
  return isa<IndexType>(type) ? index(value) : constant(getIntegerAttr(type, value));
}
Value Emitter::real(double value, Type type) { return constant(getFloatAttr(type, value)); }
Value Emitter::zero(Type type) { return constant(cast<TypedAttr>(getZeroAttr(type))); }

Value Emitter::dim(Value tensor, int64_t axis) {
  RankedTensorType type = tensorType(tensor);
  if (!type.isDynamicDim(axis))
    return index(type.getDimSize(axis));
  SmallVector<Value> &sizes = sizesOf[tensor];
  sizes.resize(type.getRank());
  if (sizes[axis])
    return sizes[axis];
  Value position = index(axis);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointAfterValue(tensor);
  if (isa<BlockArgument>(tensor)) // behind the constants that sit at the start of the function
    while (getInsertionPoint() != getInsertionBlock()->end() &&
           isa<arith::ConstantOp>(*getInsertionPoint()))
      setInsertionPointAfter(&*getInsertionPoint());
  return sizesOf[tensor][axis] = tensor::DimOp::create(*this, tensor, position);
}

SmallVector<Value> Emitter::dims(Value tensor) {
  return llvm::map_to_vector(llvm::seq(rankOf(tensor)),
                             [&](int64_t axis) { return dim(tensor, axis); });
}

/// The operation on two values, built once for each scope that sees it.
template <typename OpT> Value Emitter::once(Value a, Value b) {
  Expression key(TypeID::get<OpT>(), a, b);
  for (auto &scope : known)
    if (Value value = scope.lookup(key))
      return value;
  return known.back()[key] = createOrFold<OpT>(a, b);
}

/// Folding makes constants in place; here they are shared.
static Value shared(Emitter &emitter, Value value) {
  if (auto number = constantOf(value))
    return emitter.integer(*number, value.getType());
  return value;
}

Value Emitter::add(Value a, Value b) { return shared(*this, once<arith::AddIOp>(a, b)); }
Value Emitter::sub(Value a, Value b) {
  return a == b ? zero(a.getType()) : shared(*this, once<arith::SubIOp>(a, b));
}
Value Emitter::mul(Value a, Value b) { return shared(*this, once<arith::MulIOp>(a, b)); }
Value Emitter::divide(Value a, Value b) { return shared(*this, once<arith::DivSIOp>(a, b)); }
Value Emitter::min(Value a, Value b) {
  return a == b ? a : shared(*this, once<arith::MinSIOp>(a, b));
}
Value Emitter::max(Value a, Value b) {
  return a == b ? a : shared(*this, once<arith::MaxSIOp>(a, b));
}
Value Emitter::both(Value a, Value b) { return shared(*this, once<arith::AndIOp>(a, b)); }
Value Emitter::either(Value a, Value b) { return shared(*this, once<arith::OrIOp>(a, b)); }

Emitter::Factors Emitter::factorsOf(ValueRange values) {
  Factors result;
  SmallVector<Value> work(values);
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (auto number = constantOf(value)) {
      result.constant *= *number;
    } else if (auto product = value.getDefiningOp<arith::MulIOp>()) {
      work.append({product.getLhs(), product.getRhs()});
    } else {
      order.try_emplace(value, order.size());
      result.values.push_back(value);
    }
  }
  llvm::sort(result.values, [&](Value a, Value b) { return order[a] < order[b]; });
  return result;
}

Value Emitter::productOf(const Factors &factors) {
  Value result = index(factors.constant);
  for (Value value : factors.values)
    result = constantOf(result) == 1 ? value : mul(result, value);
  return result;
}

Value Emitter::product(ValueRange factors) { return productOf(factorsOf(factors)); }

Value Emitter::quotient(Value a, Value b) {
  Factors left = factorsOf(a), right = factorsOf(b);
  if (right.constant == 0 || left.constant % right.constant != 0)
    return divide(a, b);
  for (Value factor : right.values) {
    auto same = llvm::find(left.values, factor);
    if (same == left.values.end())
      return divide(a, b);
    left.values.erase(same);
  }
  left.constant /= right.constant;
  return productOf(left);
}

static Value compare(Emitter &emitter, arith::CmpIPredicate predicate, Value a, Value b) {
  return shared(emitter, emitter.createOrFold<arith::CmpIOp>(predicate, a, b));
}

Value Emitter::equal(Value a, Value b) { return compare(*this, arith::CmpIPredicate::eq, a, b); }
Value Emitter::less(Value a, Value b) { return compare(*this, arith::CmpIPredicate::slt, a, b); }
Value Emitter::lessOrEqual(Value a, Value b) {
  return compare(*this, arith::CmpIPredicate::sle, a, b);
}

Value Emitter::choose(Value condition, Value a, Value b) {
  if (a == b)
    return a;
  if (auto known = constantOf(condition))
    return *known ? a : b;
  return arith::SelectOp::create(*this, condition, a, b);
}

Value Emitter::toIndex(Value value) {
  if (isa<IndexType>(value.getType()))
    return value;
  if (auto number = constantOf(value))
    return index(*number);
  if (auto cast = value.getDefiningOp<arith::IndexCastOp>())
    if (isa<IndexType>(cast.getIn().getType()))
      return cast.getIn();
  if (value.getType().isInteger(1))
    return arith::IndexCastUIOp::create(*this, getIndexType(), value);
  return arith::IndexCastOp::create(*this, getIndexType(), value);
}

Value Emitter::fromIndex(Value value, Type type) {
  if (isa<IndexType>(type))
    return value;
  if (auto number = constantOf(value))
    return integer(*number, type);
  return arith::IndexCastOp::create(*this, type, value);
}

Value Emitter::wrapIndex(Value i, Value size) {
  if (auto number = constantOf(i))
    return *number < 0 ? add(i, size) : i;
  return choose(less(i, index(0)), add(i, size), i);
}

Value Emitter::widen(Value scalar) {
  auto type = dyn_cast<FloatType>(scalar.getType());
  if (!type || type.getWidth() >= 32)
    return scalar;
  return createOrFold<arith::ExtFOp>(getF32Type(), scalar);
}

Value Emitter::narrow(Value scalar, Type type) {
  if (scalar.getType() == type)
    return scalar;
  bool wider = cast<FloatType>(type).getWidth() > cast<FloatType>(scalar.getType()).getWidth();
  return wider ? createOrFold<arith::ExtFOp>(type, scalar)
               : createOrFold<arith::TruncFOp>(type, scalar);
}

Value Emitter::lowest(Type type, bool isUnsigned) {
  if (auto real = dyn_cast<FloatType>(type))
    return constant(
        FloatAttr::get(type, APFloat::getInf(real.getFloatSemantics(), /*Negative=*/true)));
  unsigned width = type.getIntOrFloatBitWidth();
  return constant(IntegerAttr::get(type, isUnsigned ? APInt::getMinValue(width)
                                                    : APInt::getSignedMinValue(width)));
}

Value Emitter::highest(Type type, bool isUnsigned) {
  if (auto real = dyn_cast<FloatType>(type))
    return constant(FloatAttr::get(type, APFloat::getInf(real.getFloatSemantics())));
  unsigned width = type.getIntOrFloatBitWidth();
  return constant(IntegerAttr::get(type, isUnsigned ? APInt::getMaxValue(width)
                                                    : APInt::getSignedMaxValue(width)));
}
