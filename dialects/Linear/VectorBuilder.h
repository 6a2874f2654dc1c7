// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds loops over tiles of a product that stay in vector registers: with packed weights, and of
// activations.
#ifndef RETORT_DIALECTS_LINEAR_VECTORBUILDER_H
#define RETORT_DIALECTS_LINEAR_VECTORBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {

/// What is kept in registers: `rows` times `vectors` sums of `lanes` columns.
struct TileShape {
  int64_t rows, vectors, lanes;
  int64_t columns() const { return vectors * lanes; }
  bool operator==(const TileShape &other) const {
    return rows == other.rows && vectors == other.vectors && lanes == other.lanes;
  }
};

class VectorBuilder : public mlir::ImplicitLocOpBuilder {
public:
  VectorBuilder(mlir::Location loc, mlir::MLIRContext *context, TileShape shape)
      : ImplicitLocOpBuilder(loc, context), shape(shape) {}
  VectorBuilder(mlir::Operation *before, TileShape shape)
      : ImplicitLocOpBuilder(before->getLoc(), before), shape(shape) {}

  const TileShape shape;

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
  /// a * b + c, fused where the target does that; where it does not, vector.fma would call a
  /// library for each element.
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c);
  /// True in the first `count` of so many lanes; in none where it is below zero.
  mlir::Value maskOf(mlir::Value count, int64_t lanes);
  mlir::Value maskOf(mlir::Value count) { return maskOf(count, shape.lanes); }

  /// A loop from 0 to `count` that carries values.
  Values loop(mlir::Value count, mlir::ValueRange start,
              llvm::function_ref<Values(mlir::Value i, mlir::ValueRange carried)> body);
  void loop(mlir::Value count, llvm::function_ref<void(mlir::Value i)> body);

  /// A vector of f32 in a buffer; where there is a mask, nothing outside of it is touched.
  mlir::Value loadVector(mlir::Value buffer, mlir::ValueRange at, mlir::Value mask);
  void storeVector(mlir::Value vector, mlir::Value buffer, mlir::ValueRange at, mlir::Value mask);
  /// Where the vector of the tile lies, and its mask, if any.
  struct Place {
    Values at;
    mlir::Value mask;
  };
  using PlaceOf = llvm::function_ref<Place(int64_t row, int64_t vector)>;
  /// The vectors of the tile, row by row.
  Values loadTile(mlir::Value buffer, PlaceOf placeOf);
  void storeTile(mlir::ValueRange tile, mlir::Value buffer, PlaceOf placeOf);

  /// Adds to the sums of the tile what number `left` of each row gives with vectors of columns.
  /// Each comes just before its first use: registers are few.
  Values addProducts(mlir::ValueRange sums, llvm::function_ref<mlir::Value(int64_t row)> left,
                     llvm::function_ref<mlir::Value(int64_t vector)> columns) {
    return addProducts(shape.rows, sums, left, columns);
  }
  /// The same of a tile of another number of rows.
  Values addProducts(int64_t rows, mlir::ValueRange sums,
                     llvm::function_ref<mlir::Value(int64_t row)> left,
                     llvm::function_ref<mlir::Value(int64_t vector)> columns);
  /// A square block, of as many vectors as lanes, turned.
  Values transpose(Values rows);
  /// Sums of zero.
  Values zeros();
};

} // namespace retort

#endif
