// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernels of fused attention: one for many rows, two for few.
#ifndef RETORT_LIB_CODEGEN_ATTENTIONKERNELS_H
#define RETORT_LIB_CODEGEN_ATTENTIONKERNELS_H

#include "dialects/Fused/Fused.h"
#include "dialects/Linear/VectorBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// How an attention is computed.
struct AttentionPlan {
  fused::AttentionOp op;
  /// Of the tiles of scores: columns of the scores are rows of a tile, rows of the query its lanes.
  TileShape shape;
  int64_t registers; ///< vector registers of the target

  /// Whether a row may see other columns than its neighbour, or fewer than there are.
  bool hasRanges() const {
    fused::AttentionOp own = op;
    return own.getLeftWindow() || own.getRightWindow() || own.getKeyLength();
  }
};

/// Positions of a chunk, whose sums few rows keep apart: the bits of a long sum then depend on
/// neither the number of threads nor the length of the cache.
inline constexpr int64_t columnsOfChunk = 256;

/// Builds with what an attention reads, and with its sizes.
class AttentionBuilder : public VectorBuilder {
public:
  explicit AttentionBuilder(const AttentionPlan &plan)
      : VectorBuilder(fused::AttentionOp(plan.op).getLoc(), plan.op->getContext(), plan.shape),
        plan(plan), op(plan.op) {}

  /// A kernel of the attention's operands, `more`, and the work of a round. Stands at its begin.
  mlir::func::FuncOp startKernel(llvm::StringRef name, mlir::TypeRange more, llvm::StringRef loops);
  /// Reads the operands and sizes where the builder stands.
  void readOperands(mlir::ValueRange operands);

  mlir::Value subtract(mlir::Value a, mlir::Value b);
  mlir::Value multiply(mlir::Value a, mlir::Value b);
  using VectorBuilder::multiply;
  mlir::Value divide(mlir::Value a, mlir::Value b);
  mlir::Value remainder(mlir::Value a, mlir::Value b);
  mlir::Value least(mlir::Value a, mlir::Value b);
  mlir::Value most(mlir::Value a, mlir::Value b);
  mlir::Value real(double value);
  mlir::Value splat(double value) { return VectorBuilder::splat(getF32FloatAttr(value)); }
  using VectorBuilder::splat;
  /// The larger number; the second where one is none.
  mlir::Value maximum(mlir::Value a, mlir::Value b);
  /// What powers of numbers up to `highest` are shifted by: 0 where that is -inf, or all would be
  /// no numbers.
  mlir::Value shiftFor(mlir::Value highest);
  /// e^(x - shift).
  mlir::Value power(mlir::Value x, mlir::Value shift);
  /// 1 / sum; 0 where nothing was seen.
  mlir::Value inverse(mlir::Value sum);
  /// cap tanh(score / cap), where there is a cap.
  mlir::Value capped(mlir::Value score);
  /// The score with a bias; -inf where that is.
  mlir::Value biased(mlir::Value score, mlir::Value bias);
  mlir::Value allocate(llvm::ArrayRef<int64_t> shape, mlir::Type element,
                       mlir::ValueRange sizes = {});
  mlir::Value loadAt(mlir::Value buffer, mlir::ValueRange at);

  /// Columns that the row sees: low ... high - 1, within those that there are.
  struct Range {
    mlir::Value low, high;
  };
  Range rangeOf(mlir::Value batchIndex, mlir::Value row);
  /// Columns that some row sees: a row sees none before the first row's, nor behind the last's.
  Range rangeOfAll(mlir::Value batchIndex);
  /// One of the rows of all heads that share keys and values.
  struct Row {
    mlir::Value head, row;
  };
  Row rowOf(mlir::Value group, mlir::Value number);
  /// Where the bias of a row begins.
  Values biasPlace(mlir::Value batchIndex, mlir::Value head, mlir::Value row, mlir::Value column);

  const AttentionPlan &plan;
  fused::AttentionOp op;
  mlir::Value query, key, value, offset, keyLength, bias, sinks, init;
  mlir::Value batch, groups, repeats, rows, columns;
  mlir::Value rowsOfGroup; ///< of all query heads that share keys and values

private:
  mlir::Value readList(mlir::Value list, mlir::Value batchIndex);
};

/// kernel(operands, work): tiles of rows, each with all columns that it sees. The work is that of a
/// tile.
mlir::func::FuncOp makeManyRowsKernel(const AttentionPlan &plan);

/// kernel(operands, sums, statistics, first chunk, chunks, work): chunks of columns, each with all
/// rows. What is summed of each chunk is not normalized; beside it stand the highest score and the
/// sum of powers.
mlir::func::FuncOp makeFewRowsKernel(const AttentionPlan &plan);

/// kernel(operands, sums, statistics, chunks, work): combines the chunks in order.
mlir::func::FuncOp makeCombineChunksKernel(const AttentionPlan &plan);

/// Numbers that few rows keep of the sums of a row.
int64_t widthOfSums(const AttentionPlan &plan);

/// The largest number of rows up to `most` that divides `size`; `most` evenly shared where that is
/// much smaller.
int64_t evenRows(int64_t size, int64_t most);

} // namespace retort

#endif
