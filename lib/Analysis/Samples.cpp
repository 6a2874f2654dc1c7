// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bindings of a sample.
#include "lib/Analysis/Samples.h"

#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Analysis/InputSizes.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

Samples::Samples(func::FuncOp function) : function(function), hotValues(function) {}

bool Samples::hasState() const { return llvm::is_contained(hotValues.roles(), InputRole::State); }

SmallVector<SmallVector<int64_t>> Samples::inputShapes(Sample sample) {
  return chooseInputSizes(function, hotValues.roles(), sample.batch, sample.tokens, sample.past);
}

bool Samples::isValid(Sample sample) {
  Operation *end = function.getBody().front().getTerminator();
  return end->getNumOperands() && shape(end->getOperand(0), sample);
}

ArrayRef<Sample> Samples::probes() {
  if (chosenProbes.empty())
    chosenProbes = {{2, 3, 2}, {2, 5, 1}};
  if (hasState() && !isValid(chosenProbes.front()) && isValid({2, 3, 0}))
    chosenProbes = {{2, 3, 0}, {2, 1, 2}};
  return chosenProbes;
}

const onnx::Cone::Shapes &Samples::shapes(Sample sample) {
  auto &entry = known[{sample.batch, sample.tokens, sample.past}];
  if (!entry) {
    SmallVector<SmallVector<int64_t>> inputs = inputShapes(sample);
    entry = std::make_unique<onnx::Cone::Shapes>(onnx::concreteShapes(function, inputs));
  }
  return *entry;
}

std::optional<SmallVector<int64_t>> Samples::shape(Value value, Sample sample) {
  const onnx::Cone::Shapes &all = shapes(sample);
  if (auto found = all.find(value); found != all.end())
    return found->second;
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  return llvm::to_vector(type.getShape());
}

/// Whether column `j` of `columns` holds a token of the batch's part `b`. The first of several parts
/// is whole; where there is one alone, it is the one with padding.
static bool isToken(Padding padding, int64_t batch, int64_t b, int64_t j, int64_t columns) {
  if (batch > 1 && b != 1)
    return true;
  switch (padding) {
  case Padding::None:
    return true;
  case Padding::Right:
    return j + 2 < columns;
  case Padding::Left:
    return j >= 2;
  case Padding::Hole:
    return j != 1;
  case Padding::All:
    return false;
  }
  llvm_unreachable("a padding without a rule");
}

/// What a cold input holds.
static double element(InputRole role, const Sample &sample, ArrayRef<int64_t> shape, int64_t i) {
  int64_t columns = shape.empty() ? 1 : shape.back();
  int64_t rows = 1;
  for (int64_t size : shape.drop_front(shape.empty() ? 0 : 1))
    rows *= size;
  int64_t b = shape.size() > 1 ? i / rows : 0, j = i % columns;
  switch (role) {
  case InputRole::Positions:
    if (sample.places == Places::Restarted && j >= 2)
      return sample.past + j - 2;
    return sample.past + j + (sample.places == Places::Shifted ? 3 : 0);
  case InputRole::Mask:
    return isToken(sample.padding, shape.empty() ? 1 : shape.front(), b, j, columns);
  case InputRole::Length:
    return sample.past + sample.tokens;
  case InputRole::Start:
    return sample.past + (sample.places == Places::Shifted ? 3 : 0);
  default:
    return 0;
  }
}

onnx::Cone Samples::cone(Sample sample) {
  onnx::Cone cone;
  const onnx::Cone::Shapes &all = shapes(sample);
  cone.bindShapes(all);
  for (BlockArgument argument : function.getArguments()) {
    InputRole role = hotValues.role(argument);
    auto found = all.find(argument);
    if (carriesText(role) || found == all.end())
      continue;
    Tensor tensor = Tensor::zeros(getElementTypeOrSelf(argument.getType()), found->second);
    if (!tensor)
      continue;
    for (auto [i, cell] : llvm::enumerate(tensor.writable())) {
      double number = element(role, sample, found->second, i);
      if (tensor.isFloat())
        cell.f = number;
      else
        cell.i = int64_t(number);
    }
    cone.bind(argument, tensor);
  }
  return cone;
}

FailureOr<Tensor> Samples::evaluate(Value value, Sample sample, std::string *reason) {
  onnx::Cone at = cone(sample);
  FailureOr<Tensor> result = at.evaluate(value);
  if (failed(result) && reason)
    *reason = at.reason().str();
  return result;
}

/// The same, for a constant.
static std::optional<double> constantNumber(const onnx::ConstantView &view) {
  bool isFloat = isa<FloatType>(view.type().getElementType());
  auto at = [&](int64_t i) { return isFloat ? view.floatAt(i) : double(view.intAt(i)); };
  for (int64_t i = 1; i < (view.isSplat() ? 0 : view.size()); ++i)
    if (at(i) != at(0))
      return std::nullopt;
  return view.size() ? std::optional(at(0)) : std::nullopt;
}

std::optional<double> Samples::number(Value value) {
  if (auto view = onnx::ConstantView::of(value))
    return constantNumber(*view);
  std::optional<double> number;
  for (int64_t tokens : {5, 8}) {
    Sample sample;
    sample.tokens = tokens;
    sample.past = hasState() ? tokens - 2 : 0;
    FailureOr<Tensor> tensor = evaluate(value, sample);
    if (failed(tensor))
      return std::nullopt;
    for (int64_t i = 0; i < tensor->size(); ++i) {
      double here = tensor->number(i);
      if (number && *number != here)
        return std::nullopt;
      number = here;
    }
  }
  return number;
}
