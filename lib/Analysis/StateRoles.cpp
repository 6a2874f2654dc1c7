// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// States are paired one by one:
//   1. A state that may become one result alone: the states of the last layer reach no other.
//   2. Where there is none: the first state takes the result that is called like it, else the one
//   that has its place among those of the type.
#include "lib/Analysis/StateRoles.h"

#include "lib/Analysis/Flow.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

bool retort::readsOneToken(func::FuncOp function, ArrayRef<std::string> argumentRoles) {
  for (auto [argument, role] : llvm::zip(function.getArguments(), argumentRoles)) {
    RankedTensorType type = typeOf(argument);
    if (role != "tokens" || !type)
      continue;
    ArrayRef<int64_t> shape = type.getShape();
    // Before the tokens may stand the texts.
    return llvm::all_of(shape.drop_front(shape.size() > 1), [](int64_t size) { return size == 1; });
  }
  return false;
}

bool retort::isStepGraph(func::FuncOp function) {
  SmallVector<std::string> roles;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    roles.push_back(roleOfArgument(function, i).str());
  return readsOneToken(function, roles) &&
         llvm::any_of(roles, [](StringRef role) { return role.starts_with("past:"); });
}

bool retort::isNextByName(StringRef past, StringRef next) {
  for (StringRef prefix : {"past_key_values", "past_key_value", "past"})
    if (past.starts_with(prefix)) {
      StringRef rest = past.drop_front(prefix.size());
      return next == ("present" + rest).str() || next == ("present_key_values" + rest).str();
    }
  return !past.empty() && next.size() > past.size() && next.contains(past);
}

namespace {
class StatePairing {
public:
  StatePairing(func::FuncOp function, Roles &roles)
      : function(function), end(function.getBody().front().getTerminator()), roles(roles) {}

  void run() {
    for (const std::string &role : roles.arguments)
      count += StringRef(role).starts_with("past:");
    for (BlockArgument argument : function.getArguments())
      if (auto next = candidatesOf(argument); !next.empty())
        open.push_back({argument, std::move(next)});
    while (!open.empty())
      pairOne();
  }

private:
  struct State {
    BlockArgument argument;
    SmallVector<unsigned> next; ///< results that it may become
  };

  std::string &role(BlockArgument argument) { return roles.arguments[argument.getArgNumber()]; }
  StringRef name(BlockArgument argument) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name");
    return name ? name.getValue() : StringRef();
  }
  StringRef resultName(unsigned result) {
    auto name = function.getResultAttrOfType<StringAttr>(result, "onnx.name");
    return name ? name.getValue() : StringRef();
  }

  /// A state starts as zeros: but for the number of texts, its sizes are known.
  static bool mayBeState(RankedTensorType type) {
    return type && type.getRank() > 0 && isa<FloatType>(type.getElementType()) &&
           type.getNumDynamicDims() <= 1;
  }
  static bool fits(RankedTensorType past, RankedTensorType next) {
    return next && past.getRank() == next.getRank() &&
           past.getElementType() == next.getElementType() &&
           llvm::all_of(llvm::zip(past.getShape(), next.getShape()), [](auto sizes) {
             auto [a, b] = sizes;
             return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b);
           });
  }

  SmallVector<unsigned> candidatesOf(BlockArgument argument) {
    SmallVector<unsigned> candidates;
    RankedTensorType type = typeOf(argument);
    if (!mayBeState(type) || !role(argument).empty())
      return candidates;
    llvm::SmallSetVector<unsigned, 4> reached;
    auto anywhere = [](OpOperand &use) -> SmallVector<Value> {
      Operation *op = use.getOwner();
      // What a graph inside uses comes out of the operation that holds it.
      while (!isa<func::FuncOp>(op->getParentOp()))
        op = op->getParentOp();
      return SmallVector<Value>(op->getResults());
    };
    for (OpOperand *use : usesReached(argument, anywhere))
      if (use->getOwner() == end)
        reached.insert(use->getOperandNumber());
    for (unsigned result = 0; result < roles.results.size(); ++result)
      if (roles.results[result].empty() && reached.contains(result) &&
          fits(type, typeOf(end->getOperand(result))) && !resultName(result).contains("logits"))
        candidates.push_back(result);
    return candidates;
  }

  void pairOne() {
    for (State &state : open)
      if (state.next.size() == 1)
        return pair(state.argument, state.next.front());
    State &first = open.front();
    for (unsigned result : first.next)
      if (isNextByName(name(first.argument), resultName(result)))
        return pair(first.argument, result);
    pair(first.argument, first.next.front());
  }

  void pair(BlockArgument argument, unsigned result) {
    role(argument) = ("past:" + Twine(count)).str();
    roles.results[result] = ("present:" + Twine(count++)).str();
    for (State &state : open)
      llvm::erase(state.next, result);
    llvm::erase_if(open,
                   [&](State &state) { return state.argument == argument || state.next.empty(); });
  }

  func::FuncOp function;
  Operation *end;
  Roles &roles;
  unsigned count = 0;
  std::vector<State> open;
};
} // namespace

void retort::pairStates(func::FuncOp function, Roles &roles) {
  StatePairing(function, roles).run();
}
