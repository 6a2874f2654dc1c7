// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes lowered functions readable to compilers that know upstream dialects alone.
//   func @f(%x: tensor<?x8xf32>, %w: tensor<8x4xf32> {retort.weight = 0 : i64})
//   ->
//   func @f(%x: tensor<?x8xf32>) { %w = arith.constant dense_resource<w> : tensor<8x4xf32>
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Names.h"
#include "lib/Lower/Passes.h"
#include "lib/Lower/StripSigns.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

namespace retort {
#define GEN_PASS_DEF_DETACHLINALGPASS
#include "lib/Lower/DetachLinalg.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// The weight with the type of the argument that it takes the place of. Bools are one byte each in
/// a model, and bits in a constant.
static TypedAttr constantOfType(ElementsAttr value, RankedTensorType type) {
  auto view = onnx::ConstantView::of(Attribute(value));
  if (!view)
    return {};
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> bits;
    for (int64_t i = 0; i < view->size(); ++i)
      bits.push_back(view->intAt(i) != 0);
    return DenseElementsAttr::get(type, bits);
  }
  if (value.getType() == type)
    return value;
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (resource)
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return DenseElementsAttr::getFromRawBuffer(type, view->bytes());
}

static LogicalResult inlineWeights(func::FuncOp func, ArrayAttr weights) {
  OpBuilder builder = OpBuilder::atBlockBegin(&func.front());
  BitVector inlined(func.getNumArguments());
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto index = func.getArgAttrOfType<IntegerAttr>(i, names::weight);
    if (!index)
      continue;
    if (!weights || index.getInt() < 0 || index.getInt() >= int64_t(weights.size()))
      return func.emitError() << "argument " << i << " is weight " << index.getInt()
                              << ": expects less than the " << (weights ? weights.size() : 0)
                              << " of the module's 'retort.weights'";
    auto type = cast<RankedTensorType>(func.getArgument(i).getType());
    TypedAttr value = constantOfType(cast<ElementsAttr>(weights[index.getInt()]), type);
    if (!value)
      return func.emitError() << "weight " << index.getInt() << " holds no data of its type";
    func.getArgument(i).replaceAllUsesWith(
        arith::ConstantOp::create(builder, func.getLoc(), value).getResult());
    inlined.set(i);
  }
  return func.eraseArguments(inlined);
}

/// Attributes of dialects that another compiler does not know, but for which weight is which.
static void stripMarks(Operation *op) {
  for (NamedAttribute attribute : llvm::to_vector(op->getDiscardableAttrs()))
    if (attribute.getName() != names::weights)
      op->removeDiscardableAttr(attribute.getName());
}

static void stripMarks(func::FuncOp func) {
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    Attribute weight = func.getArgAttr(i, names::weight);
    func.setArgAttrs(i, ArrayRef<NamedAttribute>());
    if (weight)
      func.setArgAttr(i, names::weight, weight);
  }
  func.removeResAttrsAttr();
  func->walk([](Operation *op) { stripMarks(op); });
}

/// Products that linalg has a name for.
static void nameProducts(func::FuncOp func) {
  IRRewriter rewriter(func.getContext());
  func.walk([&](linalg::GenericOp op) {
    rewriter.setInsertionPoint(op);
    if (linalg::isaContractionOpInterface(op))
      (void)linalg::specializeGenericOp(rewriter, op);
  });
}

namespace {
struct DetachLinalgPass : retort::impl::DetachLinalgPassBase<DetachLinalgPass> {
  using Base::Base;
  LogicalResult detach(func::FuncOp func, ArrayAttr weightValues) {
    stripSigns(func);
    if (weights == "constants" && failed(inlineWeights(func, weightValues)))
      return failure();
    if (!checks)
      func.walk([](cf::AssertOp op) { op.erase(); });
    nameProducts(func);
    stripMarks(func);
    return success();
  }
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (weights != "constants" && weights != "arguments") {
      module.emitError() << "'weights' expects 'constants' or 'arguments', found '" << weights
                         << "'";
      return signalPassFailure();
    }
    auto values = module->getAttrOfType<ArrayAttr>(names::weights);
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal() && failed(detach(func, values)))
        return signalPassFailure();
    stripMarks(module);
    if (weights == "constants")
      module->removeAttr(names::weights);
  }
};
} // namespace
