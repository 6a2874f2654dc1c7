// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//   %a = onnx.DFT(Unsqueeze(Pad(%x)), %n), %b = onnx.DFT(Unsqueeze(Pad(Slice(%f, 0, T))), %n)
//   Slice(Squeeze(onnx.DFT(%a * %b) {inverse, onesided}), 0, T)
//     ->  onnx.Conv(%x, reversed %f) {group = channels, pads = [L - 1, 0]}
#include "dialects/Onnx/Fourier/Fourier.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Support/Refusal.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL_RECOGNIZELONGCONVOLUTIONPASS
#define GEN_PASS_DEF_RECOGNIZELONGCONVOLUTIONPASS
#include "lib/Recognize/RecognizeLongConvolution.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

static int64_t front(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

namespace {
/// A real signal whose transform is taken: the last axis is that of its rows.
struct Signal {
  Value value;
  onnx::Polynomial rows; ///< there are no more than so many
};

class LongConvolution {
public:
  LongConvolution(onnx::SymbolicDims &dims, onnx::DFTOp back) : dims(dims), back(back) {}
  /// The value behind everything, which the convolution replaces; null where there is none.
  Value find(Refusal &why);
  Value rewrite(OnnxBuilder &b);

private:
  onnx::DFTOp productOfTransforms(onnx::DFTOp &other);
  std::optional<Signal> signalOf(onnx::DFTOp transform);
  std::optional<onnx::Polynomial> number(Value value) {
    auto contents = dims.contents(value);
    return contents && contents->elements.size() == 1 ? std::optional(contents->elements.front())
                                                      : std::nullopt;
  }

  onnx::SymbolicDims &dims;
  onnx::DFTOp back;
  std::optional<Signal> rows, filter;
};
} // namespace

/// Part 0 or 1 of the last axis of a transform; nullopt where it is no part.
static std::optional<std::pair<onnx::DFTOp, int64_t>> partOf(Value value) {
  while (auto squeeze = value.getDefiningOp<onnx::UnsqueezeOp>())
    value = squeeze.getData();
  if (auto gather = value.getDefiningOp<onnx::GatherOp>()) {
    auto transform = gather.getData().getDefiningOp<onnx::DFTOp>();
    auto index = integersOf(gather.getIndices());
    int64_t rank = transform ? typeOf(transform.getOutput()).getRank() : 0;
    if (transform && index && index->size() == 1 && front(gather.getAxis(), rank) == rank - 1)
      return std::pair(transform, front(index->front(), 2));
    return std::nullopt;
  }
  auto slice = value.getDefiningOp<onnx::SliceOp>();
  auto transform = slice ? slice.getData().getDefiningOp<onnx::DFTOp>() : nullptr;
  if (!transform || !typeOf(transform.getOutput()))
    return std::nullopt;
  auto starts = integersOf(slice.getStarts()), ends = integersOf(slice.getEnds()),
       axes = slice.getAxes() ? integersOf(slice.getAxes()) : std::nullopt;
  int64_t rank = typeOf(transform.getOutput()).getRank();
  if (!starts || !ends || !axes || axes->size() != 1 || front(axes->front(), rank) != rank - 1)
    return std::nullopt;
  int64_t begin = front(starts->front(), 2), end = std::min<int64_t>(front(ends->front(), 2), 2);
  return end - begin == 1 ? std::optional(std::pair(transform, begin)) : std::nullopt;
}

namespace {
using Part = std::pair<onnx::DFTOp, int64_t>;

/// The product of a part of one transform and a part of another.
struct PartProduct {
  std::optional<Part> a, b;
  explicit PartProduct(Value value) {
    if (auto product = value.getDefiningOp<onnx::MulOp>()) {
      a = partOf(product.getA());
      b = partOf(product.getB());
    }
  }
  explicit operator bool() const { return a && b; }
};
} // namespace

/// (ar br - ai bi, ar bi + ai br), in any order of the factors.
onnx::DFTOp LongConvolution::productOfTransforms(onnx::DFTOp &other) {
  auto concat = back.getInput().getDefiningOp<onnx::ConcatOp>();
  if (!concat || concat.getInputs().size() != 2)
    return {};
  Value re = concat.getInputs()[0], im = concat.getInputs()[1];
  auto unwrap = [](Value value) {
    auto unsqueeze = value.getDefiningOp<onnx::UnsqueezeOp>();
    return unsqueeze ? Value(unsqueeze.getData()) : value;
  };
  auto difference = unwrap(re).getDefiningOp<onnx::SubOp>();
  auto sum = unwrap(im).getDefiningOp<onnx::AddOp>();
  if (!difference || !sum)
    return {};
  PartProduct reals(difference.getA()), imaginaries(difference.getB()), left(sum.getA()),
      right(sum.getB());
  if (!reals || !imaginaries || !left || !right)
    return {};
  onnx::DFTOp a = reals.a->first, b = reals.b->first;
  auto are = [&](const PartProduct &product, int64_t ofA, int64_t ofB) {
    auto same = [&](const Part &x, const Part &y) {
      return x.first == a && x.second == ofA && y.first == b && y.second == ofB;
    };
    return same(*product.a, *product.b) || same(*product.b, *product.a);
  };
  if (a == b || !are(reals, 0, 0) || !are(imaginaries, 1, 1) ||
      !((are(left, 0, 1) && are(right, 1, 0)) || (are(left, 1, 0) && are(right, 0, 1))))
    return {};
  other = b;
  return a;
}

std::optional<Signal> LongConvolution::signalOf(onnx::DFTOp transform) {
  auto unsqueeze = transform.getInput().getDefiningOp<onnx::UnsqueezeOp>();
  RankedTensorType type = typeOf(transform.getInput());
  auto axis = transform.getAxis() ? integersOf(transform.getAxis()) : std::nullopt;
  if (!unsqueeze || !type || transform.getInverse() || (transform.getAxis() && !axis) ||
      (axis && front(axis->front(), type.getRank()) != type.getRank() - 2))
    return std::nullopt;
  Value value = unsqueeze.getData();
  int64_t last = type.getRank() - 2;
  if (auto pad = value.getDefiningOp<onnx::PadOp>()) {
    // With zeros, behind the rows alone.
    auto contents = dims.contents(pad.getPads());
    Value fill = pad.getConstantValue();
    if (!contents || pad.getAxes() || pad.getMode() != "constant" ||
        (fill && scalarOf(fill) != 0.0))
      return std::nullopt;
    for (auto [i, size] : llvm::enumerate(contents->elements))
      if (i + 1 < contents->elements.size() && size.constant() != 0)
        return std::nullopt;
    value = pad.getData();
  }
  auto shape = dims.shape(value);
  if (!shape || int64_t(shape->size()) != last + 1)
    return std::nullopt;
  Signal signal{value, shape->back()};
  // What is cut to the length of the text.
  auto slice = value.getDefiningOp<onnx::SliceOp>();
  auto starts = slice ? integersOf(slice.getStarts()) : std::nullopt,
       axes = slice && slice.getAxes() ? integersOf(slice.getAxes()) : std::nullopt,
       steps = slice && slice.getSteps() ? integersOf(slice.getSteps())
                                         : std::optional(SmallVector<int64_t>{1});
  if (slice && starts && axes && steps && starts->size() == 1 && starts->front() == 0 &&
      steps->front() == 1 && front(axes->front(), last + 1) == last)
    if (auto end = number(slice.getEnds())) {
      signal.value = slice.getData();
      signal.rows = *end;
    }
  return signal;
}

Value LongConvolution::find(Refusal &why) {
  onnx::DFTOp second, first = productOfTransforms(second);
  if (!first)
    return {};
  rows = signalOf(first);
  filter = signalOf(second);
  auto isFilter = [&](const std::optional<Signal> &signal) {
    RankedTensorType type = signal ? typeOf(signal->value) : RankedTensorType();
    return type && type.getRank() == 2 && type.hasStaticShape();
  };
  if (isFilter(rows))
    std::swap(rows, filter);
  if (!rows || !isFilter(filter) || typeOf(rows->value).getRank() != 3) {
    why = "the product of two transforms is none of rows and a filter of known length";
    return {};
  }
  auto points = back.getDftLength() ? number(back.getDftLength()) : std::nullopt;
  onnx::Polynomial count = rows->rows;
  auto forward = dims.shape(first.getInput());
  if (!points || !forward || (*forward)[forward->size() - 2] != *points) {
    why = "its transforms have different numbers of points";
    return {};
  }
  onnx::Polynomial left = *points - count - filter->rows + onnx::Polynomial(1);
  if (!(left.constant().value_or(-1) >= 0)) {
    why = "its transforms may be too short for the rows and the filter, so that they wrap around";
    return {};
  }
  // What stands behind: the real numbers, and of them the rows of the text.
  Value value = back.getOutput();
  int64_t rank = typeOf(value).getRank();
  for (int step = 0; step < 4 && value.hasOneUse(); ++step) {
    Operation *user = *value.user_begin();
    if (isa<onnx::SqueezeOp>(user)) {
      value = user->getResult(0);
      continue;
    }
    auto slice = dyn_cast<onnx::SliceOp>(user);
    auto starts = slice ? integersOf(slice.getStarts()) : std::nullopt,
         axes = slice && slice.getAxes() ? integersOf(slice.getAxes()) : std::nullopt;
    if (!slice || slice.getData() != value || !starts || !axes || starts->size() != 1 ||
        starts->front() != 0)
      break;
    value = slice->getResult(0);
    int64_t axis = front(axes->front(), typeOf(value) ? typeOf(value).getRank() : 0);
    if (axis == rank - 1)
      continue; // the only element of the last axis
    auto end = number(slice.getEnds());
    if (axis == 2 && end == count && typeOf(value).getRank() == 3)
      return value;
    break;
  }
  why = "more is used of its rows than those of the text";
  return {};
}

Value LongConvolution::rewrite(OnnxBuilder &b) {
  ArrayRef<int64_t> taps = typeOf(filter->value).getShape();
  int64_t lowest = std::numeric_limits<int64_t>::min() + 1;
  Value reversed =
      onnx::SliceOp::create(b.raw(), b.location(), filter->value.getType(), filter->value,
                            b.integers(-1), b.integers(lowest), b.integers(1), b.integers(-1));
  OperationState state(b.location(), onnx::ConvOp::getOperationName());
  state.addOperands({rows->value, b.unsqueeze(reversed, {1})});
  state.addTypes(rows->value.getType());
  state.addAttribute("group", b.raw().getI64IntegerAttr(taps[0]));
  state.addAttribute("kernel_shape", b.raw().getDenseI64ArrayAttr({taps[1]}));
  state.addAttribute("pads", b.raw().getDenseI64ArrayAttr({taps[1] - 1, 0}));
  return b.raw().create(state)->getResult(0);
}

namespace {
struct RecognizeLongConvolutionPass
    : retort::impl::RecognizeLongConvolutionPassBase<RecognizeLongConvolutionPass> {
  void runOnOperation() override {
    Refusals missed;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<onnx::DFTOp> found;
      if (!function.isExternal())
        for (auto op : function.getBody().front().getOps<onnx::DFTOp>())
          if (op.getInverse() && op.getOnesided())
            found.push_back(op);
      if (found.empty())
        continue;
      onnx::SymbolicDims dims;
      (void)dims.infer(function);
      for (onnx::DFTOp op : found)
        replace(op, dims, missed);
    }
    reportMissed(missed, getArgument(), "recognize");
  }

  void replace(onnx::DFTOp op, onnx::SymbolicDims &dims, Refusals &missed) {
    Refusal why;
    LongConvolution convolution(dims, op);
    Value result = convolution.find(why);
    if (!result) {
      if (!why.empty())
        missed.add(why, op.getLoc());
      return;
    }
    OpBuilder builder(result.getDefiningOp());
    OnnxBuilder b(builder, op.getLoc());
    IRRewriter rewriter(builder);
    onnx::replaceValue(rewriter, result, convolution.rewrite(b));
  }
};
} // namespace
