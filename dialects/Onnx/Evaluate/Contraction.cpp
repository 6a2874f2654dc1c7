// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of products: matrix products and Einsum.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace retort::onnx;

/// numpy.matmul; sums in double.
static Tensor matmul(Tensor a, Tensor b) {
  if (a.rank() == 0 || b.rank() == 0 || a.element() != b.element())
    return {};
  bool vectorA = a.rank() == 1, vectorB = b.rank() == 1;
  if (vectorA)
    a = a.reshaped({1, a.dim(0)});
  if (vectorB)
    b = b.reshaped({b.dim(0), 1});
  int64_t m = a.dim(a.rank() - 2), k = a.dim(a.rank() - 1), n = b.dim(b.rank() - 1);
  auto batch = broadcastShapes({a.shape().drop_back(2), b.shape().drop_back(2)});
  if (!batch || b.dim(b.rank() - 2) != k)
    return {};
  Shape shape = *batch;
  shape.append({m, n});
  Tensor result = Tensor::zeros(a.element(), shape);
  if (!result)
    return {};
  Cell *out = result.writable().data();
  forEachIndex<2>(*batch,
                  {broadcastStrides(a.shape().drop_back(2), *batch),
                   broadcastStrides(b.shape().drop_back(2), *batch)},
                  {0, 0}, [&](const std::array<int64_t, 2> &at) {
                    const Cell *left = a.cells().data() + at[0] * m * k,
                               *right = b.cells().data() + at[1] * k * n;
                    for (int64_t i = 0; i < m; ++i, out += n)
                      for (int64_t l = 0; l < k; ++l)
                        for (int64_t j = 0; j < n; ++j) {
                          if (a.isFloat())
                            out[j].f += left[i * k + l].f * right[l * n + j].f;
                          else
                            out[j].i += left[i * k + l].i * right[l * n + j].i;
                        }
                  });
  if (vectorB)
    shape.pop_back();
  if (vectorA)
    shape.erase(shape.end() - (vectorB ? 1 : 2));
  return result.round().reshaped(shape);
}

static Tensor transposed(const Tensor &tensor) {
  if (tensor.rank() < 2)
    return tensor;
  Shape shape(tensor.shape()), strides = stridesOf(shape);
  std::swap(shape.end()[-1], shape.end()[-2]);
  std::swap(strides.end()[-1], strides.end()[-2]);
  return gatherStrided(tensor, shape, strides);
}

Evaluated retort::onnx::evaluateMatMul(Operation *, ArrayRef<Tensor> inputs) {
  return one(matmul(inputs[0], inputs[1]));
}

static Evaluated scaledProduct(Operation *op, ArrayRef<Tensor> inputs, Tensor addend) {
  Tensor a = intAttribute(op, "transA", 0) ? transposed(inputs[0]) : inputs[0];
  Tensor b = intAttribute(op, "transB", 0) ? transposed(inputs[1]) : inputs[1];
  Tensor product = a && b ? matmul(a, b) : Tensor();
  double alpha = floatAttribute(op, "alpha", 1), beta = floatAttribute(op, "beta", 1);
  if (!product)
    return failure();
  if (addend) {
    auto shape = broadcastShapes({addend.shape(), product.shape()});
    if (!shape || ArrayRef<int64_t>(*shape) != product.shape() ||
        addend.element() != product.element())
      return failure();
    addend = broadcastTo(addend, product.shape());
  }
  for (auto [i, cell] : llvm::enumerate(product.writable())) {
    double sum = alpha * product.number(i) + (addend ? beta * addend.number(i) : 0);
    if (product.isFloat())
      cell.f = sum;
    else
      cell.i = int64_t(sum);
  }
  return one(product.round());
}

Evaluated retort::onnx::evaluateGemm(Operation *op, ArrayRef<Tensor> inputs) {
  return scaledProduct(op, inputs, inputAt(inputs, 2));
}

Evaluated retort::onnx::evaluateFusedMatMul(Operation *op, ArrayRef<Tensor> inputs) {
  if (intAttribute(op, "transBatchA", 0) || intAttribute(op, "transBatchB", 0))
    return failure();
  return scaledProduct(op, inputs, {});
}

Evaluated retort::onnx::evaluateEinsum(Operation *op, ArrayRef<Tensor> inputs) {
  SmallVector<int64_t> ranks;
  for (const Tensor &input : inputs)
    ranks.push_back(input.rank());
  auto equation = EinsumEquation::parse(stringAttribute(op, "equation", ""), ranks);
  if (!equation)
    return failure();
  // All labels in one walk: those of the result first, then those that are summed.
  std::string labels = equation->output;
  for (const std::string &operand : equation->operands)
    for (char label : operand)
      if (labels.find(label) == std::string::npos)
        labels += label;
  Shape sizes(labels.size(), 1);
  for (auto [operand, input] : llvm::zip_equal(equation->operands, inputs))
    for (auto [axis, label] : llvm::enumerate(operand)) {
      int64_t &size = sizes[labels.find(label)];
      if (size != 1 && input.dim(axis) != 1 && size != input.dim(axis))
        return failure();
      size = std::max(size, input.dim(axis));
    }
  ArrayRef<int64_t> kept = ArrayRef(sizes).take_front(equation->output.size());
  Tensor result = Tensor::zeros(inputs[0].element(), kept);
  if (!result || inputs.size() > 2 || !result.isFloat())
    return failure();
  std::array<Shape, 3> strides{Shape(labels.size(), 0), Shape(labels.size(), 0),
                               Shape(labels.size(), 0)};
  Shape own = stridesOf(kept);
  llvm::copy(own, strides[2].begin());
  for (auto [k, operand, input] : llvm::enumerate(equation->operands, inputs))
    for (auto [axis, label] : llvm::enumerate(operand))
      if (input.dim(axis) != 1)
        strides[k][labels.find(label)] += stridesOf(input.shape())[axis];
  MutableArrayRef<Cell> out = result.writable();
  forEachIndex<3>(sizes, strides, {0, 0, 0}, [&](const std::array<int64_t, 3> &at) {
    out[at[2]].f +=
        inputs[0].cells()[at[0]].f * (inputs.size() == 2 ? inputs[1].cells()[at[1]].f : 1);
  });
  return one(result.round());
}
