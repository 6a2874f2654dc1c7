// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds attention that is written out, in five steps: the path of the scores, the path to the
// values, views of heads for queries, keys and values, a past, and the meaning of the masks.
#include "lib/Recognize/WrittenAttention.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

/// The operand's axis that goes to an axis of the result; -1 where it has none.
static int axisOf(const Factor &factor, int resultAxis) {
  auto *found = llvm::find(factor.axes, resultAxis);
  return found == factor.axes.end() ? -1 : int(found - factor.axes.begin());
}

static OperandLayout layoutOf(const Factor &factor, int row, int width, ArrayRef<int> leading) {
  OperandLayout layout{
      factor.value, unsigned(axisOf(factor, row)), unsigned(axisOf(factor, width)), {}};
  for (int axis : leading)
    layout.leading.push_back(axisOf(factor, axis));
  return layout;
}

namespace {
/// How the product of queries and keys is laid out: leading axes, rows, columns.
struct ScoreLayout {
  OperandLayout query, key;
};
/// The shares' leading axes in the result, and its axes for rows and width.
struct ResultLayout {
  OperandLayout value;
  SmallVector<int> leading;
  int row, width;
};
} // namespace

static std::optional<ScoreLayout> scoreLayout(const Product &product) {
  int column = product.rank - 1, row = product.rank - 2;
  bool leftHasColumns = product.left.hasAxis(column);
  const Factor &queries = leftHasColumns ? product.right : product.left;
  const Factor &keys = leftHasColumns ? product.left : product.right;
  if (queries.hasAxis(column) || !queries.hasAxis(row) || !keys.hasAxis(column) ||
      keys.hasAxis(row))
    return std::nullopt;
  SmallVector<int> leading = llvm::to_vector(llvm::seq<int>(0, row));
  return ScoreLayout{layoutOf(queries, row, Factor::summed, leading),
                     layoutOf(keys, column, Factor::summed, leading)};
}

static std::optional<ResultLayout> resultLayout(const ValuePath &path) {
  const Factor &shares = path.sharesLeft ? path.product.left : path.product.right;
  const Factor &values = path.sharesLeft ? path.product.right : path.product.left;
  ResultLayout layout;
  layout.leading = llvm::to_vector(ArrayRef(shares.axes).drop_back(2));
  layout.row = shares.axes[shares.axes.size() - 2];
  layout.width = -1;
  for (int axis : values.axes)
    if (axis != Factor::summed && !shares.hasAxis(axis)) {
      if (layout.width >= 0)
        return std::nullopt;
      layout.width = axis;
    }
  if (layout.width < 0 || values.hasAxis(layout.row))
    return std::nullopt;
  layout.value = layoutOf(values, Factor::summed, layout.width, layout.leading);
  return layout;
}

namespace {
class AttentionSearch {
public:
  AttentionSearch(Operation *softmax, Samples &samples, MaskForms &forms)
      : samples(samples), forms(forms) {
    found.scores = findScores(softmax, samples);
    found.isAttention = found.scores.isAttention;
  }
  WrittenAttention run() {
    if (found.isAttention)
      found.why = search();
    return std::move(found);
  }

private:
  Refusal search();
  Refusal findHeads();
  Refusal checkSinks();
  void findPast();
  std::optional<ScoreSizes> sizesAt(Sample sample);

  Samples &samples;
  MaskForms &forms;
  WrittenAttention found;
};
} // namespace

std::optional<ScoreSizes> AttentionSearch::sizesAt(Sample sample) {
  auto query = samples.shape(found.query.value, sample),
       key = samples.shape(found.key.value, sample);
  if (!query || !key)
    return std::nullopt;
  auto at = [](ArrayRef<int64_t> shape, int axis) { return axis < 0 ? 1 : shape[axis]; };
  return ScoreSizes{at(*query, found.query.axes[0]), at(*query, found.query.axes[1]),
                    at(*query, found.query.axes[2]), at(*key, found.key.axes[2])};
}

Refusal AttentionSearch::findHeads() {
  auto scores = scoreLayout(found.scores.product);
  auto result = resultLayout(found.values);
  if (!scores || !result)
    return "the axes of its products are not those of heads";
  const Factor &shares =
      found.values.sharesLeft ? found.values.product.left : found.values.product.right;
  Sample probe = samples.probes().front();
  auto shape = samples.shape(found.scores.product.op->getResult(0), probe);
  auto sharesShape = samples.shape(shares.value, probe);
  if (!shape || !sharesShape)
    return "the shape of its scores is not known";
  ArrayRef<int64_t> leading = ArrayRef(*shape).drop_back(2);
  found.leadingSizes = llvm::to_vector(ArrayRef(*sharesShape).drop_back(2));
  for (const HeadsView &query : headsViews(scores->query, leading, nullptr, samples, probe))
    for (const HeadsView &key : headsViews(scores->key, leading, &query, samples, probe))
      for (const HeadsView &value :
           headsViews(result->value, found.leadingSizes, &query, samples, probe))
        if (key.heads == value.heads) {
          found.query = query, found.key = key, found.value = value;
          return "";
        }
  return "its operands are no heads of batch, rows and width";
}

/// past and new rows, of keys or values.
static onnx::ConcatOp pastOf(const HeadsView &view) {
  auto concat = view.value.getDefiningOp<onnx::ConcatOp>();
  return concat && view.isPlain() && concat->getNumOperands() == 2 &&
                 onnx::frontAxis(onnx::intAttribute(concat, "axis", 0), 4) == 2
             ? concat
             : onnx::ConcatOp();
}

/// The new rows of keys and values are as many as those of the queries, the others are the past.
void AttentionSearch::findPast() {
  auto keys = pastOf(found.key), values = pastOf(found.value);
  found.isSquare = true;
  found.hasPast = keys && values;
  for (Sample sample : samples.probes()) {
    auto sizes = sizesAt(sample);
    found.hasFixedHeads &= sizes && (*sizes)[1] == found.query.heads;
    found.isSquare &= sizes && (*sizes)[2] == (*sizes)[3];
    for (auto concat : {keys, values}) {
      auto rows = concat ? samples.shape(concat->getOperand(1), sample) : std::nullopt;
      found.hasPast &= rows && sizes && (*rows)[2] == (*sizes)[2];
    }
  }
}

/// One sink for each head, whatever the row.
Refusal AttentionSearch::checkSinks() {
  if (bool(found.scores.sinks) != found.values.dropsSink)
    return "a column is added to the scores, but not dropped from the shares";
  if (!found.scores.sinks)
    return "";
  auto sinks = samples.evaluate(found.scores.sinks, samples.probes().front());
  if (failed(sinks) || sinks->dim(1) != found.query.heads)
    return "its sinks cannot be evaluated";
  for (int64_t i = 0; i < sinks->size(); ++i) {
    int64_t head = i / sinks->dim(2) % sinks->dim(1);
    if (sinks->number(i) != sinks->number(head * sinks->dim(2)))
      return "its sinks differ by row";
  }
  return "";
}

Refusal AttentionSearch::search() {
  if (!found.scores.why.empty())
    return found.scores.why;
  Operation *softmax = found.scores.softmax;
  auto type = dyn_cast<RankedTensorType>(softmax->getOperand(0).getType());
  if (!type || onnx::frontAxis(onnx::intAttribute(softmax, "axis", -1), type.getRank()) !=
                   type.getRank() - 1)
    return "the softmax is not along the columns";
  found.values = findValues(softmax, samples);
  if (!found.values.found)
    return found.values.why;
  for (Refusal why : {findHeads(), checkSinks()})
    if (!why.empty())
      return why;
  findPast();
  if (!found.hasFixedHeads)
    return "the number of its heads depends on the sizes of the inputs";
  Refusal why;
  auto masks = forms.find(found.scores.masks, [&](Sample sample) { return sizesAt(sample); }, why);
  if (failed(masks))
    return why;
  found.masks = *masks;
  return "";
}

WrittenAttention retort::findAttention(Operation *softmax, Samples &samples, MaskForms &masks) {
  return AttentionSearch(softmax, samples, masks).run();
}
