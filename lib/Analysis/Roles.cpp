// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Analysis/Roles.h"

#include "lib/Analysis/CacheRoles.h"
#include "lib/Analysis/Flow.h"
#include "lib/Analysis/StateRoles.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

/// A table of fewer rows tells kinds of tokens apart, not places in a text.
static constexpr int64_t fewestPositions = 16;

/// The role of an argument that gets none, while others are looked for.
static constexpr llvm::StringLiteral aside = "aside";

namespace {
class RoleFinder {
public:
  explicit RoleFinder(func::FuncOp function)
      : function(function), end(function.getBody().front().getTerminator()) {
    roles.arguments.resize(function.getNumArguments());
    roles.results.resize(function.getNumResults());
  }

  Roles find() {
    pairCaches(/*areCarried=*/true);
    setDefaultsAside();
    findTokens();
    pairCaches(/*areCarried=*/false);
    findPositions();
    findMask();
    findCacheRoles(function, roles);
    findLogits();
    llvm::replace(roles.arguments, std::string(aside), std::string());
    return std::move(roles);
  }

private:
  void pairCaches(bool areCarried);
  void setDefaultsAside();
  void findTokens();
  void findPositions();
  void findMask();
  void findLogits();
  StringRef kindOfOutput(RankedTensorType output);

  std::string &role(BlockArgument argument) { return roles.arguments[argument.getArgNumber()]; }
  StringRef name(unsigned argument) {
    auto name = function.getArgAttrOfType<StringAttr>(argument, "onnx.name");
    return name ? name.getValue() : StringRef();
  }
  StringRef resultName(unsigned result) {
    auto name = function.getResultAttrOfType<StringAttr>(result, "onnx.name");
    return name ? name.getValue() : StringRef();
  }
  /// Arguments that have no role yet and whose element type fits.
  SmallVector<BlockArgument> open(bool (*fits)(Type element));
  bool isLogitsWidth(int64_t rows);
  void takeByName(StringRef role, bool (*fits)(Type), ArrayRef<StringRef> parts);

  func::FuncOp function;
  Operation *end;
  DenseSet<Value> embeddings; // the tables of tokens
  Roles roles;
};
} // namespace

static bool isFloat(Type element) { return isa<FloatType>(element); }
static bool isNumber(Type element) { return element.isInteger() && !element.isInteger(1); }
static bool isAny(Type) { return true; }

SmallVector<BlockArgument> RoleFinder::open(bool (*fits)(Type)) {
  SmallVector<BlockArgument> result;
  for (BlockArgument argument : function.getArguments()) {
    auto type = dyn_cast<ShapedType>(argument.getType());
    if (type && role(argument).empty() && fits(type.getElementType()))
      result.push_back(argument);
  }
  return result;
}

/// What a caller may leave out is no part of the text, unless it is a state.
void RoleFinder::setDefaultsAside() {
  for (BlockArgument argument : open(isAny))
    if (function.getArgAttr(argument.getArgNumber(), "onnx.default"))
      role(argument) = aside.str();
}

void RoleFinder::takeByName(StringRef wanted, bool (*fits)(Type), ArrayRef<StringRef> parts) {
  if (llvm::is_contained(roles.arguments, wanted))
    return;
  for (StringRef part : parts)
    for (BlockArgument argument : open(fits))
      if (name(argument.getArgNumber()).contains(part)) {
        role(argument) = wanted.str();
        return;
      }
}

/// Caches by what carries them; recurrent states, which are computed anew, by what depends on them
/// where each call reads one token, else by names.
void RoleFinder::pairCaches(bool areCarried) {
  auto count =
      llvm::count_if(roles.arguments, [](StringRef role) { return role.starts_with("past:"); });
  auto pair = [&](BlockArgument past, unsigned present) {
    role(past) = ("past:" + Twine(count)).str();
    roles.results[present] = ("present:" + Twine(count++)).str();
  };
  auto fits = [&](BlockArgument past, unsigned result) {
    auto type = dyn_cast<RankedTensorType>(past.getType());
    auto next = dyn_cast<RankedTensorType>(end->getOperand(result).getType());
    return type && next && roles.results[result].empty() && type.getRank() > 1 &&
           type.getRank() == next.getRank() && type.getElementType() == next.getElementType();
  };
  for (BlockArgument argument : areCarried ? open(isFloat) : SmallVector<BlockArgument>())
    for (OpOperand *use : usesReached(argument, carry))
      if (use->getOwner() == end && fits(argument, use->getOperandNumber())) {
        pair(argument, use->getOperandNumber());
        break;
      }
  if (areCarried)
    return;
  if (readsOneToken(function, roles.arguments))
    return pairStates(function, roles);
  for (BlockArgument argument : open(isFloat))
    for (unsigned result = 0; result < roles.results.size(); ++result)
      if (fits(argument, result) &&
          isNextByName(name(argument.getArgNumber()), resultName(result))) {
        pair(argument, result);
        break;
      }
}

/// The table of floats whose rows the use looks up; null: it does not.
static Value tableLookedUp(OpOperand &use) {
  Operation *op = use.getOwner();
  int slot = slotOf(use);
  auto lookup = dyn_cast<onnx::Lookup>(op);
  int from = lookup ? lookup.tableSlot(slot) : -1;
  SmallVector<Value> slots = from < 0 ? SmallVector<Value>() : onnx::operandSlots(op);
  Value table = from >= 0 && size_t(from) < slots.size() ? slots[from] : Value();
  auto type = table ? dyn_cast<RankedTensorType>(table.getType()) : RankedTensorType();
  bool holdsFloats = type && (isa<onnx::MicrosoftGatherBlockQuantizedOp>(op) ||
                              isa<FloatType>(type.getElementType()));
  return holdsFloats && type.getRank() > 1 ? table : Value();
}

/// How many rows that table has; 0: there is none, or it is not known.
static int64_t rowsLookedUp(OpOperand &use) {
  Value table = tableLookedUp(use);
  if (!table)
    return 0;
  // GatherElements has a batch before the rows.
  auto type = cast<RankedTensorType>(table.getType());
  int64_t rows =
      type.getDimSize(isa<onnx::GatherElementsOp>(use.getOwner()) ? type.getRank() - 2 : 0);
  return ShapedType::isDynamic(rows) ? 0 : rows;
}

bool RoleFinder::isLogitsWidth(int64_t rows) {
  return llvm::any_of(llvm::enumerate(end->getOperandTypes()), [&](auto each) {
    auto type = dyn_cast<RankedTensorType>(each.value());
    return type && roles.results[each.index()].empty() && type.getRank() > 1 &&
           isFloat(type.getElementType()) && type.getShape().back() == rows;
  });
}

void RoleFinder::findTokens() {
  SmallVector<std::pair<BlockArgument, int64_t>> candidates;
  for (BlockArgument argument : open(isNumber))
    for (OpOperand *use : usesReached(argument, reshapeOnly))
      if (int64_t rows = rowsLookedUp(*use)) {
        candidates.push_back({argument, rows});
        break;
      }
  if (llvm::any_of(candidates, [&](auto &each) { return isLogitsWidth(each.second); }))
    llvm::erase_if(candidates, [&](auto &each) { return !isLogitsWidth(each.second); });
  else // embeddings come from outside, or logits do not come out
    llvm::erase_if(candidates, [&](auto &each) {
      StringRef named = name(each.first.getArgNumber());
      return named.contains("position") || named.contains("type") || named.contains("mask");
    });
  if (candidates.size() == 1)
    role(candidates.front().first) = "tokens";
  // An encoder's text and a decoder's look up the same table: the decoder's is continued.
  takeByName("tokens", isNumber, {"decoder_input_ids", "input_ids", "tokens"});
  if (!llvm::is_contained(roles.arguments, "tokens") && !candidates.empty())
    role(candidates.front().first) = "tokens";
  for (BlockArgument argument : function.getArguments())
    if (role(argument) == "tokens")
      for (OpOperand *use : usesReached(argument, reshapeOnly))
        if (Value table = tableLookedUp(*use))
          embeddings.insert(table);
}

/// Whether a number becomes an angle or a place in a table there.
static bool takesPosition(OpOperand &use) {
  Operation *op = use.getOwner();
  int slot = slotOf(use);
  if (auto roles = dyn_cast<onnx::OperandRoles>(op))
    return roles.takesPositions(slot);
  if (auto rope = dyn_cast<llm::RopeOp>(op))
    return use.get() == rope.getPositions();
  return isa<onnx::CosOp, onnx::SinOp>(op) || rowsLookedUp(use) > fewestPositions;
}

static SmallVector<Value> anywhere(OpOperand &use) {
  if (onnx::asksShape(use.getOwner()))
    return {};
  return SmallVector<Value>(use.getOwner()->getResults());
}

/// The uses of an argument whose elements stay numbers of one place each: multiplied by
/// frequencies, by whatever product, but never by something that is made of them (a mask meets its
/// running sum where positions are counted).
static SmallVector<OpOperand *> usesByPlace(BlockArgument argument) {
  DenseSet<Value> made{argument};
  for (OpOperand *use : usesReached(argument, anywhere))
    made.insert(use->getOwner()->result_begin(), use->getOwner()->result_end());
  return usesReached(argument, [&](OpOperand &use) -> SmallVector<Value> {
    Operation *op = use.getOwner();
    for (Value other : op->getOperands())
      if (other != use.get() && made.contains(other))
        return {};
    if (isa<onnx::MatMulOp, onnx::EinsumOp, onnx::ConcatOp>(op))
      return {op->getResult(0)};
    return elementwise(use);
  });
}

void RoleFinder::findPositions() {
  for (BlockArgument argument : open(isNumber))
    if (llvm::any_of(usesByPlace(argument), [&](OpOperand *use) {
          return takesPosition(*use) && !embeddings.contains(tableLookedUp(*use));
        })) {
      role(argument) = isOneForEachText(function, argument, roles) ? "start" : "positions";
      return;
    }
}

SmallVector<Value> retort::towardsScores(OpOperand &use) {
  Operation *op = use.getOwner();
  bool ends = onnx::asksShape(op) || op->hasTrait<onnx::MatrixProduct>() ||
              op->hasTrait<onnx::Normalizes>() || isa<onnx::ConvOp, llm::RmsNormOp>(op);
  if (ends || rowsLookedUp(use) || op->hasTrait<OpTrait::IsTerminator>())
    return {};
  return SmallVector<Value>(op->getResults());
}

bool retort::masksScores(OpOperand &use) {
  Operation *op = use.getOwner();
  if (auto attention = dyn_cast<llm::AttentionOp>(op))
    return llvm::is_contained({attention.getMask(), attention.getBias(), attention.getKeyLength()},
                              use.get());
  if (auto roles = dyn_cast<onnx::OperandRoles>(op))
    return roles.takesMask(slotOf(use));
  return isa<onnx::SoftmaxOp>(op);
}

void RoleFinder::findMask() {
  for (BlockArgument argument : open(isAny)) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    bool looksUp =
        llvm::any_of(usesByPlace(argument), [](OpOperand *use) { return rowsLookedUp(*use) > 0; });
    // What has one axis is a length or a place, not one number for each column.
    if (!type || type.getRank() < 2 || looksUp)
      continue;
    SmallVector<OpOperand *> uses = usesReached(argument, towardsScores);
    if (llvm::any_of(uses, [](OpOperand *use) { return masksScores(*use); })) {
      role(argument) = "mask";
      return;
    }
  }
  takeByName("mask", isAny, {"mask"});
  takeByName("positions", isNumber, {"position"});
}

void RoleFinder::findLogits() {
  int64_t widest = -1, logits = -1;
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    int64_t least = readsOneToken(function, roles.arguments) ? 1 : 2;
    if (!type || type.getRank() < least || !isFloat(type.getElementType()) ||
        !roles.results[i].empty())
      continue;
    if (type.getShape().back() > widest) {
      widest = type.getShape().back();
      logits = int64_t(i);
    }
  }
  if (logits >= 0)
    roles.results[logits] = kindOfOutput(cast<RankedTensorType>(end->getOperand(logits).getType()));
}

/// By what is known of the tokens' tables: rows as wide as theirs are hidden states; one row for a
/// text, far narrower than the vocabulary, scores classes.
StringRef RoleFinder::kindOfOutput(RankedTensorType output) {
  for (Value table : embeddings) {
    auto type = dyn_cast<RankedTensorType>(table.getType());
    if (!type || type.getRank() != 2 || !type.hasStaticShape() ||
        ShapedType::isDynamic(output.getShape().back()))
      continue;
    int64_t vocabulary = type.getDimSize(0), width = type.getDimSize(1);
    if (output.getShape().back() == width && width != vocabulary)
      return "hidden_states";
    if (output.getRank() == 2 && output.getShape().back() * 2 < vocabulary)
      return "class_scores";
  }
  return "logits";
}

Roles retort::findRoles(func::FuncOp function) { return RoleFinder(function).find(); }

StringRef retort::roleOfArgument(func::FuncOp function, unsigned argument) {
  auto role = function.getArgAttrOfType<StringAttr>(argument, roleAttribute);
  return role ? role.getValue() : StringRef();
}

StringRef retort::roleOfResult(func::FuncOp function, unsigned result) {
  auto role = function.getResultAttrOfType<StringAttr>(result, roleAttribute);
  return role ? role.getValue() : StringRef();
}
