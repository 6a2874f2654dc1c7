// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes are symbols; operations say which of them are equal:
//   1. Tokens (or embeddings) are batch x tokens.
//   2. What the equations of the graph say of the rest: Add of past + tokens columns and of a
//   mask's.
//   3. A size of a state that nothing determines is the past; of a mask, past + tokens. After each,
//   step 2 again.
#include "lib/Analysis/InputSizes.h"

#include "dialects/Onnx/Shape/SymbolicDims.h"

using namespace mlir;
using namespace retort;
using onnx::Polynomial;

namespace {
class Solver {
public:
  explicit Solver(func::FuncOp function) : dims(function), function(function) {}

  std::optional<int64_t> valueOf(const Polynomial &size) const {
    return size.evaluate([&](Polynomial::Atom atom) -> std::optional<int64_t> {
      auto found = values.find(atom);
      return found == values.end() ? std::nullopt : std::optional(found->second);
    });
  }
  std::optional<int64_t> valueOf(unsigned argument, unsigned axis) {
    return valueOf(dims.dim(function.getArgument(argument), axis));
  }
  /// Gives the size of an axis, unless it has one.
  void choose(unsigned argument, unsigned axis, int64_t size) {
    Polynomial symbol = dims.dim(function.getArgument(argument), axis);
    if (valueOf(symbol) || !symbol.soleAtom())
      return;
    values[*symbol.soleAtom()] = size;
    propagate();
  }

private:
  void propagate() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto &[a, b] : dims.equations()) {
        changed |= learn(a, b);
        changed |= learn(b, a);
      }
    }
  }
  /// A size that must equal one that is known; 1 would broadcast, and says nothing.
  bool learn(const Polynomial &known, const Polynomial &unknown) {
    std::optional<int64_t> size = valueOf(known);
    if (!size || *size == 1 || valueOf(unknown) || !unknown.soleAtom())
      return false;
    values[*unknown.soleAtom()] = *size;
    return true;
  }

  onnx::SymbolicDims dims;
  func::FuncOp function;
  llvm::DenseMap<Polynomial::Atom, int64_t> values;
};
} // namespace

SmallVector<SmallVector<int64_t>> retort::chooseInputSizes(func::FuncOp function,
                                                           ArrayRef<InputRole> roles, int64_t batch,
                                                           int64_t tokens, int64_t past) {
  Solver solver(function);
  auto eachAxis = [&](auto matches, auto visit) {
    for (auto [i, argument] : llvm::enumerate(function.getArguments()))
      if (auto type = dyn_cast<RankedTensorType>(argument.getType()); type && matches(roles[i]))
        for (int64_t axis = 0; axis < type.getRank(); ++axis)
          visit(i, axis, type.getRank());
  };
  auto isText = [](InputRole role) {
    return role == InputRole::Tokens || role == InputRole::Embeddings;
  };
  // A second text (an encoder's) has another length, where the model allows it.
  int64_t length = tokens;
  eachAxis(isText, [&](unsigned i, int64_t axis, int64_t rank) {
    solver.choose(i, axis, axis == 0 && rank > 1 ? batch : length);
    length += axis + 1 == rank ? 2 : 0;
  });
  auto isState = [](InputRole role) { return role == InputRole::State; };
  // The batch first: an equation may lead from it to other states.
  eachAxis(isState, [&](unsigned i, int64_t axis, int64_t rank) {
    if (axis == 0 && rank > 2)
      solver.choose(i, axis, batch);
  });
  eachAxis(isState, [&](unsigned i, int64_t axis, int64_t) { solver.choose(i, axis, past); });
  auto isDefault = [](InputRole role) { return role == InputRole::Default; };
  eachAxis(isDefault, [&](unsigned i, int64_t axis, int64_t) {
    auto value = function.getArgAttrOfType<ElementsAttr>(i, "onnx.default");
    solver.choose(i, axis, cast<ShapedType>(value.getType()).getDimSize(axis));
  });
  auto isRest = [](InputRole role) { return !carriesText(role); };
  bool hasPast = llvm::is_contained(roles, InputRole::State);
  eachAxis(isRest, [&](unsigned i, int64_t axis, int64_t rank) {
    int64_t columns = roles[i] == InputRole::Mask && hasPast ? past + tokens : tokens;
    bool isBatch =
        axis == 0 && (rank > 1 || roles[i] == InputRole::Length || roles[i] == InputRole::Start);
    bool isHead = axis == 1 && rank == 4;
    bool isRow = axis == 2 && rank == 4;
    solver.choose(i, axis, isBatch ? batch : isHead ? 1 : isRow ? tokens : columns);
  });

  SmallVector<SmallVector<int64_t>> shapes(function.getNumArguments());
  eachAxis([](InputRole) { return true; },
           [&](unsigned i, int64_t axis, int64_t) {
             shapes[i].push_back(solver.valueOf(i, axis).value_or(1));
           });
  return shapes;
}
