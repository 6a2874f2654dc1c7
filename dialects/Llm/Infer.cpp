// The types of the results of llm operations: external models of onnx's interface, so that the
// dialect's declarations do not depend on it.
#include "dialects/Llm/Infer.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Rows of the past and new ones, one behind the other.
static MaybeShape joinRows(Value past, Value rows) {
  MaybeShape shape = shapeOf(rows), before = shapeOf(past);
  if (shape && past)
    (*shape)[2] = before ? (*shape)[2] + (*before)[2] : dims().fresh(rows, 2);
  return shape;
}

namespace {
struct InferAttention : ShapeInference::ExternalModel<InferAttention, llm::AttentionOp> {
  /// B x H x T from the query, the width of a row from the values; present keys and values.
  LogicalResult inferShapes(Operation *operation) const {
    auto op = cast<llm::AttentionOp>(operation);
    MaybeShape result = shapeOf(op.getQuery()), value = shapeOf(op.getValue());
    if (result && value)
      (*result)[3] = (*value)[3];
    dims().set(op.getResult(), elementOf(op.getQuery()), value ? result : std::nullopt);
    dims().set(op.getPresentKey(), elementOf(op.getKey()), joinRows(op.getPastKey(), op.getKey()));
    dims().set(op.getPresentValue(), elementOf(op.getValue()),
               joinRows(op.getPastValue(), op.getValue()));
    return success();
  }
};

struct InferRetention : ShapeInference::ExternalModel<InferRetention, llm::RetentionOp> {
  /// B x H x T from the query, the width of a row from the values; a state of keys by values.
  LogicalResult inferShapes(Operation *operation) const {
    auto op = cast<llm::RetentionOp>(operation);
    MaybeShape result = shapeOf(op.getQuery()), state = shapeOf(op.getKey()),
               value = shapeOf(op.getValue());
    if (result && value)
      (*result)[3] = (*value)[3];
    if (state && value) {
      (*state)[2] = (*state)[3];
      (*state)[3] = (*value)[3];
    }
    dims().set(op.getResult(), elementOf(op.getQuery()), value ? result : std::nullopt);
    dims().set(op.getPresentState(), elementOf(op.getKey()), value ? state : std::nullopt);
    return success();
  }
};

/// The result is like the first operand.
template <typename OpT>
struct InferLikeInput : ShapeInference::ExternalModel<InferLikeInput<OpT>, OpT> {
  LogicalResult inferShapes(Operation *op) const {
    dims().set(op->getResult(0), elementOf(op->getOperand(0)), shapeOf(op->getOperand(0)));
    return success();
  }
};
} // namespace

void llm::attachShapeInference(MLIRContext &context) {
  AttentionOp::attachInterface<InferAttention>(context);
  RetentionOp::attachInterface<InferRetention>(context);
  RopeOp::attachInterface<InferLikeInput<RopeOp>>(context);
  RmsNormOp::attachInterface<InferLikeInput<RmsNormOp>>(context);
}
