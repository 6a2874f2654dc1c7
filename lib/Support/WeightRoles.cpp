// What a constant is to a model, seen from its uses.
#include "lib/Support/WeightRoles.h"

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

/// Rearranges or converts its first operand, element by element.
static bool isLookedThrough(OpOperand &use) {
  return use.getOperandNumber() == 0 &&
         isOneOf(operatorOf(use.getOwner()), {"Transpose", "Identity", "Cast", "Reshape", "Squeeze",
                                              "Unsqueeze", "Slice", "Split", "Flatten"});
}

static bool isProduct(OpOperand &use) {
  StringRef name = operatorOf(use.getOwner());
  if (isOneOf(name, {"MatMul", "Gemm", "FusedMatMul", "GemmFastGelu"}))
    return use.getOperandNumber() < 2;
  return name == "com.microsoft.Attention" && use.getOperandNumber() == 1;
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

/// Whether `value` becomes a result of the model by steps that keep its rows apart: conversions, and arithmetic with
/// constants (bias, temperature, soft capping). A residual stream ends in norms and products, a cache in Transpose.
static bool becomesResult(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<func::ReturnOp>(user))
      return true;
    bool conversion = use.getOperandNumber() == 0 &&
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
  for (OpOperand &use : value.getUses()) {
    if (isLookup(use))
      roles.embedding = true;
    if (isProduct(use)) {
      roles.linear = true;
      roles.output |= becomesResult(use.getOwner()->getResult(0));
    }
    if (!isLookedThrough(use))
      continue;
    for (Value result : use.getOwner()->getResults()) {
      WeightRoles behind = rolesOf(result);
      roles.linear |= behind.linear;
      roles.embedding |= behind.embedding;
      roles.output |= behind.output;
    }
  }
  return roles;
}
