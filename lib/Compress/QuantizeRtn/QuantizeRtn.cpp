// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds weights to the nearest of a few evenly spaced numbers.
//
//   %w = onnx.initializer "w" ... : tensor<64x172xf32>
//   ==> compress-quantize-rtn{bits=4 group-size=32}
//   %codes = onnx.initializer "w_quantized" ... : tensor<64x172xi4>
//   %scales = onnx.initializer "w_scale" ... : tensor<2x172xf32>
//   %w = onnx.DequantizeLinear(%codes, %scales) {axis = 0 : i64, block_size = 32 : i64}
#include "lib/Compress/QuantizeRtn/RoundSearched.h"
#include "lib/Rounding/FormatMap.h"
#include "lib/Weights/KeptWeight.h"
#include "lib/Weights/LinearWeights.h"
#include "lib/Weights/Remark.h"
#include "lib/Weights/WriteCodes.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_QUANTIZERTNPASS
#include "lib/Compress/QuantizeRtn/QuantizeRtn.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

namespace {
struct RtnOptions {
  StringRef method;
  CodeForm form;
  bool perTensor, search;

  /// Whether a weight is rounded as a whole: pieces do not tell which scale is best.
  bool needsWhole() const { return form.isLevels || search; }
};

/// Turns one weight, or the values of a sparse one, into codes and scales.
class WeightQuantizer {
public:
  WeightQuantizer(LinearWeight &weight, const RtnOptions &options)
      : weight(weight), options(options), source(weight.values), isSparse(keepsNOfM(source)) {
    if (isSparse)
      source = *WeightExpression::of(source.op()->getOperand(1)); // what is kept
  }
  LogicalResult run();

private:
  static bool keepsNOfM(const WeightExpression &values) {
    auto decode = dyn_cast<compress::DecodeSparseOp>(values.op());
    return decode && decode.getM();
  }
  StringRef whyNot() const;
  LogicalResult roundWhole();
  void report(const WeightChange &change, int64_t groupSize);
  LogicalResult chooseGroups();
  LogicalResult quantize();
  Value build();

  LinearWeight &weight;
  const RtnOptions &options;
  WeightExpression source; ///< what is quantized
  bool isSparse;
  CodeLayout layout;
  std::unique_ptr<RoundToNearest> rounding;
  Value codes;
  RelativeError error;
};
} // namespace

/// Groups of a sparse weight hold the kept ones of as many inputs: their scales are those of the
/// dense matrix.
LogicalResult WeightQuantizer::chooseGroups() {
  int64_t axis = weight.inputAxis();
  // No group is longer than the inputs of an output.
  int64_t inputs = weight.type().getDimSize(axis);
  int64_t size = options.form.groupSize > inputs ? 0 : options.form.groupSize;
  if (isSparse) {
    auto decode = cast<compress::DecodeSparseOp>(weight.op);
    int64_t sparseAxis =
        decode.getAxis() < 0 ? decode.getAxis() + source.type().getRank() : decode.getAxis();
    if (sparseAxis == axis && size % *decode.getM() != 0)
      return weight.emitError() << "keeps " << *decode.getN() << " of each " << *decode.getM()
                                << " inputs: expects a 'group-size' that is a multiple of "
                                << *decode.getM() << ", found " << size;
    if (sparseAxis == axis)
      size = size / *decode.getM() * *decode.getN();
  }
  layout = CodeLayout::along(source.type(), options.form.code, axis, size);
  layout.halfScales = options.form.halfScales;
  if (options.perTensor) {
    layout.perTensor = true;
    layout.groups = {1, source.size(), 1, source.size()};
  }
  return success();
}

/// Two passes over the elements, a piece at a time: they may be larger than the memory.
LogicalResult WeightQuantizer::quantize() {
  rounding = std::make_unique<RoundToNearest>(layout.groups, options.form.code);
  int64_t bad = -1;
  source.forEachPiece(1, [&](int64_t begin, ArrayRef<float> piece) {
    if (int64_t found = rounding->observe(begin, piece); bad < 0)
      bad = found;
  });
  if (bad >= 0)
    return weight.checkFinite();
  rounding->fit([&](float scale) { return roundTo(layout.scaleType(), scale); });
  codes = weight.addConstant("_quantized", layout.codeType(), [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    source.forEachPiece(8,
                        [&](int64_t begin, MutableArrayRef<float> piece) { // pieces begin at a byte
                          std::vector<float> original(piece.begin(), piece.end());
                          rounding->encode(begin, piece, bytes.data());
                          error.add(original, piece);
                        });
  });
  return success();
}

Value WeightQuantizer::build() {
  Value result = addDequantize(weight, layout, codes, rounding->scales());
  if (!isSparse)
    return result;
  OpBuilder builder(weight.op);
  Operation *decode = builder.clone(*weight.op);
  decode->setOperand(1, result);
  return decode->getResult(0);
}

StringRef WeightQuantizer::whyNot() const {
  if (source.isQuantized() && !weight.isGiven())
    return "quantized already";
  if (options.needsWhole() && !weight.values.isPlain() && !weight.isGiven() &&
      !KeptWeight::of(weight))
    return "is written as an expression: 'form=levels' and 'range=mse' take plain weights";
  // Sparse weights have their groups chosen with them, see chooseGroups.
  CodeForm form = options.form;
  if (isSparse && !options.needsWhole())
    form.groupSize = 0;
  return form.whyNot(weight);
}

void WeightQuantizer::report(const WeightChange &change, int64_t groupSize) {
  auto remark = weightPassed(weight.loc(), options.method, weight.name(), change);
  remark << remark::metric("bits", options.form.code.bits)
         << remark::metric("symmetric", options.form.code.symmetric)
         << remark::metric("levels", options.form.isLevels)
         << remark::metric("group_size", groupSize);
  int64_t inputs = weight.type().getDimSize(weight.inputAxis());
  if (options.form.groupSize > inputs)
    remark << remark::reason("groups of {0}, which is all inputs that it has, in place of {1}",
                             inputs, options.form.groupSize);
}

LogicalResult WeightQuantizer::roundWhole() {
  if (failed(weight.checkFinite()))
    return failure();
  const CodeForm &form = options.form;
  int64_t groupSize = form.groupOf(weight.type().getDimSize(weight.inputAxis()));
  report(roundSearched(weight, form, options.search), groupSize);
  return success();
}

LogicalResult WeightQuantizer::run() {
  if (StringRef reason = whyNot(); !reason.empty()) {
    weightMissed(weight.loc(), options.method, weight.name()) << remark::reason("{0}", reason);
    return success();
  }
  if (options.needsWhole())
    return roundWhole();
  if (failed(chooseGroups()) || failed(quantize()))
    return failure();
  WeightChange change;
  change.bytesBefore = weight.bytes();
  weight.replaceBy(build());
  change.bytesAfter = weight.bytes();
  change.weightError = error.value();
  change.magnitudes = error.magnitudes();
  report(change, layout.groups.group);
  return success();
}

namespace {
struct QuantizeRtnPass : retort::impl::QuantizeRtnPassBase<QuantizeRtnPass> {
  using Base::Base;

  LogicalResult checkOptions() {
    if (failed(verifyForm(getOperation(), form, symmetric)))
      return failure();
    if (range != "max" && range != "mse")
      return getOperation().emitError()
             << "expects 'range' to be max or mse, found '" << range << "'";
    if (perTensor && (form == "levels" || range == "mse"))
      return getOperation().emitError(
          "expects 'per-tensor' with 'form=integers' and 'range=max' alone");
    if (scales != "f32" && scales != "f16")
      return getOperation().emitError()
             << "expects 'scales' to be f32 or f16, found '" << scales << "'";
    if (perTensor && !formats.empty())
      return getOperation().emitError() << "expects 'per-tensor' or 'formats', found both";
    if (bits < 2 || bits > 8)
      return getOperation().emitError() << "expects 'bits' from 2 to 8, found " << int64_t(bits);
    if (groupSize < 0)
      return getOperation().emitError()
             << "expects a 'group-size' of 0 or more, found " << int64_t(groupSize);
    if (perTensor && groupSize != 0)
      return getOperation().emitError() << "expects 'per-tensor' or a 'group-size', found both";
    return success();
  }

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    CodeForm own{{unsigned(bits), symmetric}, groupSize, form == "levels", scales == "f16"};
    auto map = FormatMap::parse(getOperation(), formats, own);
    if (failed(map))
      return signalPassFailure();
    auto quantize = [&](LinearWeight &weight) {
      RtnOptions options{getArgument(), map->formOf(weight), perTensor, range == "mse"};
      return WeightQuantizer(weight, options).run();
    };
    auto kind = ends ? WeightKind::Ends : WeightKind::Layers;
    if (failed(
            forEachLinearWeight(getOperation(), getArgument(), include, exclude, quantize, kind)))
      return signalPassFailure();
    map->reportUnused(getOperation(), getArgument());
  }
};
} // namespace
