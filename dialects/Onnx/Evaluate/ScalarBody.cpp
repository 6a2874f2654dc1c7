// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of operations that state one scalar body: the body is built once, and run on the elements
// of constants.
//   1. Build it in a block of its own; each operation becomes a step that reads and writes numbered
//   cells.
//   2. For each element of the result: fill the cells of the operands, run the steps.
// A body with an operation that is not in the tables is not evaluated.
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"
#include "dialects/Retort/Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

using FloatFunction = double (*)(double, double, double);
using IntFunction = int64_t (*)(int64_t, int64_t, unsigned width);

/// Of one, two or three floats.
static FloatFunction floatFunction(StringRef name) {
#define FLOAT(...)                                                                                 \
  [](double a, double b, double c) -> double {                                                     \
    (void)a, (void)b, (void)c;                                                                     \
    return __VA_ARGS__;                                                                            \
  }
  return llvm::StringSwitch<FloatFunction>(name)
      .Case("arith.addf", FLOAT(a + b))
      .Case("arith.subf", FLOAT(a - b))
      .Case("arith.mulf", FLOAT(a * b))
      .Case("arith.divf", FLOAT(a / b))
      .Case("arith.remf", FLOAT(std::fmod(a, b)))
      .Case("arith.negf", FLOAT(-a))
      .Case("arith.maximumf", FLOAT(std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b)))
      .Case("arith.minimumf", FLOAT(std::isnan(a) || std::isnan(b) ? NAN : std::fmin(a, b)))
      .Case("arith.maxnumf", FLOAT(std::fmax(a, b)))
      .Case("arith.minnumf", FLOAT(std::fmin(a, b)))
      .Case("arith.extf", FLOAT(a))
      .Case("arith.truncf", FLOAT(double(float(a))))
      .Case("math.absf", FLOAT(std::fabs(a)))
      .Case("math.acos", FLOAT(std::acos(a)))
      .Case("math.acosh", FLOAT(std::acosh(a)))
      .Case("math.asin", FLOAT(std::asin(a)))
      .Case("math.asinh", FLOAT(std::asinh(a)))
      .Case("math.atan", FLOAT(std::atan(a)))
      .Case("math.atan2", FLOAT(std::atan2(a, b)))
      .Case("math.atanh", FLOAT(std::atanh(a)))
      .Case("math.cbrt", FLOAT(std::cbrt(a)))
      .Case("math.ceil", FLOAT(std::ceil(a)))
      .Case("math.copysign", FLOAT(std::copysign(a, b)))
      .Case("math.cos", FLOAT(std::cos(a)))
      .Case("math.cosh", FLOAT(std::cosh(a)))
      .Case("math.erf", FLOAT(std::erf(a)))
      .Case("math.erfc", FLOAT(std::erfc(a)))
      .Case("math.exp", FLOAT(std::exp(a)))
      .Case("math.exp2", FLOAT(std::exp2(a)))
      .Case("math.expm1", FLOAT(std::expm1(a)))
      .Case("math.floor", FLOAT(std::floor(a)))
      .Case("math.fma", FLOAT(std::fma(a, b, c)))
      .Case("math.log", FLOAT(std::log(a)))
      .Case("math.log10", FLOAT(std::log10(a)))
      .Case("math.log1p", FLOAT(std::log1p(a)))
      .Case("math.log2", FLOAT(std::log2(a)))
      .Case("math.powf", FLOAT(std::pow(a, b)))
      .Case("math.round", FLOAT(std::round(a)))
      .Case("math.roundeven", FLOAT(std::nearbyint(a)))
      .Case("math.rsqrt", FLOAT(1 / std::sqrt(a)))
      .Case("math.sin", FLOAT(std::sin(a)))
      .Case("math.sinh", FLOAT(std::sinh(a)))
      .Case("math.sqrt", FLOAT(std::sqrt(a)))
      .Case("math.tan", FLOAT(std::tan(a)))
      .Case("math.tanh", FLOAT(std::tanh(a)))
      .Case("math.trunc", FLOAT(std::trunc(a)))
      .Default(nullptr);
#undef FLOAT
}

static uint64_t natural(int64_t value, unsigned width) {
  return uint64_t(value) & llvm::maskTrailingOnes<uint64_t>(width);
}

/// Of one or two integers of `width` bits, held with their sign.
static IntFunction intFunction(StringRef name) {
#define INT(...)                                                                                   \
  [](int64_t a, int64_t b, unsigned width) -> int64_t {                                            \
    (void)b, (void)width;                                                                          \
    return __VA_ARGS__;                                                                            \
  }
#define NATURAL(...)                                                                               \
  [](int64_t x, int64_t y, unsigned width) -> int64_t {                                            \
    uint64_t a = natural(x, width), b = natural(y, width);                                         \
    (void)b;                                                                                       \
    return int64_t(__VA_ARGS__);                                                                   \
  }
  return llvm::StringSwitch<IntFunction>(name)
      .Case("arith.addi", INT(int64_t(uint64_t(a) + uint64_t(b))))
      .Case("arith.subi", INT(int64_t(uint64_t(a) - uint64_t(b))))
      .Case("arith.muli", INT(int64_t(uint64_t(a) * uint64_t(b))))
      .Case("arith.andi", INT(a & b))
      .Case("arith.ori", INT(a | b))
      .Case("arith.xori", INT(a ^ b))
      .Case("arith.maxsi", INT(std::max(a, b)))
      .Case("arith.minsi", INT(std::min(a, b)))
      .Case("arith.maxui", NATURAL(std::max(a, b)))
      .Case("arith.minui", NATURAL(std::min(a, b)))
      .Case("arith.divsi", INT(b == 0    ? 0
                               : b == -1 ? int64_t(-uint64_t(a))
                                         : a / b))
      .Case("arith.remsi", INT(b == 0 || b == -1 ? 0 : a % b))
      .Case("arith.divui", NATURAL(b == 0 ? 0 : a / b))
      .Case("arith.remui", NATURAL(b == 0 ? 0 : a % b))
      .Case("arith.shli", NATURAL(b < width ? a << b : 0))
      .Case("arith.shrui", NATURAL(b < width ? a >> b : 0))
      .Case("arith.shrsi", INT(a >> std::min<uint64_t>(natural(b, width), width - 1)))
      .Case("math.absi", INT(a < 0 ? int64_t(-uint64_t(a)) : a))
      .Case("arith.extsi", INT(a))
      .Case("arith.trunci", INT(a))
      .Case("arith.extui", NATURAL(a))
      .Default(nullptr);
#undef NATURAL
#undef INT
}

namespace {
/// A body whose operations read and write numbered cells.
class ScalarProgram {
public:
  explicit ScalarProgram(Operation *op);
  bool isValid() const { return result >= 0; }
  /// The cell of operand `i`.
  Cell &input(unsigned i) { return cells[i]; }
  Cell run();

private:
  struct Step {
    std::function<Cell(ArrayRef<Cell> operands)> compute;
    SmallVector<unsigned> operands;
    unsigned result;
  };
  bool add(Operation &op);

  std::vector<Cell> cells;
  std::vector<Step> steps;
  DenseMap<Value, unsigned> places;
  int result = -1;
};
} // namespace

static Cell ofInt(int64_t value, unsigned width = 64) {
  Cell cell;
  cell.i = width < 64 ? llvm::SignExtend64(uint64_t(value), width) : value;
  return cell;
}

static Cell ofFloat(double value) {
  Cell cell;
  cell.f = value;
  return cell;
}

static unsigned widthOf(Value value) {
  return value.getType().isIndex() ? 64 : value.getType().getIntOrFloatBitWidth();
}

/// What crosses from integers to floats and back, compares, or chooses.
static std::function<Cell(ArrayRef<Cell>)> otherStep(Operation &op) {
  unsigned from = op.getNumOperands() ? widthOf(op.getOperand(0)) : 0;
  unsigned to = widthOf(op.getResult(0));
  if (isa<arith::SelectOp>(op))
    return [](ArrayRef<Cell> x) { return x[0].i ? x[1] : x[2]; };
  if (isa<arith::SIToFPOp>(op))
    return [](ArrayRef<Cell> x) { return ofFloat(double(x[0].i)); };
  if (isa<arith::UIToFPOp>(op))
    return [=](ArrayRef<Cell> x) { return ofFloat(double(natural(x[0].i, from))); };
  if (isa<arith::FPToSIOp, arith::FPToUIOp>(op))
    return [=](ArrayRef<Cell> x) { return ofInt(std::isfinite(x[0].f) ? int64_t(x[0].f) : 0, to); };
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    return [p = compare.getPredicate()](ArrayRef<Cell> x) {
      return ofInt(arith::applyCmpPredicate(p, APFloat(x[0].f), APFloat(x[1].f)) ? -1 : 0);
    };
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return [p = compare.getPredicate(), from](ArrayRef<Cell> x) {
      APInt a(from, natural(x[0].i, from)), b(from, natural(x[1].i, from));
      return ofInt(arith::applyCmpPredicate(p, a, b) ? -1 : 0);
    };
  return {};
}

bool ScalarProgram::add(Operation &op) {
  if (op.getNumResults() != 1 || op.getNumRegions() != 0)
    return false;
  unsigned place = places[op.getResult(0)] = cells.size();
  Attribute constant;
  if (matchPattern(&op, m_Constant(&constant))) {
    if (auto number = dyn_cast<FloatAttr>(constant))
      cells.push_back(ofFloat(number.getValueAsDouble()));
    else if (auto number = dyn_cast<IntegerAttr>(constant))
      cells.push_back(ofInt(number.getValue().getSExtValue()));
    return cells.size() == place + 1;
  }
  cells.push_back(ofInt(0));
  Step step{otherStep(op), {}, place};
  StringRef name = op.getName().getStringRef();
  unsigned width = widthOf(op.getResult(0)),
           read = op.getNumOperands() ? widthOf(op.getOperand(0)) : 0;
  if (FloatFunction f = step.compute ? nullptr : floatFunction(name))
    step.compute = [f](ArrayRef<Cell> x) {
      return ofFloat(f(x[0].f, x.size() > 1 ? x[1].f : 0, x.size() > 2 ? x[2].f : 0));
    };
  else if (IntFunction f = step.compute ? nullptr : intFunction(name))
    step.compute = [=](ArrayRef<Cell> x) {
      return ofInt(f(x[0].i, x.size() > 1 ? x[1].i : 0, read), width);
    };
  for (Value operand : op.getOperands()) {
    auto known = places.find(operand);
    if (known == places.end())
      return false;
    step.operands.push_back(known->second);
  }
  steps.push_back(std::move(step));
  return bool(steps.back().compute);
}

/// In the body, integers have no sign and floats are f32 or wider.
static Type bodyType(Type element) {
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), integer.getWidth());
  auto real = dyn_cast<FloatType>(element);
  return real && real.getWidth() < 32 ? Type(Float32Type::get(element.getContext())) : element;
}

ScalarProgram::ScalarProgram(Operation *op) {
  auto body = dyn_cast<ScalarBody>(op);
  if (!body)
    return;
  Block block;
  for (Value operand : op->getOperands()) {
    places[block.addArgument(bodyType(getElementTypeOrSelf(operand.getType())), op->getLoc())] =
        cells.size();
    cells.push_back(ofInt(0));
  }
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&block);
  Value value = body.buildScalar(builder, op->getLoc(), block.getArguments());
  if (value && llvm::all_of(block, [&](Operation &each) { return add(each); }))
    if (auto place = places.find(value); place != places.end())
      result = int(place->second);
  block.dropAllUses();
}

Cell ScalarProgram::run() {
  SmallVector<Cell> operands;
  for (const Step &step : steps) {
    operands.clear();
    for (unsigned place : step.operands)
      operands.push_back(cells[place]);
    cells[step.result] = step.compute(operands);
  }
  return cells[result];
}

Evaluated retort::onnx::evaluateScalarBody(Operation *op, ArrayRef<Tensor> inputs) {
  ScalarProgram program(op);
  auto shape =
      broadcastShapes(llvm::map_to_vector(inputs, [](const Tensor &x) { return x.shape(); }));
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  if (!program.isValid() || !shape || inputs.size() != op->getNumOperands() || inputs.empty())
    return failure();
  if (!isa<FloatType, IntegerType>(element))
    element = inputs[0].element();
  Tensor result = Tensor::zeros(element, *shape);
  SmallVector<Tensor> wide =
      llvm::map_to_vector(inputs, [&](const Tensor &x) { return broadcastTo(x, *shape); });
  if (!result || !llvm::all_of(wide, [](const Tensor &x) { return bool(x); }))
    return failure();
  MutableArrayRef<Cell> cells = result.writable();
  for (int64_t i = 0; i < result.size(); ++i) {
    for (auto [k, tensor] : llvm::enumerate(wide)) {
      Cell cell = tensor.cells()[i];
      program.input(k) =
          tensor.isFloat() ? cell : ofInt(cell.i, tensor.element().getIntOrFloatBitWidth());
    }
    cells[i] = program.run();
    if (element.isInteger(1))
      cells[i].i &= 1;
  }
  return one(result.round());
}
