// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of some rows after the other.
//
//   %z = onnx.MatMul(%h, %w); %l = loss(%z)   ->
//     %h0 = slice(%h); %z0 = onnx.MatMul(%h0, %w); %l0 = loss(%z0); %dh0 = ...; %h1 = ...
//     %l = %l0 + %l1; %dh = concat(%dh0, %dh1)
#include "lib/Differentiate/HeadLoss.h"
#include "lib/Analysis/GraphCuts.h"
#include "lib/Differentiate/LogitHead.h"
#include "lib/Differentiate/Reverse.h"

#include "dialects/Retort/Backward.h"

#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace retort;

/// Rows that are made at once at least: fewer would decode a weight too often.
static constexpr int64_t leastRows = 64, partsOfTrained = 8;

static int64_t countParts(Value logits, int64_t bytes) {
  int64_t rows = shapeOf(logits)[0];
  return llvm::divideCeil(rows, std::max(bytes / (4 * shapeOf(logits)[1]), leastRows));
}

/// Those of the parameters that the values follow from.
static llvm::SmallDenseSet<Value> reached(ArrayRef<Value> values) {
  llvm::SmallDenseSet<Value> result;
  SmallVector<Value> open(values);
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (result.insert(value).second)
      if (Operation *op = value.getDefiningOp())
        llvm::append_range(open, valuesReadBy(op));
  }
  return result;
}

/// Without a loss where the logits are few, or made in another way.
static FailureOr<HeadLoss> lossInParts(func::FuncOp function, const GradientSpec &spec,
                                       const LossInputs &inputs, Refusal &refusal) {
  HeadLoss built;
  auto head = spec.loss.kind == "rows" ? std::nullopt : LogitHead::of(inputs.logits);
  if (!head)
    return built;
  llvm::SmallDenseSet<Value> others = reached(head->others());
  SmallVector<Value> asked{Value()}, parameters(function.getArguments().take_back(
                                         spec.wantsGradient ? spec.parameters.size() : 0));
  for (Value parameter : parameters)
    if (others.contains(parameter))
      asked.push_back(parameter);
  int64_t rows = shapeOf(inputs.logits)[0],
          parts =
              countParts(inputs.logits, (asked.size() > 1 ? partsOfTrained : 1) * spec.logitBytes);
  if (parts == 1)
    return built;
  OpBuilder builder(function.getBody().front().getTerminator());
  OnnxBuilder build(builder, inputs.logits.getLoc());
  built.seen = build.reshape(head->rows(), {rows, head->width()});
  SmallVector<Value> ofRows, sums(asked.size());
  for (int64_t part = 0; part < parts; ++part) {
    int64_t begin = part * rows / parts, end = (part + 1) * rows / parts;
    auto slice = [&](Value all) { return all ? build.slice(all, 0, begin, end) : Value(); };
    // An argument stands for the rows: what made them is none of the head's business.
    Value ofPart = slice(built.seen);
    unsigned place = function.getNumArguments();
    (void)function.insertArgument(place, ofPart.getType(), {}, ofPart.getLoc());
    asked.front() = function.getArgument(place);
    auto connect = llvm::make_scope_exit([&] {
      function.getArgument(place).replaceAllUsesWith(ofPart);
      (void)function.eraseArgument(place);
    });
    Value loss = lossOfRows(build, spec.loss, head->logitsOf(build, asked.front()),
                            slice(inputs.teacher), slice(inputs.labels), slice(inputs.weights));
    built.loss = built.loss ? build.add(built.loss, loss) : loss;
    if (!spec.wantsGradient)
      continue;
    auto gradients = addGradients(loss, asked, refusal);
    if (failed(gradients))
      return failure();
    ofRows.push_back(gradients->front());
    for (size_t i = 1; i < asked.size(); ++i)
      sums[i] = sums[i] ? build.add(sums[i], (*gradients)[i]) : (*gradients)[i];
  }
  if (!spec.wantsGradient)
    return built;
  built.gradient = build.concat(ofRows, 0);
  built.further.resize(parameters.size());
  for (size_t i = 1; i < asked.size(); ++i)
    built.further[llvm::find(parameters, asked[i]) - parameters.begin()] = sums[i];
  return built;
}

FailureOr<HeadLoss> retort::headLoss(func::FuncOp function, const GradientSpec &spec,
                                     const LossInputs &inputs, Refusal &refusal) {
  auto built = lossInParts(function, spec, inputs, refusal);
  if (failed(built) || built->loss)
    return built;
  OpBuilder builder(function.getBody().front().getTerminator());
  OnnxBuilder build(builder, inputs.logits.getLoc());
  built->loss = built->seen =
      lossOfRows(build, spec.loss, inputs.logits, inputs.teacher, inputs.labels, inputs.weights);
  return built;
}
