// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel builds with that computes a tile of a product with a packed weight.
#ifndef RETORT_DIALECTS_LINEAR_TILEBUILDER_H
#define RETORT_DIALECTS_LINEAR_TILEBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {

/// What is kept in registers: `rows` times `vectors` sums of `lanes` columns.
struct TileShape {
  int64_t rows, vectors, lanes;
  int64_t columns() const { return vectors * lanes; }
};

/// The order in which a format takes the rows of its weight: groups of `size`, each padded to words
/// of `perWord`.
struct RowOrder {
  int64_t depth, size, perWord;
  int64_t groups() const { return (depth + size - 1) / size; }
  int64_t wordsPerGroup() const { return (size + perWord - 1) / perWord; }
  int64_t padded() const { return groups() * wordsPerGroup() * perWord; }
  bool isWhole() const { return depth % size == 0 && size % perWord == 0; }
  /// How far packed rows are apart. Those of a tile are read side by side: a line of the cache
  /// more, so that they do not all fall on the same places of it where `padded` is a power of two.
  int64_t rowLength(int64_t rows) const { return rows > 1 ? padded() + 16 : padded(); }
  /// Bits by which the code of place i in a word is too large; 0 at the last place.
  int64_t bitsPerCode = 0;
  /// The sum of each group is kept times this, unless 0.
  double sumFactor = 0;
};

/// Builds with values of the kernel that computes tiles.
class TileBuilder : public mlir::ImplicitLocOpBuilder {
public:
  TileBuilder(mlir::Location loc, mlir::MLIRContext *context, TileShape shape)
      : ImplicitLocOpBuilder(loc, context), shape(shape) {}

  const TileShape shape;
  /// Packed rows `tiles x padded x rows`, sums of their groups `tiles x groups x rows`, parts of
  /// the weight.
  mlir::Value packed, groupSums;
  llvm::SmallVector<mlir::Value> weight;
  /// The present tile: its panel, first column within that, and number among the tiles of rows.
  mlir::Value panel, column, tile;
  /// Where the rows of a dense weight are taken in blocks, the first and the number of the present
  /// one, and the sums of those before it.
  mlir::Value firstRow, rowCount;
  llvm::SmallVector<mlir::Value> start;

  using Values = llvm::SmallVector<mlir::Value>;

  mlir::Value index(int64_t i) { return mlir::arith::ConstantIndexOp::create(*this, i); }
  mlir::Value add(mlir::Value a, mlir::Value b) { return createOrFold<mlir::arith::AddIOp>(a, b); }
  mlir::Value multiply(mlir::Value a, int64_t b) {
    return createOrFold<mlir::arith::MulIOp>(a, index(b));
  }
  mlir::VectorType vectorOf(mlir::Type element) {
    return mlir::VectorType::get(shape.lanes, element);
  }
  mlir::Value splat(mlir::TypedAttr value);
  mlir::Value broadcast(mlir::Value scalar);
  /// a * b + c, fused where the target does that.
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c);

  /// A loop from 0 to `count` that carries values.
  Values loop(mlir::Value count, mlir::ValueRange start,
              llvm::function_ref<Values(mlir::Value i, mlir::ValueRange carried)> body);
  /// The vectors of the present columns in row `row` of a part; numbers as f32.
  Values load(mlir::Value part, mlir::Value row);
  /// Adds the products of row `position` of the weight, whose columns are given, to the sums. Those
  /// that are computed come just before their first use: registers are few.
  Values accumulate(mlir::ValueRange sums, mlir::Value position, mlir::ValueRange columns);
  Values accumulate(mlir::ValueRange sums, mlir::Value position,
                    llvm::function_ref<mlir::Value(int64_t vector)> columns);
  /// Sums of zero.
  Values zeros();
  /// The sums over rows of the weight one by one, each decoded to vectors of f32: all of them, or
  /// those of the present block.
  Values sumRows(const RowOrder &order, llvm::function_ref<Values(mlir::Value k)> decode);
};

} // namespace retort

#endif
