// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights by the activation that they are multiplied with.
#include "lib/Scaling/InputSets.h"

#include "dialects/Onnx/Meaning.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace retort;

static int64_t lastSize(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > 0 ? type.getShape().back() : ShapedType::kDynamic;
}

/// The last axis stays what it is.
static bool keepsLastAxis(Operation *op) {
  return (onnx::isReshape(op) || isa<onnx::IdentityOp>(op)) &&
         lastSize(op->getOperand(0)) == lastSize(op->getResult(0)) &&
         !ShapedType::isDynamic(lastSize(op->getResult(0)));
}

Value InputSet::behindReshapes(Value activation) {
  while (Operation *op = activation.getDefiningOp()) {
    if (!keepsLastAxis(op))
      break;
    activation = op->getOperand(0);
  }
  return activation;
}

/// The one product that reads a weight; null, with the reason, where there is none.
static OpOperand *productOf(const LinearWeight &weight, std::string &why) {
  SmallVector<WeightUse> uses = weight.uses();
  if (uses.size() != 1 || uses.front().kind != WeightUse::Kind::Product) {
    why = "is used more than once";
    return nullptr;
  }
  const WeightUse &use = uses.front();
  Value activation = use.activation();
  auto type = dyn_cast<RankedTensorType>(activation.getType());
  if (!type || use.activationAxis != type.getRank() - 1 ||
      lastSize(activation) != weight.type().getDimSize(weight.inputAxis())) {
    why = "its product does not sum along the last axis of its input";
    return nullptr;
  }
  return &use.op()->getOpOperand(use.operand->getOperandNumber() == 0 ? 1 : 0);
}

/// The first reader of an activation that is none of these products; null where there is none.
static Operation *otherReader(Value activation, const llvm::DenseSet<OpOperand *> &products) {
  for (OpOperand &use : activation.getUses()) {
    Operation *user = use.getOwner();
    if (products.contains(&use) || isa<onnx::ShapeOp, onnx::SizeOp>(user))
      continue;
    if (!keepsLastAxis(user) || use.getOperandNumber() != 0)
      return user;
    if (Operation *other = otherReader(user->getResult(0), products))
      return other;
  }
  return nullptr;
}

std::vector<InputSet> retort::inputSetsOf(MutableArrayRef<LinearWeight> weights) {
  std::vector<InputSet> alone;
  llvm::MapVector<Value, InputSet> sets;
  llvm::DenseSet<OpOperand *> products;
  for (LinearWeight &weight : weights) {
    std::string why;
    OpOperand *input = productOf(weight, why);
    int64_t inputs = weight.type().getDimSize(weight.inputAxis());
    if (!input) {
      alone.push_back({{}, inputs, {&weight}, why});
      continue;
    }
    products.insert(input);
    Value activation = InputSet::behindReshapes(input->get());
    InputSet &set = sets[activation];
    set.activation = activation;
    set.inputs = inputs;
    set.weights.push_back(&weight);
  }
  for (auto &[activation, set] : sets) {
    if (Operation *other = otherReader(activation, products))
      set.why = ("'" + other->getName().getStringRef() + "' reads its input too").str();
    alone.push_back(std::move(set));
  }
  return alone;
}
