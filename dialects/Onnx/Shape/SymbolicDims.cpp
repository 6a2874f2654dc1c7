// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The analysis of sizes: atoms, what is known of each value, and the walk over a function.
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "dialects/Onnx/Families.h"
#include "dialects/Onnx/Shape/Demands.h"
#include "dialects/Onnx/Verify/Verify.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace retort::onnx;

/// Tensors of more elements hold data, not sizes.
static constexpr int64_t largestContents = 1024;

std::optional<SymbolicShape> SymbolicDims::shape(Value value) {
  if (auto found = shapes.find(value); found != shapes.end())
    return *found->second;
  auto type = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  if (!type)
    return std::nullopt;
  SymbolicShape result;
  bool holds =
      trustsDeclared || isa<BlockArgument>(value) || value.getDefiningOp()->getNumOperands() == 0;
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    result.push_back(ShapedType::isDynamic(size) || !holds ? fresh(value, axis) : Polynomial(size));
  keep(value, result);
  return result;
}

void SymbolicDims::keep(Value value, SymbolicShape shape) {
  SymbolicShape *&place = shapes[value];
  if (place)
    *place = std::move(shape);
  else
    place = &kept.emplace_back(std::move(shape));
}

bool SymbolicDims::sameShape(Value a, Value b) {
  auto left = shape(a), right = shape(b);
  return left && right && *left == *right;
}

std::optional<Contents> SymbolicDims::contents(Value value) {
  if (auto found = known.find(value); found != known.end())
    return found->second;
  auto view = ConstantView::of(value);
  if (!view || !isa<IntegerType>(view->type().getElementType()) || view->size() > largestContents)
    return std::nullopt;
  Contents result{llvm::to_vector(view->type().getShape()), {}};
  for (int64_t i = 0; i < view->size(); ++i)
    result.elements.push_back(view->intAt(i));
  known[value] = result;
  return result;
}

std::optional<SmallVector<int64_t>> SymbolicDims::constants(Value value) {
  std::optional<Contents> found = value ? contents(value) : std::nullopt;
  if (!found)
    return std::nullopt;
  SmallVector<int64_t> result;
  for (const Polynomial &element : found->elements) {
    if (!element.constant())
      return std::nullopt;
    result.push_back(*element.constant());
  }
  return result;
}

void SymbolicDims::setContents(Value value, Contents contents) {
  if (int64_t(contents.elements.size()) <= largestContents)
    known[value] = std::move(contents);
}

void SymbolicDims::set(Value value, Type element, std::optional<SymbolicShape> shape) {
  auto declared = dyn_cast<ShapedType>(value.getType());
  if (!declared)
    return;
  element = element ? element : declared.getElementType();
  auto ranked = dyn_cast<RankedTensorType>(declared);
  if (!shape) {
    if (element != declared.getElementType())
      value.setType(ranked ? Type(ranked.clone(element)) : Type(UnrankedTensorType::get(element)));
    return;
  }
  bool sameRank = ranked && ranked.getRank() == int64_t(shape->size()),
       contradicts = ranked && !sameRank;
  SmallVector<int64_t> sizes;
  for (auto [axis, size] : llvm::enumerate(*shape)) {
    int64_t told = sameRank ? ranked.getDimSize(axis) : ShapedType::kDynamic;
    std::optional<Polynomial::Atom> atom = size.soleAtom();
    // What nothing is known about is what the model says.
    if (!ShapedType::isDynamic(told) && atom && atoms[*atom].isFresh) {
      if (trustsDeclared)
        size = Polynomial(told);
      sizes.push_back(told);
      continue;
    }
    std::optional<int64_t> constant = size.constant();
    contradicts |= constant && !ShapedType::isDynamic(told) && *constant != told;
    sizes.push_back(constant && *constant >= 0 ? *constant
                    : trustsDeclared           ? ShapedType::kDynamic
                                               : told);
  }
  auto type = RankedTensorType::get(sizes, element);
  if (contradicts)
    emitWarning(value.getLoc()) << "declared as " << ranked << ", but inferred as " << type;
  value.setType(type);
  keep(value, *shape);
}

Polynomial SymbolicDims::named(StringRef name) {
  auto [entry, isNew] = byName.try_emplace(name, atoms.size());
  if (isNew)
    atoms.push_back({name.str(), true, false});
  return Polynomial::atom(entry->second);
}

/// Longer ones are replaced by a number.
static constexpr size_t longestName = 200;

Polynomial SymbolicDims::opaque(const Twine &key, bool nonNegative) {
  std::string name = ("(" + key + ")").str();
  auto [entry, isNew] = byName.try_emplace(name, atoms.size());
  if (isNew) {
    // Keys hold the names of others: layer by layer they would double.
    if (name.size() > longestName)
      name = ("(#" + Twine(atoms.size()) + ")").str();
    atoms.push_back({name, nonNegative, false});
  }
  return Polynomial::atom(entry->second);
}

Polynomial SymbolicDims::fresh(Value value, unsigned axis) {
  unsigned number = numbers.try_emplace(value, numbers.size()).first->second;
  Polynomial result = opaque("?" + Twine(number) + "." + Twine(axis));
  atoms[*result.soleAtom()].isFresh = true;
  return result;
}

std::string SymbolicDims::text(const Polynomial &size) {
  return size.text([&](Polynomial::Atom atom) { return atoms[atom].name; });
}

bool SymbolicDims::isNonNegative(const Polynomial &size) const {
  auto isPlain = [&](const Polynomial &each) {
    return each.isNonNegative([&](Polynomial::Atom atom) { return atoms[atom].nonNegative; });
  };
  return isPlain(size) ||
         llvm::any_of(facts, [&](const Polynomial &fact) { return isPlain(size - fact); });
}

std::optional<bool> SymbolicDims::equal(const Polynomial &a, const Polynomial &b) const {
  Polynomial difference = a - b;
  if (difference.isZero())
    return true;
  Polynomial opposite = b - a;
  if ((isNonNegative(difference) && difference.constantTerm() > 0) ||
      (isNonNegative(opposite) && opposite.constantTerm() > 0))
    return false;
  return std::nullopt;
}

std::optional<bool> SymbolicDims::less(const Polynomial &a, const Polynomial &b) const {
  Polynomial difference = b - a;
  if (isNonNegative(difference) && difference.constantTerm() > 0)
    return true;
  if (isNonNegative(a - b) || difference.isZero())
    return false;
  return std::nullopt;
}

Polynomial SymbolicDims::floorDivide(const Polynomial &a, const Polynomial &b) {
  if (a.constant() && b.constant() && *b.constant() > 0)
    return *a.constant() / *b.constant();
  if (auto exact = a.dividedBy(b))
    return *exact;
  return opaque(text(a) + " / " + text(b), isNonNegative(a) && isNonNegative(b));
}

std::optional<bool> SymbolicDims::isSmaller(const Polynomial &a, const Polynomial &b) const {
  if (auto known = less(a, b))
    return known;
  if (auto known = less(b, a))
    return !*known;
  return std::nullopt;
}

/// The same text whichever of the two comes first.
std::string SymbolicDims::textOfBoth(const Polynomial &a, const Polynomial &b) {
  const Polynomial &first = b < a ? b : a, &second = b < a ? a : b;
  return text(first) + ", " + text(second);
}

Polynomial SymbolicDims::maximum(const Polynomial &a, const Polynomial &b) {
  if (auto known = isSmaller(a, b))
    return *known ? b : a;
  return opaque("max " + textOfBoth(a, b), isNonNegative(a) || isNonNegative(b));
}

Polynomial SymbolicDims::minimum(const Polynomial &a, const Polynomial &b) {
  if (auto known = isSmaller(a, b))
    return *known ? a : b;
  return opaque("min " + textOfBoth(a, b), isNonNegative(a) && isNonNegative(b));
}

void SymbolicDims::expectEqual(const Polynomial &a, const Polynomial &b) {
  if (a == b || (a.constant() && b.constant()))
    return;
  auto pair = a < b ? std::pair(a, b) : std::pair(b, a);
  if (!llvm::is_contained(expected, pair))
    expected.push_back(pair);
}

std::optional<Polynomial> SymbolicDims::broadcast(const Polynomial &a, const Polynomial &b) {
  std::optional<int64_t> x = a.constant(), y = b.constant();
  if (a == b || y == 1)
    return a;
  if (x == 1)
    return b;
  if (x && y)
    return std::nullopt;
  expectEqual(a, b);
  // The other is 1 or the same.
  if (x)
    return a;
  if (y)
    return b;
  auto isFresh = [&](const Polynomial &size) {
    return size.soleAtom() && atoms[*size.soleAtom()].isFresh;
  };
  if (isFresh(a) != isFresh(b) && equal(isFresh(a) ? b : a, Polynomial(1)) == false)
    return isFresh(a) ? b : a;
  // The first so many of something, as many as the other has, are never more than those.
  for (auto [whole, cut] : {std::pair(a, b), std::pair(b, a)})
    for (const Cut &each : foundCuts)
      if (each.size > 0 && each.bound == whole && minimum(whole, Polynomial(each.size)) == cut)
        return whole;
  const Polynomial &first = b < a ? b : a, &second = b < a ? a : b;
  return opaque("broadcast " + text(first) + ", " + text(second));
}

/// Whether the operands are such as the rules of inference take.
static FailureOr<bool> isInferable(Operation *op) {
  if (!schemaOf(op->getName()))
    return true;
  if (!mayNotBeTaken(op))
    return failed(verifyTypedOp(op)) ? FailureOr<bool>(failure()) : true;
  ScopedDiagnosticHandler silence(op->getContext(), [](Diagnostic &) { return success(); });
  return succeeded(verifyTaken(op));
}

LogicalResult SymbolicDims::infer(Operation *op) {
  FailureOr<bool> inferable = isInferable(op);
  if (failed(inferable) || failed(checkDemands(op, *this)))
    return failure();
  if (auto inference = dyn_cast<ShapeInference>(op);
      inference && *inferable && failed(inference.inferShapes(*this)))
    return failure();
  propagate(op);
  return success();
}

LogicalResult SymbolicDims::infer(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(infer(&op)))
      return failure();
  return success();
}

void SymbolicDims::enter(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    auto names = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), "onnx.dims");
    if (!type || !names || names.size() != size_t(type.getRank()))
      continue;
    SymbolicShape sizes;
    for (auto [axis, size] : llvm::enumerate(type.getShape())) {
      auto name = dyn_cast<StringAttr>(names[axis]);
      if (!ShapedType::isDynamic(size))
        sizes.push_back(size);
      else
        sizes.push_back(name && !name.empty() ? named(name.getValue()) : fresh(argument, axis));
    }
    keep(argument, sizes);
  }
}

void SymbolicDims::leave(func::FuncOp function) {
  auto type = function.getFunctionType();
  Operation *end = function.getBody().front().getTerminator();
  function.setType(FunctionType::get(type.getContext(), type.getInputs(), end->getOperandTypes()));
}

LogicalResult SymbolicDims::infer(func::FuncOp function) {
  if (function.isExternal())
    return success();
  enter(function);
  if (failed(infer(function.getBody().front())))
    return failure();
  leave(function);
  return success();
}

LogicalResult retort::onnx::inferTypes(Operation *op) { return SymbolicDims().infer(op); }

/// Pairs the values of two clones.
static void pair(Region &from, Region &to, function_ref<void(Value, Value)> visit) {
  for (auto [a, b] : llvm::zip_equal(from, to)) {
    for (auto [x, y] : llvm::zip_equal(a.getArguments(), b.getArguments()))
      visit(x, y);
    for (auto [x, y] : llvm::zip_equal(a, b)) {
      for (auto [r, s] : llvm::zip_equal(x.getResults(), y.getResults()))
        visit(r, s);
      for (auto [r, s] : llvm::zip_equal(x.getRegions(), y.getRegions()))
        pair(r, s, visit);
    }
  }
}

DenseMap<Value, SmallVector<int64_t>>
retort::onnx::concreteShapes(func::FuncOp function, ArrayRef<SmallVector<int64_t>> inputShapes) {
  OwningOpRef<func::FuncOp> clone(function.clone());
  SmallVector<Type> inputs;
  for (auto [argument, shape] : llvm::zip(clone->getArguments(), inputShapes)) {
    if (auto type = dyn_cast<ShapedType>(argument.getType()))
      argument.setType(RankedTensorType::get(shape, type.getElementType()));
    inputs.push_back(argument.getType());
  }
  DenseMap<Value, SmallVector<int64_t>> result;
  if (inputs.size() != function.getNumArguments())
    return result;
  clone->setType(
      FunctionType::get(function.getContext(), inputs, function.getFunctionType().getResults()));
  // Declared sizes may contradict these inputs: no reason to say anything.
  ScopedDiagnosticHandler silence(function.getContext(), [](Diagnostic &) { return success(); });
  SymbolicDims dims;
  (void)dims.infer(*clone);
  pair(function.getBody(), clone->getBody(), [&](Value original, Value copy) {
    if (auto type = dyn_cast<RankedTensorType>(copy.getType()); type && type.hasStaticShape())
      result[original].assign(type.getShape().begin(), type.getShape().end());
  });
  return result;
}
