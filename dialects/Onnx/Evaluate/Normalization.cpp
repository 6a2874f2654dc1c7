// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalizations, and rotary embedding.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"
#include "dialects/Onnx/Ops.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>

using namespace mlir;
using namespace retort::onnx;

/// Normalizes each row of `width` elements: by its mean, where `centered`, and its mean square;
/// then scale and bias, which are as long as a row or broadcast against the data.
static Tensor normalize(const Tensor &x, int64_t axis, const Tensor &scale, const Tensor &bias,
                        double epsilon, bool centered) {
  if (!x.isFloat() || axis < 0)
    return {};
  int64_t width = llvm::product_of(x.shape().drop_front(axis));
  Tensor result = x;
  MutableArrayRef<Cell> out = result.writable();
  for (int64_t begin = 0; width > 0 && begin < x.size(); begin += width) {
    double mean = 0, square = 0;
    for (int64_t i = 0; centered && i < width; ++i)
      mean += x.number(begin + i) / double(width);
    for (int64_t i = 0; i < width; ++i)
      square += (x.number(begin + i) - mean) * (x.number(begin + i) - mean) / double(width);
    double factor = 1 / std::sqrt(square + epsilon);
    for (int64_t i = 0; i < width; ++i)
      out[begin + i].f = (x.number(begin + i) - mean) * factor;
  }
  for (bool multiply : {true, false}) {
    const Tensor &operand = multiply ? scale : bias;
    if (!operand)
      continue;
    auto shape = broadcastShapes({operand.shape(), x.shape()});
    if (!shape || ArrayRef<int64_t>(*shape) != x.shape())
      return {};
    Tensor full = broadcastTo(operand, x.shape());
    for (int64_t i = 0; i < x.size(); ++i)
      out[i].f = multiply ? out[i].f * full.number(i) : out[i].f + full.number(i);
  }
  return result.round();
}

/// Only the normalized data; mean and standard deviation are for training.
Evaluated retort::onnx::evaluateLayerNormalization(Operation *op, ArrayRef<Tensor> inputs) {
  if (op->getNumResults() != 1)
    return failure();
  bool centered = !isa<SimplifiedLayerNormalizationOp>(op);
  return one(normalize(inputs[0], frontAxis(intAttribute(op, "axis", -1), inputs[0].rank()),
                       inputs[1], inputAt(inputs, 2), floatAttribute(op, "epsilon", 1e-5f),
                       centered));
}

Evaluated retort::onnx::evaluateRMSNormalization(Operation *op, ArrayRef<Tensor> inputs) {
  return one(normalize(inputs[0], frontAxis(intAttribute(op, "axis", -1), inputs[0].rank()),
                       inputs[1], {}, floatAttribute(op, "epsilon", 1e-5f), /*centered=*/false));
}

/// The normalized sum of data, skip and bias; and the sum itself. The statistics are for training.
static Evaluated skipNormalize(Operation *op, ArrayRef<Tensor> inputs, const Tensor &beta,
                               const Tensor &bias, bool centered) {
  Evaluated sum = evaluateAdd(op, {inputs[0], inputs[1]});
  if (succeeded(sum) && bias)
    sum = evaluateAdd(op, {sum->front(), bias});
  if (failed(sum) || sum->front().shape() != inputs[0].shape())
    return failure();
  Tensor x = sum->front();
  Tensor y =
      normalize(x, x.rank() - 1, inputs[2], beta, floatAttribute(op, "epsilon", 1e-12f), centered);
  if (!y)
    return failure();
  return SmallVector<Tensor>{y, Tensor(), Tensor(), x};
}

Evaluated retort::onnx::evaluateSkipLayerNormalization(Operation *op, ArrayRef<Tensor> inputs) {
  return skipNormalize(op, inputs, inputAt(inputs, 3), inputAt(inputs, 4), /*centered=*/true);
}

Evaluated retort::onnx::evaluateSkipSimplifiedLayerNormalization(Operation *op,
                                                                 ArrayRef<Tensor> inputs) {
  return skipNormalize(op, inputs, {}, inputAt(inputs, 3), /*centered=*/false);
}

/// One head's vectors rotated by the angles whose cosines and sines are given for each position.
static void rotate(MutableArrayRef<Cell> x, ArrayRef<Cell> cos, ArrayRef<Cell> sin,
                   bool interleaved) {
  int64_t half = cos.size();
  for (int64_t i = 0; i < half; ++i) {
    int64_t a = interleaved ? 2 * i : i, b = interleaved ? 2 * i + 1 : i + half;
    double real = x[a].f, imaginary = x[b].f;
    x[a].f = cos[i].f * real - sin[i].f * imaginary;
    x[b].f = sin[i].f * real + cos[i].f * imaginary;
  }
}

/// `x` is [batch, heads, length, size], or [batch, length, heads * size]. Tables are [positions,
/// half] with `ids` [batch, length] or the one offset of com.microsoft, or [batch, length, half]
/// without.
static Tensor rotaryEmbedding(Tensor x, const Tensor &cos, const Tensor &sin, const Tensor &ids,
                              int64_t heads, int64_t rotary, bool interleaved) {
  if (!x.isFloat() || (x.rank() != 3 && x.rank() != 4) || cos.shape() != sin.shape() ||
      cos.rank() < 2)
    return {};
  bool split = x.rank() == 4;
  int64_t batches = x.dim(0), length = x.dim(split ? 2 : 1), half = cos.dim(cos.rank() - 1);
  if (heads == 0 && !split)
    heads = rotary ? 0 : x.dim(2) / (2 * half);
  heads = split ? x.dim(1) : heads;
  int64_t size = split ? x.dim(3) : heads ? x.dim(2) / heads : 0;
  if (heads == 0 || 2 * half > size || (rotary && rotary != 2 * half))
    return {};
  MutableArrayRef<Cell> out = x.writable();
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t t = 0; t < length; ++t) {
      int64_t row = b * length + t;
      if (ids)
        row = ids.size() == 1 ? ids.integer(0) + t : ids.integer(row);
      else if (cos.rank() == 3 && cos.dim(0) == 1)
        row = t;
      if (row < 0 || (row + 1) * half > cos.size())
        return {};
      for (int64_t h = 0; h < heads; ++h) {
        int64_t begin =
            split ? ((b * heads + h) * length + t) * size : ((b * length + t) * heads + h) * size;
        rotate(out.slice(begin, size), cos.cells().slice(row * half, half),
               sin.cells().slice(row * half, half), interleaved);
      }
    }
  return x.round();
}

Evaluated retort::onnx::evaluateRotaryEmbedding(Operation *op, ArrayRef<Tensor> inputs) {
  return one(rotaryEmbedding(
      inputs[0], inputs[1], inputs[2], inputAt(inputs, 3), intAttribute(op, "num_heads", 0),
      intAttribute(op, "rotary_embedding_dim", 0), intAttribute(op, "interleaved", 0)));
}

Evaluated retort::onnx::evaluateMicrosoftRotaryEmbedding(Operation *op, ArrayRef<Tensor> inputs) {
  return one(rotaryEmbedding(
      inputs[0], inputs[2], inputs[3], inputs[1], intAttribute(op, "num_heads", 0),
      intAttribute(op, "rotary_embedding_dim", 0), intAttribute(op, "interleaved", 0)));
}
