// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Einsum: sums of products over named axes.
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Lowering.h"

using namespace mlir;
using namespace retort;

static constexpr StringLiteral sizesDiffer = "axes of the same name have different sizes";

/// The diagonal of an operand that names an axis twice.
static Value takeDiagonal(Emitter &e, Operation *op, Value tensor, std::string &labels) {
  std::string distinct;
  SmallVector<Value> sizes;
  for (auto [axis, label] : llvm::enumerate(labels)) {
    size_t before = distinct.find(label);
    if (before != std::string::npos) {
      e.require(e.equal(sizes[before], e.dim(tensor, axis)), op, sizesDiffer);
      continue;
    }
    distinct += label;
    sizes.push_back(e.dim(tensor, axis));
  }
  if (distinct == labels)
    return tensor;
  std::string before = labels;
  labels = distinct;
  return e.generate(sizes, elementType(tensor), [&](ValueRange indices) {
    SmallVector<Value> at;
    for (char label : before)
      at.push_back(indices[distinct.find(label)]);
    return e.extract(tensor, at);
  });
}

static Value lowerEinsum(Emitter &e, onnx::EinsumOp op) {
  SmallVector<Value> tensors =
      llvm::map_to_vector(op.getInputs(), [&](Value input) { return e.get(input); });
  auto equation = onnx::EinsumEquation::parse(
      op.getEquation(), llvm::map_to_vector(tensors, [](Value tensor) { return rankOf(tensor); }));
  if (!equation)
    return op.emitOpError() << "expects an equation that fits the operands, found '"
                            << op.getEquation() << "'",
           Value();
  Contraction product;
  std::string loops;
  for (auto [tensor, labels] : llvm::zip(tensors, equation->operands)) {
    tensor = takeDiagonal(e, op, tensor, labels);
    for (auto [axis, label] : llvm::enumerate(labels)) {
      Value size = e.dim(tensor, axis);
      size_t loop = loops.find(label);
      if (loop == std::string::npos) {
        loop = loops.size();
        loops += label;
        product.sizes.push_back(size);
      } else if (constantOf(product.sizes[loop]) == 1) {
        product.sizes[loop] = size;
      } else if (constantOf(size) != 1) {
        e.require(e.equal(product.sizes[loop], size), op, sizesDiffer);
        if (constantOf(size))
          product.sizes[loop] = size;
      }
    }
  }
  for (auto [tensor, labels] : llvm::zip(tensors, equation->operands)) {
    SmallVector<int64_t> places;
    SmallVector<Value> kept;
    for (auto [axis, label] : llvm::enumerate(labels)) {
      int64_t loop = loops.find(label);
      if (constantOf(e.dim(tensor, axis)) == 1 && constantOf(product.sizes[loop]) != 1)
        continue; // broadcast
      places.push_back(loop);
      kept.push_back(e.dim(tensor, axis));
    }
    product.operands.push_back(
        {kept.size() == labels.size() ? tensor : e.reshape(tensor, kept), places});
  }
  for (char label : equation->output)
    product.result.push_back(loops.find(label));
  // Sums go before the last axis of the result where an operand runs along that, else innermost.
  product.order = product.result;
  bool inner = !product.result.empty() && llvm::any_of(product.operands, [&](auto &operand) {
    return !operand.second.empty() && operand.second.back() == product.result.back();
  });
  for (int64_t loop = 0; loop < int64_t(loops.size()); ++loop)
    if (!llvm::is_contained(product.result, loop))
      product.order.insert(product.order.end() - inner, loop);
  return contract(e, product, resultElement(op));
}

void retort::addEinsumLowerings(Lowering &lowering) { lowering.add(lowerEinsum); }
