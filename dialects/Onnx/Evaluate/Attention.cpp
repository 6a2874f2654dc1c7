// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of the standard: softmax(scale * Q K' + masks) V, for each head.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace retort::onnx;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// [batch, rows, heads * size] as [batch, heads, rows, size].
static Tensor headsFirst(const Tensor &x, int64_t heads) {
  if (x.rank() == 4)
    return x;
  if (x.rank() != 3 || heads <= 0 || x.dim(2) % heads)
    return {};
  int64_t size = x.dim(2) / heads, rows = x.dim(1);
  return gatherStrided(x, {x.dim(0), heads, rows, size}, {rows * x.dim(2), size, x.dim(2), 1});
}

/// Past rows, then new ones.
static Tensor joinRows(const Tensor &past, const Tensor &rows) {
  if (!past)
    return rows;
  if (past.rank() != 4 || past.dim(0) != rows.dim(0) || past.dim(1) != rows.dim(1) ||
      past.dim(3) != rows.dim(3))
    return {};
  int64_t size = rows.dim(3), before = past.dim(2) * size, after = rows.dim(2) * size;
  Tensor result =
      Tensor::zeros(rows.element(), {rows.dim(0), rows.dim(1), past.dim(2) + rows.dim(2), size});
  if (!result)
    return result;
  Cell *out = result.writable().data();
  for (int64_t i = 0; i < rows.dim(0) * rows.dim(1); ++i) {
    out = std::copy_n(past.cells().data() + i * before, before, out);
    out = std::copy_n(rows.cells().data() + i * after, after, out);
  }
  return result;
}

namespace {
/// What is added to the score of row i and column j.
struct Mask {
  Tensor given;
  Shape strides;
  bool isCausal;
  int64_t left, right, columns;

  double at(int64_t batch, int64_t head, int64_t i, int64_t j, int64_t offset,
            int64_t valid) const {
    int64_t position = offset + i;
    if (j >= valid || (isCausal && j > position) || (left >= 0 && j < position - left) ||
        (right >= 0 && j > position + right))
      return -infinity;
    if (!given)
      return 0;
    if (j >= columns)
      return -infinity;
    double value =
        given.number(batch * strides[0] + head * strides[1] + i * strides[2] + j * strides[3]);
    return given.isFloat() ? value : value != 0 ? 0 : -infinity;
  }
};
} // namespace

/// Weights of one row, in place; all zero where every column is masked.
static void softmax(std::vector<double> &row) {
  double top = -infinity, sum = 0;
  for (double x : row)
    top = std::fmax(top, x);
  for (double &x : row)
    sum += x = top == -infinity ? 0 : std::exp(x - top);
  for (double &x : row)
    x = sum == 0 ? 0 : x / sum;
}

static std::optional<Mask> maskOf(Operation *op, Tensor given, const Tensor &q, int64_t columns) {
  Mask mask{given,
            {},
            intAttribute(op, "is_causal", 0) != 0,
            intAttribute(op, "left_window_size", -1),
            intAttribute(op, "right_window_size", -1),
            columns};
  if (!given)
    return mask;
  if (given.rank() < 2 || given.rank() > 4)
    return std::nullopt;
  int64_t width = given.dim(given.rank() - 1);
  Shape target{q.dim(0), q.dim(1), q.dim(2), width};
  auto shape = broadcastShapes({given.shape(), target});
  if (!shape || *shape != target)
    return std::nullopt;
  mask.strides = broadcastStrides(given.shape(), target);
  mask.columns = width == 1 ? columns : width;
  return mask;
}

Evaluated retort::onnx::evaluateAttention(Operation *op, ArrayRef<Tensor> inputs) {
  int64_t qHeads = intAttribute(op, "q_num_heads", 0),
          kvHeads = intAttribute(op, "kv_num_heads", 0);
  Tensor q = headsFirst(inputs[0], qHeads), k = headsFirst(inputs[1], kvHeads),
         v = headsFirst(inputs[2], kvHeads);
  if (!q || !k || !v || !q.isFloat())
    return failure();
  k = joinRows(inputAt(inputs, 4), k);
  v = joinRows(inputAt(inputs, 5), v);
  Tensor lengths = inputAt(inputs, 6);
  if (!k || !v || k.dim(2) != v.dim(2) || k.dim(3) != q.dim(3) || k.dim(1) == 0 ||
      q.dim(1) % k.dim(1) || k.dim(1) != v.dim(1) || k.dim(0) != q.dim(0))
    return failure();
  int64_t heads = q.dim(1), rows = q.dim(2), columns = k.dim(2), size = q.dim(3), width = v.dim(3);
  auto mask = maskOf(op, inputAt(inputs, 3), q, columns);
  Tensor result = Tensor::zeros(q.element(), {q.dim(0), heads, rows, width});
  if (!mask || !result || op->getNumResults() > 3)
    return failure();
  double scale = floatAttribute(op, "scale", 1 / std::sqrt(double(size))),
         cap = floatAttribute(op, "softcap", 0);
  Cell *out = result.writable().data();
  std::vector<double> scores(columns);
  for (int64_t b = 0; b < q.dim(0); ++b) {
    int64_t valid = lengths ? lengths.integer(b) : columns;
    int64_t offset = inputAt(inputs, 4) ? inputs[4].dim(2) : lengths ? valid - rows : 0;
    for (int64_t h = 0; h < heads; ++h) {
      int64_t group = b * k.dim(1) + h / (heads / k.dim(1));
      for (int64_t i = 0; i < rows; ++i, out += width) {
        const Cell *query = q.cells().data() + ((b * heads + h) * rows + i) * size;
        for (int64_t j = 0; j < columns; ++j) {
          const Cell *key = k.cells().data() + (group * columns + j) * size;
          double sum = 0;
          for (int64_t d = 0; d < size; ++d)
            sum += query[d].f * key[d].f;
          sum *= scale;
          scores[j] =
              (cap > 0 ? cap * std::tanh(sum / cap) : sum) + mask->at(b, h, i, j, offset, valid);
        }
        softmax(scores);
        for (int64_t j = 0; j < columns; ++j)
          for (int64_t d = 0; d < width; ++d)
            out[d].f += scores[j] * v.cells()[(group * columns + j) * width + d].f;
      }
    }
  }
  result.round();
  if (inputs[0].rank() == 3) {
    // Back to [batch, rows, heads * size].
    result = gatherStrided(result, {q.dim(0), rows, heads, width},
                           {heads * rows * width, width, rows * width, 1});
    if (!result)
      return failure();
    result = result.reshaped({q.dim(0), rows, heads * width});
  }
  return SmallVector<Tensor>{result, k, v};
}
