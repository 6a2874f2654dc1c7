// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What training makes small.
#include "lib/Differentiate/Loss.h"
#include "lib/Differentiate/Term.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

llvm::Error LossOptions::check() const {
  if (!llvm::is_contained({"ce", "forward-kl", "reverse-kl", "jsd", "skew-kl", "rows"}, kind))
    return llvm::createStringError("expects 'loss' to be ce, forward-kl, reverse-kl, jsd or "
                                   "skew-kl, found '" +
                                   kind + "'");
  if (!(temperature > 0))
    return llvm::createStringError("expects a 'temperature' above 0, found " +
                                   shortNumber(temperature));
  if (!(beta > 0 && beta < 1))
    return llvm::createStringError("expects a 'beta' between 0 and 1, found " + shortNumber(beta));
  if (!(mix >= 0 && mix <= 1))
    return llvm::createStringError("expects a 'mix' from 0 to 1, found " + shortNumber(mix));
  if (topK < 0 || (topK > 0 && kind != "forward-kl"))
    return llvm::createStringError("expects 'top-k' of 0, or more with forward-kl, found " +
                                   llvm::Twine(topK) + " with " + kind);
  return llvm::Error::success();
}

static Term logSoftmax(Term z) { return z.apply<onnx::LogSoftmaxOp>(); }

/// Of each row the columns that it names.
static Term pick(Term values, Value ids) {
  OnnxBuilder &build = *values.build;
  auto type = cast<RankedTensorType>(ids.getType()).clone(values.element());
  return {onnx::GatherElementsOp::create(build.raw(), build.location(), type, values, ids,
                                         build.raw().getI64IntegerAttr(1)),
          build};
}

Value retort::crossEntropy(OnnxBuilder &build, Value logits, Value labels) {
  Term picked = pick(logSoftmax({logits, build}), labels);
  return -Term(build.reshape(picked, {shapeOf(logits)[0]}), build);
}

namespace {
/// Losses of rows, T.
class RowLosses {
public:
  RowLosses(OnnxBuilder &build, const LossOptions &options, Value logits)
      : build(build), options(options), logits(logits, build) {}
  Term nextToken(Value labels) { return {crossEntropy(build, logits, labels), build}; }
  Term divergence(Value teacher);

private:
  Term sumOfRow(Term value) {
    Term sum = value.sumAlong({1});
    return {build.reshape(sum, {shapeOf(sum)[0]}), build};
  }
  Term likelyDivergence(Term u, Term logP);

  OnnxBuilder &build;
  const LossOptions &options;
  Term logits;
};
} // namespace

Value retort::labelsOf(OnnxBuilder &build, Value tokens) {
  int64_t rows = shapeOf(tokens)[1];
  Value next = build.concat({build.slice(tokens, 1, 1, rows), build.slice(tokens, 1, 0, 1)}, 1);
  return build.reshape(next, {rows, 1});
}

/// All but the `topK` most probable ids of the teacher are one class.
Term RowLosses::likelyDivergence(Term u, Term logP) {
  OpBuilder &raw = build.raw();
  SmallVector<int64_t> shape{shapeOf(u)[0], std::min(options.topK, shapeOf(u)[1])};
  auto type = cast<RankedTensorType>(u.value.getType());
  auto best = onnx::TopKOp::create(raw, build.location(), type.clone(shape),
                                   RankedTensorType::get(shape, raw.getI64Type()), u,
                                   build.integers({shape[1]}), raw.getI64IntegerAttr(1),
                                   raw.getI64IntegerAttr(1), raw.getI64IntegerAttr(1));
  Term ut(best->getResult(0), build), lt = pick(logP, best->getResult(1));
  // What is left of both, which rounding must not make negative.
  auto rest = [&](Term known) { return Term(build.maximum(1 - known, known.number(1e-7)), build); };
  Term restU = rest(sumOfRow(ut)), restP = rest(sumOfRow(exp(lt)));
  Term tiny = ut.number(1e-30);
  Term known = sumOfRow(ut * (log(Term(build.maximum(ut, tiny), build)) - lt));
  return known + restU * (log(restU) - log(restP));
}

Term RowLosses::divergence(Value teacherLogits) {
  double t = options.temperature, b = options.beta;
  Term teacher(teacherLogits, build);
  Term logP = logSoftmax(t == 1 ? logits : logits / t),
       logU = logSoftmax(t == 1 ? teacher : teacher / t);
  Term u = exp(logU);
  auto scaled = [&](Term loss) { return t == 1 ? loss : loss * (t * t); };
  if (options.kind == "forward-kl")
    return scaled(options.topK > 0 ? likelyDivergence(u, logP) : sumOfRow(u * (logU - logP)));
  Term p = exp(logP);
  if (options.kind == "reverse-kl")
    return scaled(sumOfRow(p * (logP - logU)));
  Term logM = log(u * b + p * (1 - b));
  if (options.kind == "skew-kl")
    return scaled(sumOfRow(u * (logU - logM)));
  return scaled(sumOfRow(u * (logU - logM)) * b + sumOfRow(p * (logP - logM)) * (1 - b));
}

Value retort::lossOfRows(OnnxBuilder &build, const LossOptions &options, Value logits,
                         Value teacher, Value labels, Value weights) {
  if (options.kind == "rows") {
    Term sum = (Term(build.reshape(logits, {shapeOf(logits)[0]}), build) * Term(weights, build))
                   .sumAlong({0});
    return build.reshape(sum, ArrayRef<int64_t>());
  }
  RowLosses losses(build, options, logits);
  double mix = options.readsTeacher() ? options.mix : 0;
  std::optional<Term> loss;
  if (mix > 0)
    loss = mix == 1 ? losses.divergence(teacher) : losses.divergence(teacher) * mix;
  if (mix < 1) {
    Term ce = losses.nextToken(labels);
    ce = mix == 0 ? ce : ce * (1 - mix);
    loss = loss ? *loss + ce : ce;
  }
  Term sum = (*loss * Term(weights, build)).sumAlong({0});
  return build.reshape(sum, ArrayRef<int64_t>());
}

Value retort::buildLoss(OnnxBuilder &build, const LossOptions &options, Value logits, Value teacher,
                        Value tokens, Value weights) {
  return lossOfRows(build, options, logits, teacher, labelsOf(build, tokens), weights);
}
