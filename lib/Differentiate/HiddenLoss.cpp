// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far hidden states are from those of a teacher. Sources: Jiao et al., TinyBERT (1909.10351),
// where widths that differ get a linear map; Sun et al. (1908.09355), where states are normalized.
#include "lib/Differentiate/HiddenLoss.h"
#include "lib/Differentiate/Term.h"

using namespace mlir;
using namespace retort;

/// Of rows that are zero.
static constexpr double tiny = 1e-12;

static Term squaresOfRows(Term rows) {
  Term sum = (rows * rows).sumAlong({1});
  return {rows.build->reshape(sum, {shapeOf(rows)[0]}), *rows.build};
}

Value retort::lossOfState(OnnxBuilder &build, const HeldState &state, Value weights) {
  int64_t rows = shapeOf(state.teacher)[0];
  Value own = build.reshape(state.own, {rows, shapeOf(state.own).back()});
  if (state.map)
    own = build.product(own, state.map);
  Term teacher(state.teacher, build), difference = Term(own, build) - teacher;
  Term error = squaresOfRows(difference) / (squaresOfRows(teacher) + tiny);
  Term sum = (error * Term(weights, build)).sumAlong({0});
  return build.reshape(sum, ArrayRef<int64_t>());
}

FailureOr<HiddenLoss> retort::hiddenLoss(OnnxBuilder &build, ArrayRef<HeldState> states,
                                         Value weights, double factor, bool wantsGradient,
                                         Refusal &refusal) {
  HiddenLoss result;
  for (HeldState state : states) {
    // Its operand is the state also where what gives it is replaced by its body.
    auto copy =
        onnx::IdentityOp::create(build.raw(), build.location(), state.own.getType(), state.own);
    state.own = copy;
    Value loss = Term(lossOfState(build, state, weights), build) * (factor / double(states.size()));
    result.loss = result.loss ? build.add(result.loss, loss) : loss;
    if (!wantsGradient)
      continue;
    SmallVector<Value> values{state.own};
    if (state.map)
      values.push_back(state.map);
    auto gradients = addGradients(loss, values, refusal);
    if (failed(gradients))
      return failure();
    result.shares.push_back({&copy->getOpOperand(0), gradients->front()});
    llvm::append_range(result.gradientsOfMaps, ArrayRef(*gradients).drop_front());
  }
  return result;
}
