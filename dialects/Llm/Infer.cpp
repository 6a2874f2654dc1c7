// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What llm operations are: the types of their results, and how their rows depend on each other.
// External models of onnx's interface, so that the dialect's declarations do not depend on it.
#include "dialects/Llm/Infer.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Rows/Rows.h"
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Rows of the past and new ones, one behind the other.
static MaybeShape joinRows(SymbolicDims &dims, Value past, Value rows) {
  MaybeShape shape = dims.shape(rows), before = dims.shape(past);
  if (shape && past)
    (*shape)[2] = before ? (*shape)[2] + (*before)[2] : dims.fresh(rows, 2);
  return shape;
}

namespace {
struct InferAttention : ShapeInference::ExternalModel<InferAttention, llm::AttentionOp> {
  /// B x H x T from the query, the width of a row from the values; present keys and values.
  LogicalResult inferShapes(Operation *operation, SymbolicDims &dims) const {
    auto op = cast<llm::AttentionOp>(operation);
    MaybeShape result = dims.shape(op.getQuery()), value = dims.shape(op.getValue());
    if (result && value)
      (*result)[3] = (*value)[3];
    dims.set(op.getResult(), elementOf(op.getQuery()), value ? result : std::nullopt);
    dims.set(op.getPresentKey(), elementOf(op.getKey()),
             joinRows(dims, op.getPastKey(), op.getKey()));
    dims.set(op.getPresentValue(), elementOf(op.getValue()),
             joinRows(dims, op.getPastValue(), op.getValue()));
    return success();
  }
};

struct InferRetention : ShapeInference::ExternalModel<InferRetention, llm::RetentionOp> {
  /// B x H x T from the query, the width of a row from the values; a state of keys by values.
  LogicalResult inferShapes(Operation *operation, SymbolicDims &dims) const {
    auto op = cast<llm::RetentionOp>(operation);
    MaybeShape result = dims.shape(op.getQuery()), state = dims.shape(op.getKey()),
               value = dims.shape(op.getValue());
    if (result && value)
      (*result)[3] = (*value)[3];
    if (state && value) {
      (*state)[2] = (*state)[3];
      (*state)[3] = (*value)[3];
    }
    dims.set(op.getResult(), elementOf(op.getQuery()), value ? result : std::nullopt);
    dims.set(op.getPresentState(), elementOf(op.getKey()), value ? state : std::nullopt);
    return success();
  }
};

/// The result is like the first operand.
template <typename OpT>
struct InferLikeInput : ShapeInference::ExternalModel<InferLikeInput<OpT>, OpT> {
  LogicalResult inferShapes(Operation *op, SymbolicDims &dims) const {
    dims.set(op->getResult(0), elementOf(op->getOperand(0)), dims.shape(op->getOperand(0)));
    return success();
  }
};
} // namespace

namespace {
/// The weights are the same for all rows, and go along the last axis.
struct RmsNormRows : RowRule::ExternalModel<RmsNormRows, llm::RmsNormOp> {
  bool keepsRows(Operation *, Rows &rows) const {
    return rows.result == rows.row(0) && rows.result != rows.rank(0) - 1;
  }
};

struct RopeRows : RowRule::ExternalModel<RopeRows, llm::RopeOp> {
  bool keepsRows(Operation *, Rows &rows) const { return rows.row(0) == 2; }
};
} // namespace

void llm::attachShapeInference(MLIRContext &context) {
  AttentionOp::attachInterface<InferAttention>(context);
  RetentionOp::attachInterface<InferRetention>(context);
  RopeOp::attachInterface<InferLikeInput<RopeOp>, RopeRows>(context);
  RmsNormOp::attachInterface<InferLikeInput<RmsNormOp>, RmsNormRows>(context);
}
