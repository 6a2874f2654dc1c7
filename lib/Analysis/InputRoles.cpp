// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Roles of inputs. What Roles.h finds comes first; the rest in three steps:
//   1. Follow each input through operations that hand its elements over (Cast, Reshape, ...) to
//   those that use them.
//   2. The uses tell the role: rows of a table, angles, the past of an attention, ...
//   3. Of several integer inputs that choose rows of tables and have no usual name, the tokens have
//   the largest table.
#include "lib/Analysis/InputRoles.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "lib/Analysis/Roles.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

StringRef retort::nameOf(InputRole role) {
  switch (role) {
  case InputRole::Tokens:
    return "tokens";
  case InputRole::Embeddings:
    return "embeddings";
  case InputRole::State:
    return "state";
  case InputRole::Positions:
    return "positions";
  case InputRole::TokenTypes:
    return "token types";
  case InputRole::Mask:
    return "mask";
  case InputRole::Length:
    return "length";
  case InputRole::Start:
    return "start";
  case InputRole::Default:
    return "default";
  }
  llvm_unreachable("a role without a name");
}

bool retort::carriesText(InputRole role) {
  return role == InputRole::Tokens || role == InputRole::Embeddings ||
         role == InputRole::State || role == InputRole::Default;
}

StringRef retort::inputName(BlockArgument argument) {
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  auto name = function ? function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name")
                       : StringAttr();
  return name ? name.getValue() : StringRef();
}

namespace {
/// What the graph does with one input.
struct Uses {
  /// Rows of the largest table that it chooses from; 0 where it chooses none.
  int64_t tableRows = 0;
  bool isAngle = false, isState = false, isLength = false;
};
} // namespace

/// Whether the operation hands the elements of operand 0 over, whatever their order.
static bool handsOver(Operation *op, unsigned slot) {
  return slot == 0 && (movesAll(op) || isConversion(op) || isa<SliceOp, ClipOp>(op));
}

/// Whether numbers are scaled and added.
static bool isArithmetic(Operation *op) { return isa<Linearity>(op); }

static int64_t tableRows(Value table) {
  auto type = dyn_cast<RankedTensorType>(table.getType());
  if (!type || type.getRank() < 1 || ShapedType::isDynamic(type.getDimSize(0)))
    return 0;
  return isa<BlockArgument>(table) ? 0 : type.getDimSize(0);
}

static void noteUse(Operation *op, unsigned slot, Value value, Uses &uses) {
  SmallVector<Value> slots = operandSlots(op);
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(value.getType()));
  auto lookup = dyn_cast<Lookup>(op);
  int table = lookup ? lookup.tableSlot(slot) : -1;
  if (table >= 0 && size_t(table) < slots.size() && slots[table] && !isFloat)
    uses.tableRows = std::max(uses.tableRows, tableRows(slots[table]));
  if (auto roles = dyn_cast<OperandRoles>(op)) {
    uses.isAngle |= roles.takesPositions(slot);
    uses.isLength |= roles.takesLength(slot);
  }
  uses.isAngle |= isa<CosOp, SinOp>(op);
  // Keys and values are carried on, too.
  auto carrier = dyn_cast<StateCarrier>(op);
  uses.isState |= carrier && slot >= 3 && carrier.nextStateSlot(slot) >= 0;
  bool isWritten = isa<ScatterNDOp, ScatterElementsOp, TensorScatterOp>(op) && slot == 0;
  uses.isState |= isFloat && (isWritten || isa<ConcatOp>(op));
}

/// Steps 1 and 2.
static Uses usesOf(Value input) {
  Uses uses;
  struct Place {
    Value value;
    bool plain; // handed over, without arithmetic
  };
  SmallVector<Place> stack{{input, true}};
  SmallPtrSet<Value, 32> seen{input};
  while (!stack.empty()) {
    Place at = stack.pop_back_val();
    for (Operation *op : at.value.getUsers()) {
      if (!schemaOf(op->getName()))
        continue;
      for (auto [slot, operand] : llvm::enumerate(operandSlots(op))) {
        if (operand != at.value)
          continue;
        if (at.plain || isa<CosOp, SinOp>(op))
          noteUse(op, slot, at.value, uses);
        bool over = handsOver(op, slot);
        if ((over || isArithmetic(op)) && seen.insert(op->getResult(0)).second)
          stack.push_back({op->getResult(0), at.plain && over});
      }
    }
  }
  return uses;
}

/// The role that the usual names of exporters suggest.
static std::optional<InputRole> roleOfName(StringRef name) {
  if (name.contains("position"))
    return InputRole::Positions;
  if (name.contains("token_type") || name.contains("segment"))
    return InputRole::TokenTypes;
  if (name.contains("mask"))
    return InputRole::Mask;
  if (name.contains("input_ids") || name == "tokens")
    return InputRole::Tokens;
  return std::nullopt;
}

static InputRole roleOfFloat(const Uses &uses, RankedTensorType type) {
  if (uses.isState)
    return InputRole::State;
  // The width of a model is fixed, the columns of a mask are not.
  bool fixed = type && type.getRank() >= 2 && !type.isDynamicDim(type.getRank() - 1);
  return fixed ? InputRole::Embeddings : InputRole::Mask;
}

static std::optional<InputRole> roleCalled(StringRef role) {
  if (role == "tokens")
    return InputRole::Tokens;
  if (role == "positions")
    return InputRole::Positions;
  if (role == "mask")
    return InputRole::Mask;
  if (role == "start")
    return InputRole::Start;
  if (role == "length")
    return InputRole::Length;
  return role.starts_with("past:") ? std::optional(InputRole::State) : std::nullopt;
}

SmallVector<InputRole> retort::findInputRoles(func::FuncOp function) {
  Roles known = findRoles(function);
  SmallVector<InputRole> roles;
  SmallVector<unsigned> choosing; // inputs that choose rows of tables
  SmallVector<Uses> all;
  for (BlockArgument argument : function.getArguments()) {
    Uses uses = usesOf(argument);
    all.push_back(uses);
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    Type element = getElementTypeOrSelf(argument.getType());
    std::optional<InputRole> named = roleOfName(inputName(argument));
    std::optional<InputRole> role = roleCalled(known.arguments[argument.getArgNumber()]);
    bool hasDefault = bool(function.getArgAttr(argument.getArgNumber(), "onnx.default"));
    // Queries reach the scores, too: of floats, the shape tells.
    if (hasDefault && role != InputRole::State) {
      roles.push_back(InputRole::Default);
    } else if (role && !(isa<FloatType>(element) && role == InputRole::Mask)) {
      roles.push_back(*role);
    } else if (isa<FloatType>(element)) {
      roles.push_back(roleOfFloat(uses, type));
    } else if (element.isInteger(1)) {
      roles.push_back(InputRole::Mask);
    } else if (uses.isAngle) {
      roles.push_back(InputRole::Positions);
    } else if (uses.isLength) {
      roles.push_back(InputRole::Length);
    } else if (uses.tableRows && named != InputRole::Mask) {
      roles.push_back(named.value_or(InputRole::Tokens));
      if (!named)
        choosing.push_back(argument.getArgNumber());
    } else {
      bool isScalar = type && type.getRank() == 0;
      roles.push_back(named.value_or(isScalar ? InputRole::Length : InputRole::Mask));
    }
  }
  // Step 3. An encoder and a decoder may share a table.
  int64_t vocabulary = 0;
  for (unsigned i : choosing)
    vocabulary = std::max(vocabulary, all[i].tableRows);
  for (unsigned i : choosing)
    if (all[i].tableRows < vocabulary)
      roles[i] = all[i].tableRows <= 4 ? InputRole::TokenTypes : InputRole::Positions;
  return roles;
}
