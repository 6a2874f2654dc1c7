// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel is called: profilers show it.
#include "lib/Codegen/KernelNames.h"

#include "dialects/Fused/Fused.h"
#include "dialects/Linear/Linear.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace retort;

/// The letters and digits of an attribute, without the name of its dialect.
static std::string wordsOf(Attribute attribute) {
  std::string text, words;
  llvm::raw_string_ostream(text) << attribute;
  StringRef rest = text;
  rest.consume_front("#linear.");
  for (char c : rest.take_front(40))
    if (llvm::isAlnum(c))
      words += c;
    else if (!words.empty() && words.back() != '_')
      words += '_';
  return StringRef(words).rtrim('_').str();
}

static std::string nameOfProduct(linear::ProductOp product) {
  std::string format = wordsOf(product.getFormat());
  if (isa<linear::DenseAttr>(product.getFormat()))
    llvm::raw_string_ostream(format = "")
        << cast<ShapedType>(product.getWeight().front().getType()).getElementType();
  return "linear_" + format + "_" + std::to_string(product.depth()) + "x" +
         std::to_string(product.columns());
}

static bool isProduct(linalg::LinalgOp op) {
  auto *sum = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  return op.getNumReductionLoops() > 0 && isa_and_nonnull<arith::AddFOp>(sum) &&
         op.getNumDpsInputs() >= 2;
}

std::string retort::kernelName(Operation *op) {
  if (auto product = dyn_cast<linear::ProductOp>(op))
    return nameOfProduct(product);
  if (isa<fused::AttentionOp>(op))
    return "attention";
  auto nest = dyn_cast<linalg::LinalgOp>(op);
  if (!nest || nest.getBlock()->without_terminator().empty())
    return "copy";
  if (nest.getNumReductionLoops() == 0)
    return "map";
  return isProduct(nest) ? "product" : "reduce";
}
