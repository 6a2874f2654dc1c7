// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a text stands: what inputs besides tokens and caches say of it.
#ifndef RETORT_LIB_DECODESTEP_TEXTPLACE_H
#define RETORT_LIB_DECODESTEP_TEXTPLACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace retort {

/// Makes, from the sizes of tokens and caches, the values of the other inputs of a text of T new
/// rows behind P others, without padding. Null where an input has no such value.
class TextPlace {
public:
  /// P is the size of an axis of `cache`; 0 where that is null.
  TextPlace(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tokens, mlir::Value cache,
            int64_t axis);

  /// 1 x P+T: ones. Of four axes, 1 x 1 x T x P+T: what a row sees is 1, true, or a float that is
  /// added to scores, 0. Where the columns are a fixed number, those behind P+T are hidden.
  mlir::Value mask(mlir::RankedTensorType type);
  /// P ... P+T-1, as a list or 1 x T; of three axes, the same for each of the first.
  mlir::Value positions(mlir::RankedTensorType type);
  /// P, as a number or a list of one.
  mlir::Value start(mlir::RankedTensorType type);
  /// P+T, as a number or a list of one.
  mlir::Value length(mlir::RankedTensorType type);

private:
  mlir::Value number(int64_t value);
  mlir::Value range(mlir::Value from, mlir::Value to);
  mlir::Value unsqueeze(mlir::Value value, int64_t axis);
  mlir::Value cast(mlir::Value value, mlir::Type element);
  mlir::Value numberAs(mlir::Value number, mlir::RankedTensorType type);
  mlir::Value rowsSeeing(mlir::Value columns, mlir::RankedTensorType type);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value past, total; // P and P+T, i64 scalars
};

} // namespace retort

#endif
