// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Norms in their own operations:
//   %m = onnx.ReduceMean(onnx.Mul(%x, %x)) ... onnx.Mul(onnx.Mul(%x, onnx.Reciprocal(onnx.Sqrt(%m +
//   e))), %w)
//   -> llm.rms_norm(%x, %w) {epsilon = e}
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Recognize/NormMatch.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/RegionUtils.h"

namespace retort {
#define GEN_PASS_DECL_RECOGNIZENORMSPASS
#define GEN_PASS_DEF_RECOGNIZENORMSPASS
#include "lib/Recognize/RecognizeNorms.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

namespace {
/// What becomes one operation: the value to replace, and its operands.
struct Norm {
  Value result, input, weight, bias;
};
} // namespace

/// The other operand of a commutative operation.
static Value otherOperand(Operation *op, Value value) {
  return op->getOperand(op->getOperand(0) == value ? 1 : 0);
}

/// Whether `value` has one element for each place along the last axis of `input`, and no other axes
/// of a size.
static bool isVectorFor(Value value, Value input) {
  auto type = typeOf(value);
  if (!type || type.getRank() == 0 || type.getRank() > typeOf(input).getRank() ||
      type.getShape().back() != typeOf(input).getShape().back())
    return false;
  auto lead = type.getShape().drop_back();
  return llvm::all_of(lead, [](int64_t size) { return size == 1; }) &&
         (lead.empty() || onnx::ConstantView::of(value));
}

/// The norm with the weight that follows, and the bias of a centered one.
static Norm withWeight(Norm norm, Operation *product, bool takesBias) {
  norm.weight = otherOperand(product, norm.result);
  norm.result = product->getResult(0);
  if (!takesBias || !norm.result.hasOneUse())
    return norm;
  Operation *user = *norm.result.user_begin();
  if (!isa<onnx::AddOp>(user) || user->getOperand(0) == user->getOperand(1))
    return norm;
  if (Value bias = otherOperand(user, norm.result);
      isVectorFor(bias, norm.input) && user->getResult(0).getType() == norm.result.getType()) {
    norm.bias = bias;
    norm.result = user->getResult(0);
  }
  return norm;
}

static bool isWeighted(Operation *user, Value normalized, Value input) {
  return isa<onnx::MulOp>(user) && user->getOperand(0) != user->getOperand(1) &&
         isVectorFor(otherOperand(user, normalized), input) &&
         user->getResult(0).getType() == input.getType();
}

/// The norm in the type that it was widened from, where all users round it back.
static Norm narrowed(Norm norm) {
  auto widening = norm.input.getDefiningOp<onnx::CastOp>();
  if (!widening || norm.result.use_empty())
    return norm;
  Value narrow = widening->getOperand(0);
  auto rounds = [&](Operation *user) {
    return isa<onnx::CastOp>(user) && user->getResult(0).getType() == narrow.getType();
  };
  auto wide = typeOf(norm.input).getElementType();
  bool widens = typeOf(narrow) && isa<Float16Type, BFloat16Type>(typeOf(narrow).getElementType()) &&
                wide.isF32();
  // Several equal conversions are one after CSE; two stay two norms' worth of work, and are left.
  if (!widens || !norm.result.hasOneUse() || !rounds(*norm.result.user_begin()))
    return norm;
  return {(*norm.result.user_begin())->getResult(0), narrow, {}, {}};
}

/// One norm for each weight, where every user of the normalized value is a product with a weight.
static SmallVector<Norm> normsOf(Operation *normalized, Value input, bool centered) {
  Norm plain = narrowed({normalized->getResult(0), input, {}, {}});
  SmallVector<Norm> norms;
  for (Operation *user : plain.result.getUsers())
    if (!isWeighted(user, plain.result, plain.input))
      return {plain};
  for (Operation *user : plain.result.getUsers())
    norms.push_back(withWeight(plain, user, centered));
  return norms.empty() ? SmallVector<Norm>{plain} : norms;
}

/// A weight of rank 1; a constant of more axes of size 1 is written anew.
static Value asVector(OpBuilder &builder, Value value) {
  if (!value || typeOf(value).getRank() == 1)
    return value;
  auto type = typeOf(value);
  auto view = onnx::ConstantView::of(value);
  return makeConstantOp(
      builder, value.getLoc(),
      onnx::makeConstant(RankedTensorType::get({type.getNumElements()}, type.getElementType()),
                         view->bytes(), "norm"));
}

static void replaceNorm(IRRewriter &rewriter, const NormMatch &match, Norm norm) {
  Operation *last = norm.result.getDefiningOp();
  rewriter.setInsertionPoint(last);
  auto type = typeOf(norm.input);
  Value weight = asVector(rewriter, norm.weight), bias = asVector(rewriter, norm.bias);
  // A factor of its own is a weight; beside another weight that one keeps its product.
  if (!weight || match.scale != 1) {
    if (weight)
      norm = {norm.result, norm.input, {}, {}};
    weight = makeSplat(rewriter, last->getLoc(), type.getElementType(), type.getShape().back(),
                       match.scale);
  }
  Value result;
  if (match.centered)
    result = onnx::LayerNormalizationOp::create(rewriter, last->getLoc(), type, Type(), Type(),
                                                norm.input, weight, bias, int64_t(-1),
                                                float(match.epsilon))
                 .getY();
  else
    result = llm::RmsNormOp::create(rewriter, last->getLoc(), type, norm.input, weight,
                                    APFloat(float(match.epsilon)));
  onnx::replaceValue(rewriter, norm.result, result);
}

/// Whether the types allow it: a norm has the type of its input.
static bool keepsType(const NormMatch &match) {
  return llvm::all_of(match.normalized, [](auto &each) {
    return each.first->getResult(0).getType() == each.second.getType();
  });
}

static Refusal recognizeWritten(IRRewriter &rewriter, Operation *reduction) {
  NormSearch search = searchNorm(reduction);
  if (!search.isNorm)
    return {};
  if (!search.why.empty())
    return search.why;
  if (!keepsType(search.match))
    return "it has another type than its input";
  for (auto [normalized, input] : search.match.normalized) {
    SmallVector<Norm> norms = search.match.scale == 1
                                  ? normsOf(normalized, input, search.match.centered)
                                  : SmallVector<Norm>{{normalized->getResult(0), input, {}, {}}};
    for (const Norm &norm : norms)
      replaceNorm(rewriter, search.match, norm);
  }
  return {};
}

static bool isUnused(Value value) { return !value || value.use_empty(); }

/// RMSNormalization and SimplifiedLayerNormalization along the last axis with a weight of that
/// size.
static Refusal recognizeFused(IRRewriter &rewriter, Operation *op, Value statistic) {
  Value input = op->getOperand(0), weight = op->getOperand(1), result = op->getResult(0);
  auto type = typeOf(input);
  if (!type)
    return "its input has a rank that is not known";
  if (!isUnused(statistic))
    return "its statistics are used";
  if (onnx::frontAxis(onnx::intAttribute(op, "axis", -1), type.getRank()) != type.getRank() - 1)
    return "it normalizes over several axes";
  if (!isVectorFor(weight, input))
    return "its weight is not one number for each coordinate";
  if (result.getType() != input.getType() ||
      typeOf(weight).getElementType() != typeOf(result).getElementType())
    return "it has another type than its input or weight";
  rewriter.setInsertionPoint(op);
  weight = asVector(rewriter, weight);
  onnx::replaceValue(
      rewriter, result,
      llm::RmsNormOp::create(rewriter, op->getLoc(), type, input, weight,
                             APFloat(float(onnx::floatAttribute(op, "epsilon", 1e-5f)))));
  return {};
}

/// input + skip + bias; then the norm of the sum, which is a result of its own.
template <typename OpT>
static Refusal recognizeSkip(IRRewriter &rewriter, OpT op, Value beta, bool isKnown) {
  Value input = op.getInput(), result = op.getOutput();
  if (!isKnown)
    return "its skip may have another shape than its input";
  if (!typeOf(input) || typeOf(input) != typeOf(result))
    return "it has another type than its input";
  if (!isUnused(op.getMean()) || !isUnused(op.getInvStdVar()))
    return "its statistics are used";
  if (!isVectorFor(op.getGamma(), input))
    return "its weight is not one number for each coordinate";
  rewriter.setInsertionPoint(op);
  auto type = typeOf(input);
  Value sum = onnx::AddOp::create(rewriter, op.getLoc(), type, input, op.getSkip());
  if (op.getBias())
    sum = onnx::AddOp::create(rewriter, op.getLoc(), type, sum, op.getBias());
  float epsilon = op.getEpsilon();
  Value norm;
  if (isa<onnx::MicrosoftSkipLayerNormalizationOp>(op.getOperation()))
    norm = onnx::LayerNormalizationOp::create(rewriter, op.getLoc(), type, Type(), Type(), sum,
                                              op.getGamma(), beta, int64_t(-1), epsilon)
               .getY();
  else
    norm =
        llm::RmsNormOp::create(rewriter, op.getLoc(), type, sum, op.getGamma(), APFloat(epsilon));
  onnx::replaceValue(rewriter, result, norm);
  if (op.getInputSkipBiasSum())
    onnx::replaceValue(rewriter, op.getInputSkipBiasSum(), sum);
  return {};
}

/// The sum of the rows of tables that tokens, positions and segments look up, normalized.
static Refusal recognizeEmbed(IRRewriter &rewriter, onnx::MicrosoftEmbedLayerNormalizationOp op) {
  auto type = typeOf(op.getOutput()), ids = typeOf(op.getInputIds());
  if (!type || !ids || ids.getRank() != 2)
    return "its tokens are not rows of a batch";
  if (!isUnused(op.getMaskIndex()))
    return "its lengths of texts are used";
  if (bool(op.getSegmentIds()) != bool(op.getSegmentEmbedding()))
    return "it has segments without a table, or a table without segments";
  rewriter.setInsertionPoint(op);
  OnnxBuilder make(rewriter, op.getLoc());
  Value places = op.getPositionIds();
  if (!places)
    places = make.unsqueeze(make.range(make.squeeze(make.size(op.getInputIds(), 1), {0})), {0});
  Value sum = make.add(make.lookUp(op.getWordEmbedding(), op.getInputIds()),
                       make.lookUp(op.getPositionEmbedding(), places));
  if (op.getSegmentIds())
    sum = make.add(sum, make.lookUp(op.getSegmentEmbedding(), op.getSegmentIds()));
  sum.setType(type);
  onnx::replaceValue(rewriter, op.getOutput(),
                     onnx::LayerNormalizationOp::create(rewriter, op.getLoc(), type, Type(), Type(),
                                                        sum, op.getGamma(), op.getBeta(),
                                                        int64_t(-1), op.getEpsilon())
                         .getY());
  if (op.getEmbeddingSum())
    onnx::replaceValue(rewriter, op.getEmbeddingSum(), sum);
  return {};
}

namespace {
struct RecognizeNormsPass : retort::impl::RecognizeNormsPassBase<RecognizeNormsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    Refusals missed;
    knownSkips.clear();
    for (auto function : getOperation().getOps<func::FuncOp>())
      findKnownSkips(function);
    getOperation()->walk([&](Operation *op) {
      Location place = op->getLoc();
      if (Refusal why = recognize(rewriter, op); !why.empty())
        missed.add(why, place);
    });
    reportMissed(missed, getArgument(), "recognize");
    for (auto function : getOperation().getOps<func::FuncOp>())
      (void)runRegionDCE(rewriter, function->getRegions());
  }

  /// While the operations are those that the analysis has seen.
  void findKnownSkips(func::FuncOp function) {
    std::optional<onnx::SymbolicDims> dims;
    function->walk([&](Operation *op) {
      if (!isa<onnx::MicrosoftSkipLayerNormalizationOp,
               onnx::MicrosoftSkipSimplifiedLayerNormalizationOp>(op))
        return;
      if (!dims)
        dims.emplace(function);
      if (isKnownSkip(*dims, op->getOperand(1), op->getOperand(0)))
        knownSkips.insert(op);
    });
  }

  Refusal recognize(IRRewriter &rewriter, Operation *op) {
    if (auto fused = dyn_cast<onnx::RMSNormalizationOp>(op))
      return recognizeFused(rewriter, fused, Value());
    if (auto fused = dyn_cast<onnx::SimplifiedLayerNormalizationOp>(op))
      return recognizeFused(rewriter, fused, fused.getInvStdVar());
    if (auto skip = dyn_cast<onnx::MicrosoftSkipLayerNormalizationOp>(op))
      return recognizeSkip(rewriter, skip, skip.getBeta(), knownSkips.contains(op));
    if (auto skip = dyn_cast<onnx::MicrosoftSkipSimplifiedLayerNormalizationOp>(op))
      return recognizeSkip(rewriter, skip, Value(), knownSkips.contains(op));
    if (auto embed = dyn_cast<onnx::MicrosoftEmbedLayerNormalizationOp>(op))
      return recognizeEmbed(rewriter, embed);
    return recognizeWritten(rewriter, op);
  }

  DenseSet<Operation *> knownSkips;
};
} // namespace
