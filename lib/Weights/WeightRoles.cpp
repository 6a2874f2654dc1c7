// What a constant is to a model, seen from its uses.
#include "lib/Weights/WeightRoles.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace retort;

/// The ONNX operator, raised or not: "MatMul", "com.microsoft.Attention".
static StringRef operatorOf(Operation *op) {
  StringRef name = op->getName().getStringRef();
  if (!name.consume_front("onnx."))
    return "";
  if (name != "node")
    return name;
  auto type = op->getAttrOfType<StringAttr>("op_type");
  return type ? type.getValue() : "";
}

static bool isOneOf(StringRef name, ArrayRef<StringRef> names) {
  name.consume_front("com.microsoft.");
  return llvm::is_contained(names, name);
}

/// An attribute of a node, raised or not; null where it is absent.
static Attribute attributeOf(Operation *op, StringRef name) {
  if (auto list = op->getAttrOfType<ArrayAttr>("attribute_list"))
    for (Attribute entry : list)
      if (auto attribute = dyn_cast<onnx::AttributeAttr>(entry);
          attribute && attribute.getName() == name)
        return attribute.getValue();
  return op->getAttr(name);
}

static int64_t intAttributeOf(Operation *op, StringRef name) {
  auto value = dyn_cast_or_null<IntegerAttr>(attributeOf(op, name));
  return value ? value.getInt() : 0;
}

/// Rearranges or converts its first operand, element by element.
static bool isLookedThrough(OpOperand &use) {
  return use.getOperandNumber() == 0 &&
         isOneOf(operatorOf(use.getOwner()), {"Transpose", "Identity", "Cast", "Reshape", "Squeeze",
                                              "Unsqueeze", "Slice", "Split", "Flatten"});
}

/// The axis of `to` that holds the same elements as axis `axis` of `from`, one being a reshape of
/// the other; -1 if none.
static int64_t sameAxis(RankedTensorType from, int64_t axis, RankedTensorType to) {
  if (!from.hasStaticShape() || !to.hasStaticShape())
    return -1;
  auto behind = [](ArrayRef<int64_t> shape, int64_t axis) {
    int64_t elements = 1;
    for (int64_t size : shape.drop_front(axis + 1))
      elements *= size;
    return elements;
  };
  for (int64_t other = 0; other < to.getRank(); ++other)
    if (to.getDimSize(other) == from.getDimSize(axis) &&
        behind(to.getShape(), other) == behind(from.getShape(), axis))
      return other;
  return -1;
}

/// Axis `axis` of a result of `op`, as an axis of its first operand.
static int64_t axisBefore(Operation *op, Value result, int64_t axis) {
  auto to = dyn_cast<RankedTensorType>(result.getType());
  auto from = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  StringRef name = operatorOf(op);
  if (axis < 0 || !from || isOneOf(name, {"Identity", "Cast", "Slice", "Split"}))
    return axis;
  if (name == "Transpose") {
    auto perm = dyn_cast_or_null<DenseI64ArrayAttr>(attributeOf(op, "perm"));
    if (!perm)
      return from.getRank() - 1 - axis;
    return axis < perm.size() ? perm[axis] : -1;
  }
  return to && axis < to.getRank() ? sameAxis(to, axis, from) : -1;
}

static bool isProduct(OpOperand &use) {
  StringRef name = operatorOf(use.getOwner());
  if (isOneOf(name, {"MatMul", "Gemm", "FusedMatMul", "FusedGemm", "GemmFastGelu"}))
    return use.getOperandNumber() < 2;
  return name == "com.microsoft.Attention" && use.getOperandNumber() == 1;
}

/// The axis of a factor along which its product sums.
static int64_t summedAxis(OpOperand &use) {
  Operation *op = use.getOwner();
  auto type = dyn_cast<RankedTensorType>(use.get().getType());
  int64_t rank = type ? type.getRank() : 0;
  if (rank < 2)
    return rank - 1;
  bool isFirst = use.getOperandNumber() == 0;
  bool isSwapped = isOneOf(operatorOf(op), {"Gemm", "FusedMatMul", "FusedGemm"}) &&
                   intAttributeOf(op, isFirst ? "transA" : "transB") != 0;
  return isFirst != isSwapped ? rank - 1 : rank - 2;
}

static bool isLookup(OpOperand &use) {
  StringRef name = operatorOf(use.getOwner());
  return (isOneOf(name, {"Gather"}) && use.getOperandNumber() == 0) ||
         isOneOf(name, {"EmbedLayerNormalization", "GatherBlockQuantized"});
}

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (op->getName().getStringRef() == "onnx.initializer" ||
                op->getName().getStringRef() == "arith.constant" || operatorOf(op) == "Constant");
}

/// Whether `value` becomes a result of the model by steps that keep its rows apart: conversions,
/// and arithmetic with constants (bias, temperature, soft capping). A residual stream ends in norms
/// and products, a cache in Transpose.
static bool becomesResult(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<func::ReturnOp>(user))
      return true;
    bool conversion =
        use.getOperandNumber() == 0 &&
        isOneOf(operatorOf(user), {"Identity", "Cast", "Reshape", "Squeeze", "Slice"});
    bool arithmetic = isOneOf(operatorOf(user), {"Add", "Mul", "Div", "Tanh"}) &&
                      llvm::all_of(user->getOperands(), [&](Value operand) {
                        return operand == use.get() || isConstant(operand);
                      });
    return (conversion || arithmetic) && user->getNumResults() == 1 &&
           becomesResult(user->getResult(0));
  });
}

WeightRoles retort::rolesOf(Value value) {
  WeightRoles roles;
  auto type = dyn_cast<RankedTensorType>(value.getType());
  int64_t row = type ? type.getRank() - 1 : -1;
  auto add = [&](const WeightRoles &more) {
    if (more.linear && !roles.linear)
      roles.inputAxis = more.inputAxis;
    roles.linear |= more.linear;
    roles.embedding |= more.embedding;
    roles.output |= more.output;
  };
  for (OpOperand &use : value.getUses()) {
    roles.embedding |= isLookup(use);
    if (isProduct(use))
      add({true, false, becomesResult(use.getOwner()->getResult(0)), summedAxis(use)});
    if (!isLookedThrough(use))
      continue;
    for (Value result : use.getOwner()->getResults()) {
      WeightRoles behind = rolesOf(result);
      behind.inputAxis = axisBefore(use.getOwner(), result, behind.inputAxis);
      add(behind);
    }
  }
  if (roles.embedding && !roles.linear)
    roles.inputAxis = row;
  return roles;
}
