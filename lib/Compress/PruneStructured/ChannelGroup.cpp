// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows channels from the product that sums over them to those that compute them.
#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Compress/PruneStructured/ReshapeTarget.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

namespace {
/// A walk over values, in both directions, until every operation on the way is known to keep the
/// channels apart, to compute them of all of something else, or to be the product.
class ChannelSearch {
public:
  ChannelSearch(OpOperand &use, Value weight, int64_t weightAxis) : use(use) {
    group.product = use.getOwner();
    group.consumer = weight;
    group.consumerAxis = weightAxis;
  }
  llvm::Expected<ChannelGroup> run(int64_t axis);

private:
  void join(Value value, int64_t axis);
  void joinAligned(Value value, int64_t fromLast);
  void visitOrigin(Value value, int64_t axis);
  void visitUse(OpOperand &user, int64_t axis);
  bool visitElements(Operation *op, int64_t fromLast);
  bool visitProduct(Operation *op, Value result, int64_t axis);
  void visitReshape(Operation *op, int64_t fromAxis, int64_t toAxis);
  void checkSharing();
  void refuse(const llvm::Twine &why) {
    if (reason.empty())
      reason = why.str();
  }

  OpOperand &use;
  ChannelGroup group;
  SmallVector<std::pair<Value, int64_t>> pending;
  llvm::SmallPtrSet<Operation *, 16> seen; ///< operations that read channels or their constants
  std::string reason;
};
} // namespace

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }
static std::string nameOf(Operation *op) { return "'" + op->getName().getStringRef().str() + "'"; }

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return isa_and_present<onnx::InitializerOp, onnx::ConstantOp>(op);
}

/// Adds a value that has the channels along this axis.
void ChannelSearch::join(Value value, int64_t axis) {
  RankedTensorType type = typeOf(value);
  if (!type || axis < 0 || axis >= type.getRank() || type.getDimSize(axis) != group.size)
    return refuse("a value between its products is not known to have " + llvm::Twine(group.size) +
                  " channels");
  auto &list = isConstant(value) ? group.constants : group.values;
  auto [place, isNew] = list.insert({value, axis});
  if (!isNew && place->second != axis)
    return refuse("its channels lie along two axes of one value");
  if (isNew && !isConstant(value))
    pending.push_back({value, axis});
}

/// The same of what broadcasts against it: a single element serves all channels.
void ChannelSearch::joinAligned(Value value, int64_t fromLast) {
  RankedTensorType type = typeOf(value);
  if (!type)
    return refuse("a value between its products has no known rank");
  int64_t axis = type.getRank() - 1 - fromLast;
  if (axis >= 0 && type.getDimSize(axis) != 1)
    join(value, axis);
}

bool ChannelSearch::visitElements(Operation *op, int64_t fromLast) {
  if (!onnx::elementKindOf(op) || op->getNumRegions() != 0)
    return false;
  if (!seen.insert(op).second)
    return true;
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType, UnrankedTensorType>(operand.getType()))
      joinAligned(operand, fromLast);
  for (Value result : op->getResults())
    if (!result.use_empty() || op->getNumResults() == 1)
      joinAligned(result, fromLast);
  return true;
}

/// A product with a constant whose outputs are the channels.
bool ChannelSearch::visitProduct(Operation *op, Value result, int64_t axis) {
  bool isGemm = isa<onnx::GemmOp, onnx::MicrosoftFusedGemmOp>(op);
  if (!isGemm && !isa<onnx::MatMulOp, onnx::MicrosoftFusedMatMulOp>(op))
    return false;
  Value weight = op->getOperand(1);
  if (axis != typeOf(result).getRank() - 1 || !typeOf(weight) || typeOf(weight).getRank() != 2) {
    refuse("its channels are not the outputs of the product that computes them");
    return true;
  }
  if (!isConstant(weight)) {
    refuse("the weight that computes its channels is no plain constant");
    return true;
  }
  seen.insert(op);
  group.producers.push_back(weight);
  join(weight, onnx::intAttribute(op, "transB", 0) ? 0 : 1);
  if (isGemm && op->getNumOperands() > 2 && isa<RankedTensorType>(op->getOperand(2).getType()))
    joinAligned(op->getOperand(2), 0);
  return true;
}

/// Of which the last axis stays the last one.
void ChannelSearch::visitReshape(Operation *op, int64_t fromAxis, int64_t toAxis) {
  RankedTensorType from = typeOf(op->getOperand(0)), to = typeOf(op->getResult(0));
  if (!from || !to || fromAxis != from.getRank() - 1 || toAxis != to.getRank() - 1)
    return refuse("its channels pass " + nameOf(op) + ", which mixes them with another axis");
  if (!isa<onnx::ReshapeOp>(op) || !canResize(op, toAxis))
    return refuse("its channels pass " + nameOf(op) + ", whose sizes are computed");
  if (!seen.insert(op).second)
    return;
  group.reshapes.insert({op, toAxis});
  join(op->getOperand(0), fromAxis);
  join(op->getResult(0), toAxis);
}

void ChannelSearch::visitOrigin(Value value, int64_t axis) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return refuse("its inputs are those of the model");
  int64_t fromLast = typeOf(value).getRank() - 1 - axis;
  if (visitElements(op, fromLast) || visitProduct(op, value, axis))
    return;
  if (onnx::isReshape(op) && typeOf(op->getOperand(0)))
    return visitReshape(op, typeOf(op->getOperand(0)).getRank() - 1, axis);
  refuse("its inputs come from " + nameOf(op) + ", not element by element from products");
}

/// Whether an operation that asks for sizes asks for those before an axis only.
static bool asksBefore(Operation *op, int64_t axis) {
  auto shape = dyn_cast<onnx::ShapeOp>(op);
  int64_t end = shape ? onnx::intAttribute(op, "end", INT64_MAX) : INT64_MAX;
  return shape && end >= 0 && end <= axis;
}

void ChannelSearch::visitUse(OpOperand &user, int64_t axis) {
  Operation *op = user.getOwner();
  int64_t fromLast = typeOf(user.get()).getRank() - 1 - axis;
  if (op == group.product && &user == &use)
    return;
  if (asksBefore(op, axis) || visitElements(op, fromLast))
    return;
  if (onnx::isReshape(op) && user.getOperandNumber() == 0 && typeOf(op->getResult(0)))
    return visitReshape(op, axis, typeOf(op->getResult(0)).getRank() - 1);
  refuse("its inputs are read by another " + nameOf(op));
}

/// A constant that something else reads as well must stay.
void ChannelSearch::checkSharing() {
  seen.insert(group.product);
  auto isShared = [&](Value constant) {
    return llvm::any_of(constant.getUsers(), [&](Operation *op) { return !seen.contains(op); });
  };
  for (auto [constant, axis] : group.constants)
    if (isShared(constant) || constant == group.consumer)
      refuse("a constant that computes its channels is read elsewhere too");
  if (!group.consumer.hasOneUse())
    refuse("is read by several operations");
}

llvm::Expected<ChannelGroup> ChannelSearch::run(int64_t axis) {
  RankedTensorType type = typeOf(use.get());
  group.size = type && axis >= 0 && axis < type.getRank() ? type.getDimSize(axis) : 0;
  if (ShapedType::isDynamic(group.size) || group.size < 2)
    refuse("its inputs are not known to be several");
  else
    join(use.get(), axis);
  while (!pending.empty() && reason.empty()) {
    auto [value, along] = pending.pop_back_val();
    visitOrigin(value, along);
    for (OpOperand &user : value.getUses())
      visitUse(user, along);
  }
  if (reason.empty())
    checkSharing();
  if (reason.empty())
    return std::move(group);
  return llvm::createStringError(llvm::inconvertibleErrorCode(), reason);
}

llvm::Expected<ChannelGroup> retort::findChannels(OpOperand &use, int64_t axis, Value weight,
                                                  int64_t weightAxis) {
  return ChannelSearch(use, weight, weightAxis).run(axis);
}
