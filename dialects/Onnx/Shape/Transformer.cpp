// Inference of normalizations, attention, and conversions between numbers and codes.
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort::onnx;

LogicalResult retort::onnx::inferLayerNormalization(Operation *op) {
  MaybeShape shape = shapeOf(op->getOperand(0)), statistics = shape;
  if (shape) {
    FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "axis", -1), shape->size());
    if (failed(axis))
      return failure();
    std::fill(statistics->begin() + *axis, statistics->end(), Polynomial(1));
  }
  setResult(op, 0, elementOf(op->getOperand(0)), shape);
  setResult(op, 1, Float32Type::get(op->getContext()), statistics);
  setResult(op, 2, Float32Type::get(op->getContext()), statistics);
  return success();
}

/// The data, the statistics (for training), and the sum that was normalized.
LogicalResult retort::onnx::inferSkipLayerNormalization(Operation *op) {
  MaybeShape shape = shapeOf(op->getOperand(0));
  setResult(op, 0, elementOf(op->getOperand(0)), shape);
  setResult(op, 3, elementOf(op->getOperand(0)), shape);
  if (shape && !shape->empty())
    shape->back() = 1;
  setResult(op, 1, Float32Type::get(op->getContext()), shape);
  setResult(op, 2, Float32Type::get(op->getContext()), shape);
  return success();
}

LogicalResult retort::onnx::inferEmbedLayerNormalization(Operation *op) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape ids = shapeOf(slots[0]), table = shapeOf(slots[2]), shape;
  if (ids && table && ids->size() == 2 && table->size() == 2) {
    shape = SymbolicShape{(*ids)[0], (*ids)[1], (*table)[1]};
    setResult(op, 1, IntegerType::get(op->getContext(), 32), SymbolicShape{(*ids)[0]});
  }
  setResult(op, 0, elementOf(slots[2]), shape);
  setResult(op, 2, elementOf(slots[2]), shape);
  return success();
}

LogicalResult retort::onnx::inferDequantizeLinear(Operation *op) {
  int64_t dataType = intAttribute(op, "output_dtype", 0);
  Type element =
      dataType ? elementTypeOf(op->getContext(), dataType) : elementOf(op->getOperand(1));
  setResult(op, 0, element, shapeOf(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferQuantizeLinear(Operation *op) {
  int64_t dataType = intAttribute(op, "output_dtype", 0);
  Value zero = slotAt(operandSlots(op), 2);
  Type element = zero       ? elementOf(zero)
                 : dataType ? elementTypeOf(op->getContext(), dataType)
                            : IntegerType::get(op->getContext(), 8, IntegerType::Unsigned);
  setResult(op, 0, element, shapeOf(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferDynamicQuantizeLinear(Operation *op) {
  Type code = IntegerType::get(op->getContext(), 8, IntegerType::Unsigned);
  setResult(op, 0, code, shapeOf(op->getOperand(0)));
  setResult(op, 1, Float32Type::get(op->getContext()), SymbolicShape());
  setResult(op, 2, code, SymbolicShape());
  return success();
}

LogicalResult retort::onnx::inferGatherBlockQuantized(Operation *op) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape data = shapeOf(slots[0]), indices = shapeOf(slots[1]), result;
  Type element = elementOf(slots[2]);
  if (data && indices) {
    FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "gather_axis", 0), data->size());
    if (failed(axis))
      return failure();
    // Bytes hold several codes along the last axis.
    int64_t bits = intAttribute(op, "bits", 4);
    if (auto codes = dyn_cast_or_null<IntegerType>(elementOf(slots[0]));
        codes && codes.getWidth() == 8 && bits > 0)
      data->back() = data->back() * Polynomial(8 / bits);
    result = SymbolicShape(data->begin(), data->begin() + *axis);
    result->append(indices->begin(), indices->end());
    result->append(data->begin() + *axis + 1, data->end());
  }
  setResult(op, 0, element, result);
  return success();
}

/// Past and new rows differ along one axis alone.
static void expectLike(const SymbolicShape &past, const SymbolicShape &rows, unsigned axis) {
  for (unsigned i = 0; i < rows.size(); ++i)
    if (i != axis)
      dims().expectEqual(past[i], rows[i]);
}

/// Past and new rows together, or the new rows alone.
static MaybeShape presentShape(MaybeShape past, MaybeShape rows, unsigned axis) {
  if (past && rows && past->size() == rows->size()) {
    expectLike(*past, *rows, axis);
    (*rows)[axis] = (*past)[axis] + (*rows)[axis];
  }
  return rows;
}

static MaybeShape headsFirst(const MaybeShape &shape, int64_t heads) {
  if (!shape || shape->size() != 3 || heads <= 0)
    return shape;
  return SymbolicShape{(*shape)[0], heads, (*shape)[1], dims().floorDivide((*shape)[2], heads)};
}

LogicalResult retort::onnx::inferAttention(Operation *op) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape q = shapeOf(slots[0]), k = shapeOf(slots[1]), v = shapeOf(slots[2]), output = q;
  int64_t qHeads = intAttribute(op, "q_num_heads", 0),
          kvHeads = intAttribute(op, "kv_num_heads", 0);
  if (q && v && q->size() == v->size() && !q->empty()) {
    if (q->size() == 3 && kvHeads > 0)
      output->back() = dims().floorDivide(v->back(), kvHeads) * Polynomial(qHeads);
    else
      output->back() = v->back();
  }
  setResult(op, 0, element, output);
  MaybeShape queries = headsFirst(q, qHeads), keys = headsFirst(k, kvHeads),
             values = headsFirst(v, kvHeads);
  MaybeShape presentKey = presentShape(shapeOf(slotAt(slots, 4)), keys, 2);
  setResult(op, 1, element, presentKey);
  setResult(op, 2, elementOf(slots[2]), presentShape(shapeOf(slotAt(slots, 5)), values, 2));
  if (queries && presentKey && queries->size() == 4 && presentKey->size() == 4)
    setResult(op, 3, element,
              SymbolicShape{(*queries)[0], (*queries)[1], (*queries)[2], (*presentKey)[2]});
  return success();
}

LogicalResult retort::onnx::inferLinearAttention(Operation *op) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape q = shapeOf(slots[0]), k = shapeOf(slotAt(slots, 1)), v = shapeOf(slotAt(slots, 2)),
             output = q;
  Type element = elementOf(slots[0]);
  int64_t qHeads = intAttribute(op, "q_num_heads", 0),
          kvHeads = intAttribute(op, "kv_num_heads", 0);
  if (q && v && q->size() == 3 && v->size() == 3 && kvHeads > 0) {
    output->back() = dims().floorDivide(v->back(), kvHeads) * Polynomial(std::max(qHeads, kvHeads));
    if (k && k->size() == 3 && qHeads > 0)
      setResult(op, 1, element,
                SymbolicShape{(*q)[0], kvHeads, dims().floorDivide(q->back(), qHeads),
                              dims().floorDivide(v->back(), kvHeads)});
  }
  if (Value state = slotAt(slots, 3))
    setResult(op, 1, elementOf(state), shapeOf(state));
  setResult(op, 0, element, output);
  return success();
}

/// Query [batch, rows, heads * size], or with key and value packed behind the heads; the cache
/// keeps past and new rows, or is one buffer of its largest length.
LogicalResult retort::onnx::inferGroupQueryAttention(Operation *op) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  int64_t heads = intAttribute(op, "num_heads", 0), kvHeads = intAttribute(op, "kv_num_heads", 0);
  MaybeShape query = shapeOf(slots[0]), output = query;
  if (!query || query->size() != 3 || heads <= 0 || kvHeads <= 0)
    return success();
  bool packed = !slotAt(slots, 1);
  Polynomial size = dims().floorDivide(query->back(), packed ? heads + 2 * kvHeads : heads);
  output->back() = size * Polynomial(heads);
  setResult(op, 0, element, output);
  MaybeShape past = shapeOf(slotAt(slots, 3));
  for (unsigned i : {1, 2}) {
    Value present = slotAt(resultSlots(op), i);
    if (!present)
      continue;
    SymbolicShape shape{(*query)[0], kvHeads, dims().fresh(present, 2), size};
    // total_sequence_length tells how many rows there are; past + new only where the cache is not
    // one buffer.
    if (!past)
      shape[2] = (*query)[1];
    else if (past->size() == 4 && (*past)[2].isZero())
      shape[2] = (*query)[1];
    if (past && past->size() == 4)
      expectLike(*past, shape, 2);
    setResult(op, i, element, shape);
  }
  return success();
}

LogicalResult retort::onnx::inferMultiHeadAttention(Operation *op) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape query = shapeOf(slots[0]), key = shapeOf(slotAt(slots, 1)),
             value = shapeOf(slotAt(slots, 2));
  int64_t heads = intAttribute(op, "num_heads", 0);
  if (!query || heads <= 0)
    return success();
  if (query->size() == 5) {
    setResult(op, 0, element, SymbolicShape{(*query)[0], (*query)[1], (*query)[2] * (*query)[4]});
    return success();
  }
  SymbolicShape output = *query;
  if (value && value->size() == 3)
    output.back() = value->back();
  else if (value && value->size() == 4)
    output.back() = (*value)[1] * (*value)[3];
  setResult(op, 0, element, output);
  setResult(op, 1, element, presentShape(shapeOf(slotAt(slots, 6)), headsFirst(key, heads), 2));
  setResult(op, 2, element, presentShape(shapeOf(slotAt(slots, 7)), headsFirst(value, heads), 2));
  return success();
}

/// Input [batch, rows, width], one weight for query, key and value; one cache [2, batch, heads,
/// rows, size].
LogicalResult retort::onnx::inferMicrosoftAttention(Operation *op) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape input = shapeOf(slots[0]), weight = shapeOf(slotAt(slots, 1)),
             past = shapeOf(slotAt(slots, 4));
  int64_t heads = intAttribute(op, "num_heads", 0);
  auto sizes = intsAttribute(op, "qkv_hidden_sizes");
  if (!input || input->size() != 3 || !weight || weight->size() != 2 || heads <= 0)
    return success();
  Polynomial width =
      sizes && sizes->size() == 3 ? Polynomial((*sizes)[2]) : dims().floorDivide(weight->back(), 3);
  setResult(op, 0, element, SymbolicShape{(*input)[0], (*input)[1], width});
  Polynomial rows = past && past->size() == 5 ? (*past)[3] + (*input)[1] : (*input)[1];
  setResult(op, 1, element,
            SymbolicShape{2, (*input)[0], heads, rows, dims().floorDivide(width, heads)});
  return success();
}
