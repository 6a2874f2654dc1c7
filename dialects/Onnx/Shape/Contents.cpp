// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The contents of small integer tensors: sizes that Shape reads, what is computed of them, and
// where they go. Operations that only move elements are evaluated on handles in the place of the
// elements.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Ops.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort::onnx;

using Known = std::optional<Contents>;

/// Handle 0 is the number 0, which Pad fills with.
namespace {
struct Handles {
  MLIRContext *context;
  std::vector<Polynomial> elements{Polynomial(0)};

  Tensor give(const Contents &contents) {
    SmallVector<int64_t> handles;
    for (const Polynomial &element : contents.elements) {
      handles.push_back(elements.size());
      elements.push_back(element);
    }
    return Tensor::ints(context, handles).reshaped(contents.shape);
  }
  Contents take(const Tensor &tensor) {
    Contents contents{llvm::to_vector(tensor.shape()), {}};
    for (Cell cell : tensor.cells())
      contents.elements.push_back(elements[cell.i]);
    return contents;
  }
};
} // namespace

static Tensor constantTensor(MLIRContext *context, const Contents &contents) {
  SmallVector<int64_t> values;
  for (const Polynomial &element : contents.elements) {
    if (!element.constant())
      return {};
    values.push_back(*element.constant());
  }
  return Tensor::ints(context, values).reshaped(contents.shape);
}

/// Whether the operand at `slot` is only moved.
static std::optional<bool> moves(Operation *op, unsigned slot) {
  auto movement = dyn_cast<Movement>(op);
  // What is written may be added to what is there.
  if (!movement || stringAttribute(op, "reduction", "none") != "none")
    return std::nullopt;
  return movement.movesOperand(slot);
}

static void moveContents(SymbolicDims &dims, Operation *op) {
  Handles handles{op->getContext()};
  SmallVector<Tensor> inputs;
  for (auto [index, slot] : llvm::enumerate(operandSlots(op))) {
    Known contents = slot ? dims.contents(slot) : std::nullopt;
    if (slot && !contents)
      return;
    if (!slot)
      inputs.push_back({});
    else if (*moves(op, index))
      inputs.push_back(handles.give(*contents));
    else
      inputs.push_back(constantTensor(op->getContext(), *contents));
    if (slot && !inputs.back())
      return;
  }
  Evaluated results = evaluate(op, inputs);
  if (failed(results))
    return;
  for (auto [slot, tensor] : llvm::zip(resultSlots(op), *results))
    if (slot)
      dims.setContents(slot, handles.take(tensor));
}

using Combine = function_ref<std::optional<Polynomial>(const Polynomial &, const Polynomial &)>;

static Known combine(const Contents &a, const Contents &b, Combine f) {
  auto shape = broadcastShapes({a.shape, b.shape});
  if (!shape || llvm::product_of(*shape) > 1024)
    return std::nullopt;
  Contents result{llvm::to_vector(*shape), {}};
  bool all = true;
  forEachIndex<2>(*shape, {broadcastStrides(a.shape, *shape), broadcastStrides(b.shape, *shape)},
                  {0, 0}, [&](const std::array<int64_t, 2> &at) {
                    std::optional<Polynomial> value = f(a.elements[at[0]], b.elements[at[1]]);
                    all &= value.has_value();
                    result.elements.push_back(value.value_or(Polynomial(0)));
                  });
  return all ? Known(result) : std::nullopt;
}

static std::optional<Polynomial> truth(std::optional<bool> known) {
  return known ? std::optional<Polynomial>(Polynomial(*known)) : std::nullopt;
}

static std::optional<Polynomial> divide(SymbolicDims &dims, const Polynomial &a,
                                        const Polynomial &b, bool isFloat) {
  if (b.isZero())
    return std::nullopt;
  // Between floats that stand for sizes only what leaves no rest is known.
  if (isFloat)
    return a.dividedBy(b);
  if (!a.constant() && !a.dividedBy(b) && (!dims.isNonNegative(a) || !dims.isNonNegative(b)))
    return std::nullopt;
  return dims.floorDivide(a, b);
}

static std::optional<Polynomial> apply(SymbolicDims &dims, Operation *op, const Polynomial &a,
                                       const Polynomial &b) {
  using Result = std::optional<Polynomial>;
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(op->getOperand(0).getType()));
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<AddOp, SumOp>([&](Operation *) -> Result { return a + b; })
      .Case([&](SubOp) -> Result { return a - b; })
      .Case([&](MulOp) -> Result { return a * b; })
      .Case([&](DivOp) -> Result { return divide(dims, a, b, isFloat); })
      .Case([&](MaxOp) -> Result { return dims.maximum(a, b); })
      .Case([&](MinOp) -> Result { return dims.minimum(a, b); })
      .Case([&](EqualOp) { return truth(dims.equal(a, b)); })
      .Case([&](LessOp) { return truth(dims.less(a, b)); })
      .Case([&](GreaterOp) { return truth(dims.less(b, a)); })
      .Case([&](LessOrEqualOp) { return truth(dims.less(a, b + Polynomial(1))); })
      .Case([&](GreaterOrEqualOp) { return truth(dims.less(b, a + Polynomial(1))); })
      .Case<AndOp, OrOp>([&](Operation *) -> Result {
        bool isAnd = isa<AndOp>(op);
        for (const Polynomial &x : {a, b})
          if (x.constant() && (*x.constant() != 0) != isAnd)
            return x;
        return a.constant() && b.constant() ? Result(a) : std::nullopt;
      })
      .Case([&](ModOp) -> Result {
        if (a.constant() && b.constant() && *b.constant() > 0 && *a.constant() >= 0)
          return *a.constant() % *b.constant();
        return b.isZero() ? std::nullopt : a.dividedBy(b) ? Result(Polynomial(0)) : std::nullopt;
      })
      .Default([](Operation *) -> Result { return std::nullopt; });
}

static Known computed(SymbolicDims &dims, Operation *op) {
  auto operand = [&](unsigned i) {
    return i < op->getNumOperands() ? dims.contents(op->getOperand(i)) : std::nullopt;
  };
  auto kind = elementKindOf(op);
  if ((kind == ElementKind::Arithmetic || kind == ElementKind::Test) && op->getNumOperands() > 1) {
    Known a = operand(0);
    for (unsigned i = 1; a && i < op->getNumOperands(); ++i) {
      Known b = operand(i);
      a = b ? combine(*a, *b, [&](const auto &x, const auto &y) { return apply(dims, op, x, y); })
            : std::nullopt;
    }
    return a;
  }
  Known a = operand(0);
  if (!a)
    return std::nullopt;
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  if (isa<CastOp>(op)) {
    // A bool, or fewer bits, hold no size.
    bool keeps =
        element.isF32() || element.isF64() || element.isInteger(64) || element.isInteger(32);
    bool constants = llvm::all_of(a->elements, [](const Polynomial &x) {
      return x.constant() && (*x.constant() == 0 || *x.constant() == 1);
    });
    return keeps || constants ? a : std::nullopt;
  }
  // Known floats are integers.
  if (isa<FloorOp, CeilOp, RoundOp>(op))
    return a;
  if (isa<NegOp, NotOp>(op)) {
    for (Polynomial &x : a->elements)
      x = Polynomial(isa<NotOp>(op)) - x;
    return a;
  }
  if (isa<ReduceProdOp, ReduceSumOp>(op) && a->shape.size() <= 1) {
    Polynomial total(isa<ReduceProdOp>(op));
    for (const Polynomial &x : a->elements)
      total = isa<ReduceProdOp>(op) ? total * x : total + x;
    auto keep = op->getAttrOfType<IntegerAttr>("keepdims");
    bool isScalar = a->shape.empty() || (keep && keep.getInt() == 0);
    return Contents{isScalar ? SmallVector<int64_t>{} : SmallVector<int64_t>{1}, {total}};
  }
  return std::nullopt;
}

static Known created(SymbolicDims &dims, Operation *op) {
  if (asksShape(op)) {
    auto shape = dims.shape(op->getOperand(0));
    if (!shape)
      return std::nullopt;
    if (isa<SizeOp>(op)) {
      Polynomial total(1);
      for (const Polynomial &size : *shape)
        total = total * size;
      return Contents{{}, {total}};
    }
    int64_t rank = shape->size(), start = 0, end = rank;
    auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    if (auto given = op->getAttrOfType<IntegerAttr>("start"))
      start = clamp(given.getInt());
    if (auto given = op->getAttrOfType<IntegerAttr>("end"))
      end = clamp(given.getInt());
    Contents result{{std::max<int64_t>(0, end - start)}, {}};
    for (int64_t axis = start; axis < end; ++axis)
      result.elements.push_back((*shape)[axis]);
    return result;
  }
  if (isa<ConstantOfShapeOp>(op)) {
    auto sizes = dims.constants(op->getOperand(0));
    Tensor value = Tensor::of(op->getAttr("value"));
    auto count = sizes ? elementsOf(*sizes) : std::nullopt;
    if (!count || *count > 1024 || !value || value.isFloat() || value.size() != 1)
      return std::nullopt;
    return Contents{*sizes, std::vector<Polynomial>(*count, Polynomial(value.integer(0)))};
  }
  if (isa<RangeOp>(op)) {
    auto start = dims.constants(op->getOperand(0)), limit = dims.constants(op->getOperand(1)),
         delta = dims.constants(op->getOperand(2));
    if (!start || !limit || !delta || start->size() != 1 || limit->size() != 1 ||
        delta->size() != 1 || (*delta)[0] == 0)
      return std::nullopt;
    Contents result{{0}, {}};
    int64_t step = (*delta)[0];
    for (int64_t x = (*start)[0]; step > 0 ? x < (*limit)[0] : x > (*limit)[0];) {
      result.elements.push_back(x);
      if (result.elements.size() > 1024 || llvm::AddOverflow(x, step, x))
        return std::nullopt;
    }
    result.shape[0] = result.elements.size();
    return result;
  }
  return std::nullopt;
}

void SymbolicDims::propagate(Operation *op) {
  if (op->getNumResults() == 0 || known.count(op->getResult(0)))
    return;
  if (moves(op, 0)) {
    moveContents(*this, op);
    return;
  }
  Known result = asksShape(op) || isa<ConstantOfShapeOp, RangeOp>(op) ? created(*this, op)
                 : op->getNumRegions() == 0                           ? computed(*this, op)
                                                                      : std::nullopt;
  if (result)
    setContents(op->getResult(0), *result);
}
