// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts the mean error of a compressed weight into the bias behind it.
//
//   %y = onnx.Add(onnx.MatMul(%x, %codes), %b)
//   ==> compress-correct-bias
//   %y = onnx.Add(onnx.MatMul(%x, %codes), %b')
#include "lib/Compress/CorrectBias/MeanError.h"
#include "lib/Rounding/StoredCodes.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/OriginalWeights.h"
#include "lib/Weights/ProductBias.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_CORRECTBIASPASS
#include "lib/Compress/CorrectBias/CorrectBias.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static StringRef whyNot(const LinearWeight &weight) {
  return weight.values.isPlain() ? "is a plain matrix: nothing has changed it" : "";
}

namespace {
struct CorrectBiasPass : retort::impl::CorrectBiasPassBase<CorrectBiasPass> {
  using Base::Base;

  LogicalResult correct(LinearWeight &weight, const StatisticsRecord &record,
                        const OriginalWeights &originals);
  void runOnOperation() override;
};

/// The product that a bias stands behind.
struct BiasPlace {
  Operation *product = nullptr;
  Value bias; ///< null where there is none yet
};
} // namespace

/// A constant that is added to each row of what the product gives, where outputs lie side by side.
static BiasPlace placeOf(const LinearWeight &weight, bool create, Refusal &why) {
  SmallVector<WeightUse> uses = weight.uses();
  if (uses.size() != 1 || uses.front().kind != WeightUse::Kind::Product) {
    why = "is used more than once";
    return {};
  }
  Operation *product = uses.front().op();
  auto type = dyn_cast<RankedTensorType>(product->getResult(0).getType());
  int64_t outputs = weight.type().getNumElements() / weight.type().getDimSize(weight.inputAxis());
  bool isPlain = isa<onnx::MatMulOp, onnx::GemmOp>(product) &&
                 uses.front().operand->getOperandNumber() == 1 && type && type.getRank() > 0 &&
                 type.getShape().back() == outputs;
  if (!isPlain) {
    why = "the outputs of '" + product->getName().getStringRef() + "' do not lie side by side";
    return {};
  }
  BiasPlace place{product, biasBehind(product)};
  if (place.bias || create)
    return place;
  why = "its product has no bias: 'create' would let an Add come behind it";
  return {};
}

/// Behind the product, and read in its place by all that read it.
static void createBias(LinearWeight &weight, Operation *product, ArrayRef<double> numbers) {
  Value result = product->getResult(0);
  FloatType element = weight.element();
  Value bias = weight.addConstant("_bias", RankedTensorType::get(int64_t(numbers.size()), element),
                                  [&](MutableArrayRef<char> bytes) {
                                    compress::encodeFloats(
                                        element, std::vector<float>(numbers.begin(), numbers.end()),
                                        bytes.data());
                                  });
  OpBuilder builder(product->getContext());
  builder.setInsertionPointAfter(product);
  auto sum =
      onnx::AddOp::create(builder, product->getLoc(), result.getType(), ValueRange{result, bias});
  result.replaceAllUsesExcept(sum->getResult(0), sum);
}

LogicalResult CorrectBiasPass::correct(LinearWeight &weight, const StatisticsRecord &record,
                                       const OriginalWeights &originals) {
  Refusal why;
  BiasPlace place = placeOf(weight, create, why);
  auto target = place.product ? originals.find(weight, why) : std::nullopt;
  auto missed = [&](const std::string &reason) {
    weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", reason);
    return success();
  };
  if (!target)
    return missed(why.reason);
  std::vector<float> weights = rowsOf(weight, *target), error = rowsOf(weight, weight.floats());
  for (auto [off, value] : llvm::zip_equal(error, weights))
    off -= value;
  int64_t outputs = int64_t(weights.size()) / record.inputs;
  std::vector<double> bias = meanError(error, outputs, record.fitted);
  const Moments &rows = record.heldOrFitted();
  Hessian held = Hessian::of(rows, record.inputs);
  double was = outputError(error, outputs, held), is = errorWithBias(error, bias, held, rows),
         norm = outputError(weights, outputs, held);
  if (!(is < was))
    return missed("no closer on the rows held back: " + shortNumber(relativeOutputError(is, norm)) +
                  " of the outputs in place of " + shortNumber(relativeOutputError(was, norm)));
  bool isNew = !place.bias;
  for (double &number : bias)
    number = -number;
  if (isNew)
    createBias(weight, place.product, bias);
  else
    addToBias(place.bias, bias);
  // Neither another correction nor other scales would know of this one.
  weight.forgetOriginal();
  uint64_t added = isNew ? uint64_t(outputs) * weight.element().getWidth() / 8 : 0;
  WeightChange change{weight.bytes(), weight.bytes() + added, 0};
  RelativeError relative;
  for (auto [off, value] : llvm::zip_equal(error, weights))
    relative.add(value, value + off);
  change.weightError = relative.value();
  change.magnitudes = relative.magnitudes();
  weightPassed(weight.loc(), getArgument(), weight.name(), change)
      << remark::metric("creates", isNew)
      << remark::metric("output_error", relativeOutputError(is, norm))
      << remark::metric("output_error_before", relativeOutputError(was, norm));
  return success();
}

void CorrectBiasPass::runOnOperation() {
  auto originals = OriginalWeights::of(getOperation(), reference);
  if (failed(originals))
    return signalPassFailure();
  auto fit = [&](LinearWeight &weight, const StatisticsRecord &record) {
    return correct(weight, record, *originals);
  };
  if (failed(forEachMeasuredWeight(getOperation(), getArgument(), include, exclude, whyNot, fit)))
    signalPassFailure();
}
