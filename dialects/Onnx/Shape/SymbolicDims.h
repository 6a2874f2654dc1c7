// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes of values, and the contents of small integer tensors, in terms of the sizes of the graph's
// inputs.
#ifndef RETORT_DIALECTS_ONNX_SHAPE_SYMBOLICDIMS_H
#define RETORT_DIALECTS_ONNX_SHAPE_SYMBOLICDIMS_H

#include "dialects/Onnx/Evaluate/Tensor.h"
#include "dialects/Onnx/Shape/Polynomial.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <deque>

namespace retort::onnx {

using SymbolicShape = llvm::SmallVector<Polynomial, 4>;

/// An integer tensor of known shape whose elements are polynomials.
struct Contents {
  llvm::SmallVector<int64_t> shape;
  std::vector<Polynomial> elements;
};

/// Two sizes of inputs are one symbol where the model gives them one name (ONNX: equal names are
/// equal sizes), and for no other reason. Everything else follows from the operations.
class SymbolicDims {
public:
  SymbolicDims() = default;
  SymbolicDims(const SymbolicDims &) = delete;
  /// Runs type inference over the function, which refines its types in place.
  explicit SymbolicDims(mlir::func::FuncOp function) { (void)infer(function); }

  /// From here on, the sizes that the types of values declare beyond what follows for them prove
  /// nothing: types keep them, sizes are unknown. Those of arguments and constants hold.
  void distrustDeclaredSizes() { trustsDeclared = false; }
  /// Infers the types of all values; fails where an operation is impossible, after a diagnostic.
  llvm::LogicalResult infer(mlir::func::FuncOp function);
  llvm::LogicalResult infer(mlir::Block &block);
  /// Takes the sizes of the function's arguments from their types and the names of their sizes.
  void enter(mlir::func::FuncOp function);
  /// Gives the function the types of the values that it returns.
  static void leave(mlir::func::FuncOp function);
  llvm::LogicalResult infer(mlir::Operation *op);

  /// nullopt where the rank is not known, or there is no value.
  std::optional<SymbolicShape> shape(mlir::Value value);
  /// The size of an axis of a ranked value.
  Polynomial dim(mlir::Value value, unsigned axis) { return (*shape(value))[axis]; }
  /// Whether two sizes are equal whatever the inputs are.
  bool sameDim(mlir::Value a, unsigned i, mlir::Value b, unsigned j) {
    return dim(a, i) == dim(b, j);
  }
  bool sameShape(mlir::Value a, mlir::Value b);
  /// The elements of a small integer tensor, where they follow from sizes and constants.
  std::optional<Contents> contents(mlir::Value value);
  /// The same as integers, where all are known.
  std::optional<llvm::SmallVector<int64_t>> constants(mlir::Value value);
  std::string text(const Polynomial &size);
  /// Takes for granted that a polynomial of sizes is not below zero.
  void assumeNonNegative(const Polynomial &size) { facts.push_back(size); }
  /// Sizes that are known numbers, of which a bound that is no number takes the first so many.
  struct Cut {
    Polynomial bound;
    int64_t size;
  };
  llvm::ArrayRef<Cut> cuts() const { return foundCuts; }
  /// Pairs of sizes that are equal (or one of them 1) where the function can run at all.
  llvm::ArrayRef<std::pair<Polynomial, Polynomial>> equations() const { return expected; }

  // For the families.
  /// Refines the type of a value to what was inferred, and records its sizes.
  void set(mlir::Value value, mlir::Type element, std::optional<SymbolicShape> shape);
  void setContents(mlir::Value value, Contents contents);
  /// The size that an argument of the graph names.
  Polynomial named(llvm::StringRef name);
  /// A size known by `key` alone: the same key is the same size. May be negative where it is no
  /// size.
  Polynomial opaque(const llvm::Twine &key, bool nonNegative = true);
  Polynomial fresh(mlir::Value value, unsigned axis);
  bool isNonNegative(const Polynomial &size) const;
  /// Whether they are equal or differ for all inputs; nullopt where that depends.
  std::optional<bool> equal(const Polynomial &a, const Polynomial &b) const;
  std::optional<bool> less(const Polynomial &a, const Polynomial &b) const;
  /// Whether `a` may stand for the smaller of both.
  std::optional<bool> isSmaller(const Polynomial &a, const Polynomial &b) const;
  std::string textOfBoth(const Polynomial &a, const Polynomial &b);
  /// Rounded down; operands are sizes.
  Polynomial floorDivide(const Polynomial &a, const Polynomial &b);
  Polynomial maximum(const Polynomial &a, const Polynomial &b);
  Polynomial minimum(const Polynomial &a, const Polynomial &b);
  /// Says that the first `bound` of `size` elements are taken, if there are so many.
  void noteCut(const Polynomial &bound, int64_t size) { foundCuts.push_back({bound, size}); }
  /// Says that an operation works only where the two are equal, or one of them is 1.
  void expectEqual(const Polynomial &a, const Polynomial &b);
  /// The size that both broadcast to; nullopt where they cannot.
  std::optional<Polynomial> broadcast(const Polynomial &a, const Polynomial &b);

private:
  void propagate(mlir::Operation *op);
  void keep(mlir::Value value, SymbolicShape shape);

  struct AtomInfo {
    std::string name;
    bool nonNegative, isFresh;
  };
  std::vector<AtomInfo> atoms;
  std::vector<std::pair<Polynomial, Polynomial>> expected;
  bool trustsDeclared = true;
  llvm::SmallVector<Polynomial, 1> facts;
  llvm::SmallVector<Cut> foundCuts;
  llvm::StringMap<unsigned> byName;
  /// Where they stay: a map that grows would move them.
  std::deque<SymbolicShape> kept;
  llvm::DenseMap<mlir::Value, SymbolicShape *> shapes;
  llvm::DenseMap<mlir::Value, Contents> known;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
};

/// Infers the result types of one operation, from the types of its operands and constants.
llvm::LogicalResult inferTypes(mlir::Operation *op);

/// The shape of every value of the function where its arguments have these shapes; values that no
/// inference reaches are left out. The function stays as it is.
llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t>>
concreteShapes(mlir::func::FuncOp function, llvm::ArrayRef<llvm::SmallVector<int64_t>> inputShapes);

} // namespace retort::onnx

#endif
