// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of normalizations, attention, and conversions between numbers and codes.
#include "dialects/Onnx/Shape/Infer.h"

using namespace mlir;
using namespace retort::onnx;

LogicalResult retort::onnx::inferLayerNormalization(Operation *op, SymbolicDims &dims) {
  MaybeShape shape = dims.shape(op->getOperand(0)), statistics = shape;
  if (shape) {
    FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "axis", -1), shape->size());
    if (failed(axis))
      return failure();
    std::fill(statistics->begin() + *axis, statistics->end(), Polynomial(1));
  }
  setResult(op, dims, 0, elementOf(op->getOperand(0)), shape);
  setResult(op, dims, 1, Float32Type::get(op->getContext()), statistics);
  setResult(op, dims, 2, Float32Type::get(op->getContext()), statistics);
  return success();
}

/// A skip may lack the batch, or have one of 1.
static LogicalResult expectSkip(Operation *op, SymbolicDims &dims) {
  MaybeShape input = dims.shape(op->getOperand(0)), skip = dims.shape(op->getOperand(1));
  if (!input || !skip)
    return success();
  bool fits = skip->size() <= input->size() && skip->size() + 1 >= input->size();
  for (size_t i = 1; fits && i <= skip->size(); ++i) {
    const Polynomial &size = (*skip)[skip->size() - i];
    bool isOne = i > 2 && size.constant() == 1;
    fits = isOne || dims.equal(size, (*input)[input->size() - i]) != false;
  }
  if (fits)
    return success();
  return op->emitOpError() << "expects a skip of shape " << textOf(dims, *input)
                           << ", or of a batch of 1, found " << textOf(dims, *skip);
}

/// The data, the statistics (for training), and the sum that was normalized.
LogicalResult retort::onnx::inferSkipLayerNormalization(Operation *op, SymbolicDims &dims) {
  if (failed(expectSkip(op, dims)))
    return failure();
  MaybeShape shape = dims.shape(op->getOperand(0));
  setResult(op, dims, 0, elementOf(op->getOperand(0)), shape);
  setResult(op, dims, 3, elementOf(op->getOperand(0)), shape);
  if (shape && !shape->empty())
    shape->back() = 1;
  setResult(op, dims, 1, Float32Type::get(op->getContext()), shape);
  setResult(op, dims, 2, Float32Type::get(op->getContext()), shape);
  return success();
}

LogicalResult retort::onnx::inferEmbedLayerNormalization(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape ids = dims.shape(slots[0]), table = dims.shape(slots[2]), shape;
  if (ids && table && ids->size() == 2 && table->size() == 2) {
    shape = SymbolicShape{(*ids)[0], (*ids)[1], (*table)[1]};
    setResult(op, dims, 1, IntegerType::get(op->getContext(), 32), SymbolicShape{(*ids)[0]});
  }
  setResult(op, dims, 0, elementOf(slots[2]), shape);
  setResult(op, dims, 2, elementOf(slots[2]), shape);
  return success();
}

/// One scale (zero point) for all elements, or one for each place of the axis.
static LogicalResult expectGrid(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape data = dims.shape(slots[0]);
  if (!data || intAttribute(op, "block_size", 0) > 0)
    return success();
  for (unsigned slot : {1, 2}) {
    Value value = slotAt(slots, slot);
    MaybeShape table = value ? dims.shape(value) : std::nullopt;
    if (!table || table->size() != 1 || dims.equal(table->front(), Polynomial(1)) != false)
      continue;
    FailureOr<int64_t> axis = axisOf(op, intAttribute(op, "axis", 1), data->size());
    if (failed(axis))
      return failure();
    if (dims.equal(table->front(), (*data)[*axis]) == false)
      return op->emitOpError() << "expects a " << (slot == 1 ? "scale" : "zero point")
                               << " for each of " << dims.text((*data)[*axis])
                               << " places of the axis, found " << dims.text(table->front());
  }
  return success();
}

LogicalResult retort::onnx::inferDequantizeLinear(Operation *op, SymbolicDims &dims) {
  if (failed(expectGrid(op, dims)))
    return failure();
  int64_t dataType = intAttribute(op, "output_dtype", 0);
  Type element =
      dataType ? elementTypeOf(op->getContext(), dataType) : elementOf(op->getOperand(1));
  setResult(op, dims, 0, element, dims.shape(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferQuantizeLinear(Operation *op, SymbolicDims &dims) {
  if (failed(expectGrid(op, dims)))
    return failure();
  int64_t dataType = intAttribute(op, "output_dtype", 0);
  Value zero = slotAt(operandSlots(op), 2);
  Type element = zero       ? elementOf(zero)
                 : dataType ? elementTypeOf(op->getContext(), dataType)
                            : IntegerType::get(op->getContext(), 8, IntegerType::Unsigned);
  setResult(op, dims, 0, element, dims.shape(op->getOperand(0)));
  return success();
}

LogicalResult retort::onnx::inferDynamicQuantizeLinear(Operation *op, SymbolicDims &dims) {
  Type code = IntegerType::get(op->getContext(), 8, IntegerType::Unsigned);
  setResult(op, dims, 0, code, dims.shape(op->getOperand(0)));
  setResult(op, dims, 1, Float32Type::get(op->getContext()), SymbolicShape());
  setResult(op, dims, 2, code, SymbolicShape());
  return success();
}

LogicalResult retort::onnx::inferGatherBlockQuantized(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape data = dims.shape(slots[0]), indices = dims.shape(slots[1]), result;
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
  setResult(op, dims, 0, element, result);
  return success();
}

/// Past and new rows differ along one axis alone.
static void expectLike(SymbolicDims &dims, const SymbolicShape &past, const SymbolicShape &rows,
                       unsigned axis) {
  for (unsigned i = 0; i < rows.size(); ++i)
    if (i != axis)
      dims.expectEqual(past[i], rows[i]);
}

/// Past and new rows together, or the new rows alone.
static MaybeShape presentShape(SymbolicDims &dims, MaybeShape past, MaybeShape rows,
                               unsigned axis) {
  if (past && rows && past->size() == rows->size()) {
    expectLike(dims, *past, *rows, axis);
    (*rows)[axis] = (*past)[axis] + (*rows)[axis];
  }
  return rows;
}

static MaybeShape headsFirst(SymbolicDims &dims, const MaybeShape &shape, int64_t heads) {
  if (!shape || shape->size() != 3 || heads <= 0)
    return shape;
  return SymbolicShape{(*shape)[0], heads, (*shape)[1], dims.floorDivide((*shape)[2], heads)};
}

LogicalResult retort::onnx::inferAttention(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape q = dims.shape(slots[0]), k = dims.shape(slots[1]), v = dims.shape(slots[2]),
             output = q;
  int64_t qHeads = intAttribute(op, "q_num_heads", 0),
          kvHeads = intAttribute(op, "kv_num_heads", 0);
  if (q && v && q->size() == v->size() && !q->empty()) {
    if (q->size() == 3 && kvHeads > 0)
      output->back() = dims.floorDivide(v->back(), kvHeads) * Polynomial(qHeads);
    else
      output->back() = v->back();
  }
  setResult(op, dims, 0, element, output);
  MaybeShape queries = headsFirst(dims, q, qHeads), keys = headsFirst(dims, k, kvHeads),
             values = headsFirst(dims, v, kvHeads);
  MaybeShape presentKey = presentShape(dims, dims.shape(slotAt(slots, 4)), keys, 2);
  setResult(op, dims, 1, element, presentKey);
  setResult(op, dims, 2, elementOf(slots[2]),
            presentShape(dims, dims.shape(slotAt(slots, 5)), values, 2));
  if (queries && presentKey && queries->size() == 4 && presentKey->size() == 4)
    setResult(op, dims, 3, element,
              SymbolicShape{(*queries)[0], (*queries)[1], (*queries)[2], (*presentKey)[2]});
  return success();
}

LogicalResult retort::onnx::inferLinearAttention(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape q = dims.shape(slots[0]), k = dims.shape(slotAt(slots, 1)),
             v = dims.shape(slotAt(slots, 2)), output = q;
  Type element = elementOf(slots[0]);
  int64_t qHeads = intAttribute(op, "q_num_heads", 0),
          kvHeads = intAttribute(op, "kv_num_heads", 0);
  if (q && v && q->size() == 3 && v->size() == 3 && kvHeads > 0) {
    output->back() = dims.floorDivide(v->back(), kvHeads) * Polynomial(std::max(qHeads, kvHeads));
    if (k && k->size() == 3 && qHeads > 0)
      setResult(op, dims, 1, element,
                SymbolicShape{(*q)[0], kvHeads, dims.floorDivide(q->back(), qHeads),
                              dims.floorDivide(v->back(), kvHeads)});
  }
  if (Value state = slotAt(slots, 3))
    setResult(op, dims, 1, elementOf(state), dims.shape(state));
  setResult(op, dims, 0, element, output);
  return success();
}

/// Query [batch, rows, heads * size], or with key and value packed behind the heads; the cache
/// keeps past and new rows, or is one buffer of its largest length.
LogicalResult retort::onnx::inferGroupQueryAttention(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  int64_t heads = intAttribute(op, "num_heads", 0), kvHeads = intAttribute(op, "kv_num_heads", 0);
  MaybeShape query = dims.shape(slots[0]), output = query;
  if (!query || query->size() != 3 || heads <= 0 || kvHeads <= 0)
    return success();
  bool packed = !slotAt(slots, 1);
  Polynomial size = dims.floorDivide(query->back(), packed ? heads + 2 * kvHeads : heads);
  output->back() = size * Polynomial(heads);
  setResult(op, dims, 0, element, output);
  MaybeShape past = dims.shape(slotAt(slots, 3));
  for (unsigned i : {1, 2}) {
    Value present = slotAt(resultSlots(op), i);
    if (!present)
      continue;
    SymbolicShape shape{(*query)[0], kvHeads, dims.fresh(present, 2), size};
    // total_sequence_length tells how many rows there are; past + new only where the cache is not
    // one buffer.
    if (!past)
      shape[2] = (*query)[1];
    else if (past->size() == 4 && (*past)[2].isZero())
      shape[2] = (*query)[1];
    if (past && past->size() == 4)
      expectLike(dims, *past, shape, 2);
    setResult(op, dims, i, element, shape);
  }
  return success();
}

LogicalResult retort::onnx::inferMultiHeadAttention(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape query = dims.shape(slots[0]), key = dims.shape(slotAt(slots, 1)),
             value = dims.shape(slotAt(slots, 2));
  int64_t heads = intAttribute(op, "num_heads", 0);
  if (!query || heads <= 0)
    return success();
  if (query->size() == 5) {
    setResult(op, dims, 0, element,
              SymbolicShape{(*query)[0], (*query)[1], (*query)[2] * (*query)[4]});
    return success();
  }
  SymbolicShape output = *query;
  if (value && value->size() == 3)
    output.back() = value->back();
  else if (value && value->size() == 4)
    output.back() = (*value)[1] * (*value)[3];
  setResult(op, dims, 0, element, output);
  setResult(op, dims, 1, element,
            presentShape(dims, dims.shape(slotAt(slots, 6)), headsFirst(dims, key, heads), 2));
  setResult(op, dims, 2, element,
            presentShape(dims, dims.shape(slotAt(slots, 7)), headsFirst(dims, value, heads), 2));
  return success();
}

/// Input [batch, rows, width], one weight for query, key and value; one cache [2, batch, heads,
/// rows, size].
LogicalResult retort::onnx::inferMicrosoftAttention(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  Type element = elementOf(slots[0]);
  MaybeShape input = dims.shape(slots[0]), weight = dims.shape(slotAt(slots, 1)),
             past = dims.shape(slotAt(slots, 4));
  int64_t heads = intAttribute(op, "num_heads", 0);
  auto sizes = intsAttribute(op, "qkv_hidden_sizes");
  if (!input || input->size() != 3 || !weight || weight->size() != 2 || heads <= 0)
    return success();
  Polynomial width =
      sizes && sizes->size() == 3 ? Polynomial((*sizes)[2]) : dims.floorDivide(weight->back(), 3);
  setResult(op, dims, 0, element, SymbolicShape{(*input)[0], (*input)[1], width});
  Polynomial rows = past && past->size() == 5 ? (*past)[3] + (*input)[1] : (*input)[1];
  setResult(op, dims, 1, element,
            SymbolicShape{2, (*input)[0], heads, rows, dims.floorDivide(width, heads)});
  return success();
}
