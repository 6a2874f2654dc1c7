// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel builds with that computes a tile of a product with a packed weight.
#ifndef RETORT_DIALECTS_LINEAR_TILEBUILDER_H
#define RETORT_DIALECTS_LINEAR_TILEBUILDER_H

#include "dialects/Linear/VectorBuilder.h"

namespace retort {

/// The order in which a format takes the rows of its weight: groups of `size`, each padded to words
/// of `perWord`.
struct RowOrder {
  int64_t depth, size, perWord;
  int64_t groups() const { return (depth + size - 1) / size; }
  int64_t wordsPerGroup() const { return (size + perWord - 1) / perWord; }
  int64_t padded() const { return groups() * wordsPerGroup() * perWord; }
  bool isWhole() const { return depth % size == 0 && size % perWord == 0; }
  /// Bits by which the code of place i in a word is too large; 0 at the last place.
  int64_t bitsPerCode = 0;
  /// The sum of each group is kept times this, unless 0.
  double sumFactor = 0;
  /// The format takes its groups by `sumGroups`, starts them with `groupStart`, and scales them by
  /// `addScaled`: its rows can be taken elsewhere, a few groups at a time.
  bool isDecodable = false;
};

/// A weight as small integers, for steps that multiply such: `scale * (code - zero)` with codes of
/// `bits` from 0 up. Groups of `size` rows share scale and zero point; the last may be shorter.
struct CodeParts {
  int64_t bits, size;
  /// The parts of the weight: words of i32, each of 32 / bits rows of one column, the first in the
  /// low bits, every group beginning a word; scales of f32, f16 or bf16; zero points of i8 read
  /// without sign, where there are any.
  unsigned words, scales;
  std::optional<unsigned> zeros;
  /// What a zero point is where there is no part of them.
  int64_t zero = 0;

  int64_t perWord() const { return 32 / bits; }
  RowOrder order(int64_t depth) const { return {depth, size, perWord()}; }
};

/// Builds with values of the kernel that computes tiles.
class TileBuilder : public VectorBuilder {
public:
  using VectorBuilder::VectorBuilder;
  virtual ~TileBuilder() = default;

  /// What the rows were packed into, as the step says, and the parts of the weight.
  Values scratch, weight;
  /// Of numbers of f32: packed rows `tiles x rows x padded`, sums of their groups `tiles x rows x
  /// groups`.
  mlir::Value packed, groupSums;
  /// The present tile: its panel, first column within that, and number among the tiles of rows.
  mlir::Value panel, column, tile;
  /// Where the rows of a dense weight are taken in blocks, the first and the number of the present
  /// one, and the sums of those before it.
  mlir::Value firstRow, rowCount;
  Values start;

  /// The vectors of the present columns in row `row` of a part; numbers as f32.
  Values load(mlir::Value part, mlir::Value row);
  /// Adds the products of row `position` of the weight, whose columns are given, to the sums. A
  /// step of another kind may take the numbers elsewhere.
  virtual Values accumulate(mlir::ValueRange sums, mlir::Value position,
                            llvm::function_ref<mlir::Value(int64_t vector)> columns);
  Values accumulate(mlir::ValueRange sums, mlir::Value position, mlir::ValueRange columns) {
    return accumulate(sums, position, [&](int64_t v) { return columns[v]; });
  }
  /// Goes through groups first ... first + count - 1, or those of them that the present block has.
  virtual Values sumGroups(int64_t first, int64_t count, mlir::ValueRange start,
                           llvm::function_ref<Values(mlir::Value group, mlir::ValueRange)> body);
  /// What the sums of a group start with: that of its rows times `RowOrder::sumFactor`.
  virtual Values groupStart(mlir::Value group);
  /// The sums of the groups before, and those of a group times the scales of the columns.
  virtual Values addScaled(mlir::ValueRange before, llvm::function_ref<Values()> scalesOf,
                           llvm::function_ref<Values()> sumsOf);
  /// The sums over rows of the weight one by one, each decoded to vectors of f32: all of them, or
  /// those of the present block.
  Values sumRows(const RowOrder &order, llvm::function_ref<Values(mlir::Value k)> decode);
};

} // namespace retort

#endif
