// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every lowering of an operation builds with: values already lowered, sizes, index arithmetic,
// and the loop nests of linalg on tensors.
//
// Inside, integers have no sign (ui8 becomes i8; operations know how to read it) and what is
// narrower than a byte lies one element per byte. Sizes are index values; equal sizes are the same
// value wherever that is known.
#ifndef RETORT_LIB_LOWER_EMITTER_H
#define RETORT_LIB_LOWER_EMITTER_H

#include "lib/Support/Refusal.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/FoldUtils.h"

namespace retort {

using mlir::AffineMap;
using mlir::ArrayRef;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::SmallVector;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

struct WeightMatrix;

/// How a value of this element type is held: without sign, at least a byte wide (bool stays i1).
/// Floats of at most a byte are held as their bits.
Type storageType(Type element);

inline RankedTensorType tensorType(Value value) {
  return llvm::cast<RankedTensorType>(value.getType());
}
inline Type elementType(Value value) {
  return llvm::cast<mlir::ShapedType>(value.getType()).getElementType();
}
inline int64_t rankOf(Value value) { return tensorType(value).getRank(); }

/// True for the unsigned integers of ONNX, and for bool.
bool isUnsignedElement(Type element);

/// The constant that an index or integer value is.
std::optional<int64_t> constantOf(Value value);

/// One operand of a loop nest and where it is read.
struct Access {
  Value tensor;
  AffineMap map;
};

class Emitter : public mlir::ImplicitLocOpBuilder {
public:
  using Body = llvm::function_ref<Value(ValueRange elements)>;
  using IndexedBody = llvm::function_ref<Value(ValueRange indices)>;

  explicit Emitter(mlir::func::FuncOp func);

  /// The lowering of one operation: what is built while this lives carries its name, which errors
  /// of the run tell.
  class Entered {
  public:
    Entered(Emitter &emitter, Operation *op);
    ~Entered();

  private:
    Emitter &emitter;
    Operation *outer;
    mlir::Location loc;
  };

  // Values.
  /// The lowered image of a value of the original function; null for null (an omitted operand).
  Value get(Value original);
  void set(Value original, Value lowered);
  /// Lowers a value when it is first asked for, at the start of the function: it depends on
  /// constants alone. Most weights are never asked for, products read them packed. `lower` sets the
  /// value's image, or has said why it cannot.
  void defer(Value original, std::function<llvm::LogicalResult()> lower);
  bool isDeferred(Value original) const { return deferred.contains(original); }
  /// Whether the lowering of a deferred value has failed.
  bool hasFailed() const { return failed; }
  /// Two values of the original function whose sizes are known to agree.
  std::function<bool(Value, unsigned, Value, unsigned)> sameDim;
  /// Whether an element of a list of sizes is known to be a size of a tensor; both are values of
  /// the original function.
  std::function<bool(Value list, unsigned i, Value tensor, unsigned axis)> isSizeOf;
  /// The parts of a weight, packed for kernels, as values of the function; empty where products
  /// read weights as the model holds them.
  std::function<SmallVector<Value>(const WeightMatrix &)> packedWeight;

  /// Whether attention becomes one operation where that is possible, and why it is not.
  bool fusesAttention = false;
  Refusals declined;

  // Sizes and index arithmetic; all fold, and equal expressions are one value.
  Value index(int64_t value);
  Value dim(Value tensor, int64_t axis);
  SmallVector<Value> dims(Value tensor);
  void setDims(Value tensor, ArrayRef<Value> sizes) {
    sizesOf[tensor].assign(sizes.begin(), sizes.end());
  }
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value divide(Value a, Value b); // of numbers not below zero
  Value min(Value a, Value b);
  Value max(Value a, Value b);
  /// In a canonical order, so that equal products are one value.
  Value product(ValueRange factors);
  /// a / b, by cancelling factors where that leaves no rest.
  Value quotient(Value a, Value b);
  Value equal(Value a, Value b);
  Value less(Value a, Value b);
  Value lessOrEqual(Value a, Value b);
  Value choose(Value condition, Value a, Value b);
  Value both(Value a, Value b);
  Value either(Value a, Value b);
  Value toIndex(Value integer);
  Value fromIndex(Value index, Type type);
  /// `i`, or `i + size` below zero.
  Value wrapIndex(Value i, Value size);

  // Scalars.
  Value constant(mlir::TypedAttr value);
  Value integer(int64_t value, Type type);
  Value real(double value, Type type);
  Value zero(Type type);
  /// Floating-point numbers narrower than f32 are computed in f32.
  Value widen(Value scalar);
  Value narrow(Value scalar, Type type);
  Value extract(Value tensor, ValueRange indices = {});
  /// Zero or the element type's other extreme.
  Value lowest(Type type, bool isUnsigned = false);
  Value highest(Type type, bool isUnsigned = false);

  // Tensors.
  RankedTensorType typeFor(ArrayRef<Value> sizes, Type element);
  /// The sizes with those that the type knows in place of computed ones. The run checks that they
  /// are the same.
  SmallVector<Value> refine(Type type, ArrayRef<Value> sizes);
  /// Every tensor begins here, or as a view: sizes that numbers of the model decide are checked for
  /// their sign, and so is that their product fits.
  Value empty(ArrayRef<Value> sizes, Type element);
  Value fill(ArrayRef<Value> sizes, Value scalar);
  AffineMap identity(int64_t rank) { return getMultiDimIdentityMap(rank); }
  /// (d0, ..., dn-1) -> those of `positions`.
  AffineMap project(int64_t loops, ArrayRef<int64_t> positions);
  /// One element for each combination of indices, from the elements read by `inputs`.
  Value map(ArrayRef<Value> sizes, Type element, ArrayRef<Access> inputs, Body body);
  /// The same from indices alone; reads by `extract`.
  Value generate(ArrayRef<Value> sizes, Type element, IndexedBody body);
  /// Both.
  Value mapIndexed(ArrayRef<Value> sizes, Type element, ArrayRef<Access> inputs,
                   llvm::function_ref<Value(ValueRange indices, ValueRange elements)> body);
  /// Loops in the order of `iterators` ('p' or 'r' each); the body's last element is the
  /// accumulator, that starts as `start`.
  Value reduce(ArrayRef<Value> sizes, Type element, Value start, AffineMap result,
               llvm::StringRef iterators, ArrayRef<Access> inputs, Body body);
  Value sum(Value a, Value b); // of an accumulation: may be reordered
  /// Visits all combinations of indices in order, each giving the next version of the tensor.
  Value forEach(ArrayRef<Value> sizes, Value start,
                llvm::function_ref<Value(ValueRange indices, Value tensor)> body);
  /// A loop over 0 ... count - 1 that carries values.
  SmallVector<Value>
  loop(Value count, ValueRange start,
       llvm::function_ref<SmallVector<Value>(Value index, ValueRange carried)> body);
  /// The run checks that there are as many elements, where that is not known.
  Value reshape(Value tensor, ArrayRef<Value> sizes);
  Value slice(Value tensor, ArrayRef<Value> offsets, ArrayRef<Value> sizes);
  Value insert(Value part, Value whole, ArrayRef<Value> offsets);
  Value transpose(Value tensor, ArrayRef<int64_t> permutation);
  Value castTo(Value tensor, Type type);

  // Small integer tensors (shapes and the like) are computed element by element, without loops.
  static bool isSmall(Type type);
  SmallVector<Value> scalars(Value tensor);
  Value fromScalars(RankedTensorType type, ArrayRef<Value> elements);

  // Checks at run time. What folds costs nothing.
  /// Stops the model with a message that names `op` unless the condition holds.
  void require(Value condition, Operation *op, llvm::StringRef problem);
  /// The same of the operation that is being lowered.
  void require(Value condition, llvm::StringRef problem) { require(condition, current, problem); }
  void requireEqual(Value a, Value b, llvm::StringRef problem) { require(equal(a, b), problem); }
  /// low <= value <= high.
  void requireWithin(Value low, Value value, Value high, llvm::StringRef problem);
  /// No size is below zero.
  void requireNotNegative(ArrayRef<Value> sizes);
  /// Nor is the product of the sizes, those of 0 aside, near overflow; so then is not the product
  /// of any of them. They are trusted from here on.
  void requireFit(ArrayRef<Value> sizes);
  /// True where a size is not larger than sizes that are trusted make it: those of tensors that
  /// exist, and those that were checked.
  bool isBounded(Value value, unsigned depth = 6);

  /// What is built in a nested region is not visible after it.
  class Nested {
  public:
    explicit Nested(Emitter &emitter) : emitter(emitter), guard(emitter) {
      emitter.known.emplace_back();
      emitter.trusted.emplace_back();
    }
    ~Nested() {
      emitter.known.pop_back();
      emitter.trusted.pop_back();
    }

  private:
    Emitter &emitter;
    OpBuilder::InsertionGuard guard;
  };

  mlir::func::FuncOp function() { return func; }

private:
  struct Factors {
    int64_t constant = 1;
    SmallVector<Value> values;
  };
  Factors factorsOf(ValueRange values);
  Value productOf(const Factors &factors);
  template <typename OpT> Value once(Value a, Value b);
  bool isTrusted(Value size) const;

  mlir::func::FuncOp func;
  Operation *current = nullptr;
  llvm::DenseMap<Value, Value> lowered;
  llvm::DenseMap<Value, std::function<llvm::LogicalResult()>> deferred; // empty where done
  Operation *deferredEnd = nullptr; // deferred values stand before it
  bool failed = false;
  llvm::DenseMap<Value, SmallVector<Value>> sizesOf;
  llvm::DenseMap<Value, SmallVector<Value>> elementsOf;
  mlir::OperationFolder constants;
  llvm::DenseMap<Value, unsigned> order; // of factors, by their first use
  using Expression = std::tuple<mlir::TypeID, Value, Value>;
  SmallVector<llvm::DenseMap<Expression, Value>> known;
  SmallVector<llvm::DenseSet<Value>> trusted; // sizes that are checked
};

/// No tensor has more elements, however small the machine's memory: products of sizes stay far from
/// 2^63, counted in bytes too.
inline constexpr double mostElements = double(int64_t(1) << 59);

/// True where a size or number cannot be below zero: sizes of tensors, and sums and products of
/// such.
bool isNeverNegative(Value value, unsigned depth = 6);

/// How messages of the run name an operation: "node 'x' (Add)", of which x is the name that the
/// model's author gave to the node.
std::string describe(Operation *op);

} // namespace retort

#endif
