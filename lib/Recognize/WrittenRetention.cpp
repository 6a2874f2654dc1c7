// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Retention in its parallel form, by the values of what the scores are multiplied with:
//
//   onnx.MatMul(onnx.Mul(onnx.MatMul(%q, %k'), %decays), %v)
//     ->  llm.retention gated(%q, %k, %v decay %g), times a scale of each row where there is one
//   onnx.Einsum(%q, %k, %decays, %v) "bhic,bhjc,hijc,bhjd->bhid"
//     ->  the same, with decays for each coordinate of keys, and a bonus
//
// The decays are cold: they are evaluated for texts of two lengths, and read (DecayPowers).
#include "lib/Recognize/WrittenRetention.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

namespace {
/// B x H x T x D, and the cold values that weigh them: each has an axis for each letter of "hijc".
struct Candidate {
  Value query, key, value; ///< key as B x H x T x D
  SmallVector<std::pair<Value, std::string>> cold;
  Refusal why; ///< where it is none, though it looks like one
};

class Recognizer {
public:
  Recognizer(func::FuncOp function, Refusals &missed)
      : function(function), samples(function), missed(missed) {}
  void run();

private:
  std::optional<Candidate> inProduct(onnx::MatMulOp op);
  std::optional<Candidate> inEinsum(onnx::EinsumOp op);
  bool isHot(Value value) const { return samples.hot().isHot(value); }
  /// What all cold values are together, in a text of so many rows: H x T x T x C.
  std::optional<std::vector<double>> weights(const Candidate &candidate, int64_t tokens,
                                             int64_t heads, int64_t &channels);
  std::optional<DecayPowers> powersOf(const Candidate &candidate, std::string &reason);
  Value rewrite(Operation *op, const Candidate &candidate, const DecayPowers &powers);
  static Value constant(OnnxBuilder &b, Type element, ArrayRef<int64_t> shape,
                        const std::vector<double> &numbers);
  static Value scaleOfRows(OnnxBuilder &b, Value query, const DecayPowers &powers, Type element);

  func::FuncOp function;
  Samples samples;
  Refusals &missed;
};
} // namespace

/// The one hot factor of a product; cold ones are added. Null where several are hot.
static Value hotFactor(Value value, function_ref<bool(Value)> isHot,
                       SmallVectorImpl<std::pair<Value, std::string>> &cold, bool &severalHot) {
  Operation *op = value.getDefiningOp();
  if (auto product = dyn_cast_or_null<onnx::MulOp>(op)) {
    bool left = isHot(product.getA()), right = isHot(product.getB());
    severalHot |= left && right;
    if (left == right)
      return {};
    cold.push_back({left ? product.getB() : product.getA(), ""});
    return hotFactor(left ? product.getA() : product.getB(), isHot, cold, severalHot);
  }
  if (auto quotient = dyn_cast_or_null<onnx::DivOp>(op))
    severalHot |= isHot(quotient.getA()) && isHot(quotient.getB());
  return value;
}

std::optional<Candidate> Recognizer::inProduct(onnx::MatMulOp op) {
  RankedTensorType value = typeOf(op.getB());
  if (!value || value.getRank() != 4 || !isHot(op.getA()) || !isHot(op.getB()))
    return std::nullopt;
  Candidate found;
  bool severalHot = false;
  Value scores =
      hotFactor(op.getA(), [&](Value each) { return isHot(each); }, found.cold, severalHot);
  auto product = scores ? scores.getDefiningOp<onnx::MatMulOp>() : nullptr;
  if (found.cold.empty() || !product || !typeOf(product.getA()) ||
      typeOf(product.getA()).getRank() != 4 || !typeOf(product.getB()) ||
      typeOf(product.getB()).getRank() != 4 || !isHot(product.getA()) || !isHot(product.getB()))
    return std::nullopt;
  bool anySquare = false;
  for (auto &[cold, letters] : found.cold) {
    int64_t rank = typeOf(cold) ? typeOf(cold).getRank() : 5;
    if (rank > 4)
      return std::nullopt;
    letters = StringRef("bhij").take_back(rank).str();
    anySquare |= rank >= 2;
  }
  if (!anySquare)
    return std::nullopt;
  found.query = product.getA();
  found.key = product.getB(); // transposed by who takes it
  found.value = op.getB();
  return found;
}

std::optional<Candidate> Recognizer::inEinsum(onnx::EinsumOp op) {
  SmallVector<int64_t> ranks;
  Candidate found;
  Value cold;
  SmallVector<unsigned> hot;
  for (auto [i, each] : llvm::enumerate(op->getOperands())) {
    ranks.push_back(typeOf(each) ? typeOf(each).getRank() : -1);
    if (isHot(each))
      hot.push_back(i);
    else
      cold = each;
  }
  if (hot.size() != 3 || ranks.size() != 4 || llvm::is_contained(ranks, -1))
    return std::nullopt;
  auto equation = onnx::EinsumEquation::parse(op.getEquation(), ranks);
  if (!equation || equation->output.size() != 4)
    return std::nullopt;
  unsigned coldPlace = 6 - hot[0] - hot[1] - hot[2];
  const std::string &weights = equation->operands[coldPlace], &out = equation->output;
  auto has = [](const std::string &labels, char label) {
    return labels.find(label) != std::string::npos;
  };
  // The axes of the result say which label is which: batch, heads, rows, values.
  char b = out[0], h = out[1], i = out[2], d = out[3], j = 0, c = 0;
  for (const std::string &labels : equation->operands)
    for (char label : labels)
      if (!has(out, label)) {
        if (has(weights, label) && !j && !has(equation->operands[hot[0]], label))
          j = label;
      }
  for (unsigned place : hot)
    for (char label : equation->operands[place])
      if (!has(out, label) && label != j)
        c = label;
  if (!j || !c || !has(weights, i) || has(weights, b) || has(weights, d))
    return std::nullopt;
  auto take = [&](std::string wanted) -> std::optional<unsigned> {
    for (unsigned place : hot)
      if (equation->operands[place] == wanted)
        return place;
    return std::nullopt;
  };
  auto q = take({b, h, i, c}), k = take({b, h, j, c}), v = take({b, h, j, d});
  if (!q || !k || !v)
    return std::nullopt;
  found.query = op->getOperand(*q);
  found.key = op->getOperand(*k);
  found.value = op->getOperand(*v);
  std::string letters;
  for (char label : weights)
    letters += label == h ? 'h' : label == i ? 'i' : label == j ? 'j' : label == c ? 'c' : '?';
  if (has(letters, '?'))
    return std::nullopt;
  found.cold.push_back({cold, letters});
  return found;
}

std::optional<std::vector<double>> Recognizer::weights(const Candidate &candidate, int64_t tokens,
                                                       int64_t heads, int64_t &channels) {
  Sample sample;
  sample.batch = 1;
  sample.tokens = tokens;
  SmallVector<Tensor> tensors;
  channels = 1;
  for (auto &[value, letters] : candidate.cold) {
    auto tensor = samples.evaluate(value, sample);
    if (failed(tensor) || !tensor->isFloat() || tensor->rank() != int64_t(letters.size()))
      return std::nullopt;
    for (auto [axis, letter] : llvm::enumerate(letters)) {
      int64_t size = tensor->dim(axis);
      if (letter == 'c')
        channels = size;
      bool fits = letter == 'b'   ? size == 1
                  : letter == 'h' ? size == 1 || size == heads
                  : letter == 'c' ? true
                                  : size == 1 || size == tokens;
      if (!fits)
        return std::nullopt;
    }
    tensors.push_back(*tensor);
  }
  std::vector<double> all(heads * tokens * tokens * channels, 1);
  size_t place = 0;
  for (int64_t h = 0; h < heads; ++h)
    for (int64_t i = 0; i < tokens; ++i)
      for (int64_t j = 0; j < tokens; ++j)
        for (int64_t c = 0; c < channels; ++c, ++place)
          for (auto [tensor, each] : llvm::zip(tensors, candidate.cold)) {
            int64_t at = 0;
            for (auto [axis, letter] : llvm::enumerate(each.second)) {
              int64_t index = letter == 'h'   ? h
                              : letter == 'i' ? i
                              : letter == 'j' ? j
                              : letter == 'c' ? c
                                              : 0;
              at = at * tensor.dim(axis) + (tensor.dim(axis) == 1 ? 0 : index);
            }
            all[place] *= tensor.number(at);
          }
  return all;
}

/// The same decays whatever the length, as far as two of them tell.
std::optional<DecayPowers> Recognizer::powersOf(const Candidate &candidate, std::string &reason) {
  int64_t heads = typeOf(candidate.query).getDimSize(1);
  std::optional<DecayPowers> first;
  for (int64_t tokens : {40, 7}) {
    int64_t channels = 1;
    auto numbers = weights(candidate, tokens, heads, channels);
    if (!numbers) {
      reason.clear(); // nothing that depends on the distance
      return std::nullopt;
    }
    auto powers = DecayPowers::of(*numbers, heads, tokens, channels, reason);
    if (!powers)
      return std::nullopt;
    if (!first) {
      first = powers;
      continue;
    }
    for (size_t i = 0; i < first->logDecay.size(); ++i)
      if (std::abs(first->logDecay[i] - powers->logDecay[i]) >
          1e-3 * (1e-3 + std::abs(first->logDecay[i]))) {
        reason = "its decay depends on the length of the text";
        return std::nullopt;
      }
    if (first->rows != powers->rows || first->bonus.empty() != powers->bonus.empty()) {
      reason = "its decay depends on the length of the text";
      return std::nullopt;
    }
  }
  return first;
}

Value Recognizer::constant(OnnxBuilder &b, Type element, ArrayRef<int64_t> shape,
                           const std::vector<double> &numbers) {
  return makeConstantOp(b.raw(), b.location(),
                        Tensor::floats(element, shape, numbers).attribute("decay"));
}

/// 1 / sqrt(1 + decay + ... + decay^i) of row i, or without the root: 1 x H x T x 1.
Value Recognizer::scaleOfRows(OnnxBuilder &b, Value query, const DecayPowers &powers,
                              Type element) {
  Type f32 = b.raw().getF32Type();
  Value logs = constant(b, f32, {1, powers.heads, 1, 1}, powers.logDecay);
  Value steps = b.cast(b.range(b.squeeze(b.size(query, 2), {0})), f32);
  Value exponents = b.multiply(logs, b.unsqueeze(steps, {0, 1, 3}));
  Value terms = onnx::ExpOp::create(b.raw(), b.location(), exponents.getType(), exponents);
  Value axis = b.number(2, b.raw().getI64Type());
  Value sums = onnx::CumSumOp::create(b.raw(), b.location(), terms.getType(), terms, axis,
                                      IntegerAttr(), IntegerAttr());
  return b.cast(b.power(sums, b.number(powers.rows == DecayPowers::Sum ? -1 : -0.5, f32)), element);
}

Value Recognizer::rewrite(Operation *op, const Candidate &candidate, const DecayPowers &powers) {
  OpBuilder builder(op);
  OnnxBuilder b(builder, op->getLoc());
  RankedTensorType query = typeOf(candidate.query), value = typeOf(candidate.value);
  Type element = query.getElementType();
  SmallVector<int64_t> gate{1, powers.heads, 1, powers.channels};
  Value key = isa<onnx::MatMulOp>(op) ? b.transpose(candidate.key, {0, 1, 3, 2}) : candidate.key;
  Value decay = constant(b, element, gate, powers.logDecay);
  Value bonus = powers.bonus.empty() ? Value() : constant(b, element, gate, powers.bonus);
  int64_t heads = typeOf(key).getDimSize(1);
  auto made = llm::RetentionOp::create(
      builder, op->getLoc(),
      query.clone(
          {query.getDimSize(0), query.getDimSize(1), query.getDimSize(2), value.getDimSize(3)}),
      query.clone({query.getDimSize(0), heads, query.getDimSize(3), value.getDimSize(3)}),
      candidate.query, key, candidate.value, Value(), decay, bonus, llm::RetentionRule::Gated,
      APFloat(1.0f), 64);
  if (powers.rows == DecayPowers::Plain)
    return made.getResult();
  return b.multiply(made.getResult(), scaleOfRows(b, candidate.query, powers, element));
}

void Recognizer::run() {
  SmallVector<Operation *> anchors;
  for (Operation &op : function.getBody().front())
    if (isa<onnx::MatMulOp, onnx::EinsumOp>(op))
      anchors.push_back(&op);
  for (Operation *op : anchors) {
    auto product = dyn_cast<onnx::MatMulOp>(op);
    std::optional<Candidate> found =
        product ? inProduct(product) : inEinsum(cast<onnx::EinsumOp>(op));
    if (!found)
      continue;
    // Sizes that heads are known by.
    RankedTensorType query = typeOf(found->query), value = typeOf(found->value);
    if (query.getRank() != 4 || value.getRank() != 4 || query.isDynamicDim(1) ||
        query.isDynamicDim(3) || value.isDynamicDim(3) ||
        value.getDimSize(1) != query.getDimSize(1))
      continue;
    std::string reason;
    auto powers = powersOf(*found, reason);
    if (!powers) {
      if (!reason.empty())
        missed.add(Refusal(reason), op->getLoc());
      continue;
    }
    IRRewriter rewriter(op->getContext());
    onnx::replaceValue(rewriter, op->getResult(0), rewrite(op, *found, *powers));
    op->erase();
  }
}

void retort::recognizeWrittenRetention(func::FuncOp function, Refusals &missed) {
  // Sampling costs; most graphs have nothing to sample.
  bool any = false;
  function.walk([&](Operation *op) { any |= isa<onnx::MatMulOp, onnx::EinsumOp>(op); });
  if (any && function.isPublic())
    Recognizer(function, missed).run();
}
