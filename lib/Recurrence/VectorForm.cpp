// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules, by what an operation does with axes:
//   element-wise, MatMul: operands of fewer axes get axes of one element behind the steps
//   those with axes: count one more
//   Shape: that of all steps but for the first axis, the same in each step
//   llm.retention of one row: one of as many rows as there are steps
#include "lib/Recurrence/VectorForm.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

using namespace mlir;
using namespace retort;

static constexpr StringLiteral unclear = "its result of all steps has another number of axes";
static constexpr StringLiteral noForm = "no form of it computes all steps at once";
static constexpr StringLiteral noAxes = "its axes are not known";
static constexpr StringLiteral changes = "more of its operands than the first change from step to "
                                         "step, or not that one";

namespace {
class VectorForm {
public:
  VectorForm(OpBuilder &builder, Operation *op, ValuesOverTime &values, Refusal &refusal)
      : b(builder, op->getLoc()), op(op), values(values), refusal(refusal) {}
  LogicalResult run();

private:
  LogicalResult refuse(const Twine &why) {
    return refusal.because(op, "is computed step by step: " + why);
  }
  static int64_t rankOf(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type ? type.getRank() : -1;
  }
  bool varies(unsigned i) { return i < op->getNumOperands() && values.varies(op->getOperand(i)); }
  bool isFixedBut(unsigned i) {
    for (unsigned k = 0; k < op->getNumOperands(); ++k)
      if ((k == i) != varies(k))
        return false;
    return true;
  }
  Value operand(unsigned i) {
    Value value = op->getOperand(i);
    return varies(i) ? values.all.lookup(value) : values.fixed(value);
  }
  SmallVector<Value> operands() {
    SmallVector<Value> all;
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      all.push_back(operand(i));
    return all;
  }
  /// Operand i as a value of so many axes in a step.
  Value ofRank(unsigned i, int64_t rank) {
    if (!varies(i))
      return operand(i);
    SmallVector<int64_t> added =
        llvm::to_vector(llvm::seq<int64_t>(1, 1 + rank - rankOf(op->getOperand(i))));
    return b.unsqueeze(operand(i), added);
  }
  int64_t axisBehind(int64_t axis, int64_t rank) { return (axis < 0 ? axis + rank : axis) + 1; }
  std::optional<SmallVector<int64_t>> axesBehind(Value list, int64_t rank) {
    auto axes = integersOf(list);
    if (axes)
      for (int64_t &axis : *axes)
        axis = axisBehind(axis, rank);
    return axes;
  }

  LogicalResult put(Operation *made) {
    if (failed(onnx::inferTypes(made)))
      return refuse(unclear);
    for (auto [from, to] : llvm::zip(op->getResults(), made->getResults())) {
      auto type = dyn_cast<RankedTensorType>(to.getType());
      if (!type || type.getRank() != rankOf(from) + 1)
        return refuse(unclear);
      values.all[from] = to;
    }
    return success();
  }
  /// The operation with other operands and attributes.
  Operation *copy(ArrayRef<Value> given, ArrayRef<NamedAttribute> changed = {}) {
    OperationState state(op->getLoc(), op->getName());
    state.addOperands(given);
    for (Value result : op->getResults())
      state.addTypes(UnrankedTensorType::get(getElementTypeOrSelf(result.getType())));
    NamedAttrList attributes(op->getAttrDictionary());
    attributes.erase("onnx.name");
    attributes.erase("onnx.outputs");
    for (NamedAttribute each : changed)
      attributes.set(each.getName(), each.getValue());
    state.addAttributes(attributes);
    return b.raw().create(state);
  }
  NamedAttribute integer(StringRef name, int64_t value) {
    return b.raw().getNamedAttr(name, b.raw().getI64IntegerAttr(value));
  }

  LogicalResult broadcast();
  LogicalResult product();
  LogicalResult gather();
  LogicalResult reshape();
  LogicalResult expand();
  LogicalResult transpose();
  LogicalResult alongAxis(int64_t otherwise);
  LogicalResult withAxes(unsigned slot, int64_t rank);
  LogicalResult slice();
  LogicalResult pad();
  LogicalResult gemm();
  LogicalResult einsum();
  LogicalResult shape();
  LogicalResult retention(llm::RetentionOp retention);

  OnnxBuilder b;
  Operation *op;
  ValuesOverTime &values;
  Refusal &refusal;
};
} // namespace

LogicalResult VectorForm::broadcast() {
  int64_t rank = 0;
  for (Value each : op->getOperands())
    rank = std::max(rank, rankOf(each));
  SmallVector<Value> given;
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    given.push_back(ofRank(i, rank));
  return put(copy(given));
}

LogicalResult VectorForm::product() {
  if (rankOf(op->getOperand(0)) < 2 || rankOf(op->getOperand(1)) < 2)
    return refuse("it multiplies with a list");
  return broadcast();
}

LogicalResult VectorForm::gather() {
  auto gather = cast<onnx::GatherOp>(op);
  int64_t rank = rankOf(gather.getData());
  if (isFixedBut(0))
    return put(copy(operands(), integer("axis", axisBehind(gather.getAxis(), rank))));
  return isFixedBut(1) && (gather.getAxis() == 0 || gather.getAxis() == -rank)
             ? put(copy(operands()))
             : refuse("its data and its indices change from step to step");
}

/// A size of 0 copies that of its place, which moves on with it.
LogicalResult VectorForm::reshape() {
  auto allowsZero = op->getAttrOfType<IntegerAttr>("allowzero");
  if (!isFixedBut(0))
    return refuse(changes);
  if (allowsZero && allowsZero.getInt() != 0)
    return refuse("a size of 0 means no elements to it");
  Value sizes;
  if (auto known = integersOf(op->getOperand(1))) {
    known->insert(known->begin(), 0);
    sizes = b.integers(*known);
  } else {
    sizes = b.concat({b.integers({0}), operand(1)}, 0);
  }
  return put(copy({operand(0), sizes}));
}

LogicalResult VectorForm::expand() {
  auto sizes = dyn_cast<RankedTensorType>(op->getOperand(1).getType());
  if (!isFixedBut(0))
    return refuse(changes);
  if (!sizes || sizes.getRank() != 1 || sizes.isDynamicDim(0))
    return refuse("to how many axes it expands is not known");
  int64_t rank = std::max(rankOf(op->getOperand(0)), sizes.getDimSize(0));
  SmallVector<int64_t> ones(1 + rank - sizes.getDimSize(0), 1);
  Value all = b.concat({b.integers(ones), operand(1)}, 0);
  return put(copy({ofRank(0, rank), all}));
}

LogicalResult VectorForm::transpose() {
  SmallVector<int64_t> order{0};
  int64_t rank = rankOf(op->getOperand(0));
  auto given = op->getAttrOfType<DenseI64ArrayAttr>("perm");
  for (int64_t i = 0; i < rank; ++i)
    order.push_back(1 + (given ? given[i] : rank - 1 - i));
  return put(copy(operands(), b.raw().getNamedAttr("perm", b.raw().getDenseI64ArrayAttr(order))));
}

/// One attribute `axis`, counted in the result: Concat, Softmax, norms, Split.
LogicalResult VectorForm::alongAxis(int64_t otherwise) {
  auto axis = op->getAttrOfType<IntegerAttr>("axis");
  int64_t rank = rankOf(op->getResult(0)), at = axis ? axis.getInt() : otherwise;
  SmallVector<Value> given;
  for (unsigned i = 0; i < op->getNumOperands(); ++i) {
    if (isa<onnx::ConcatOp>(op) && !varies(i)) { // each step has the same
      Value first = operands()[0];
      for (unsigned k = 0; k < op->getNumOperands(); ++k)
        first = varies(k) ? operand(k) : first;
      SmallVector<int64_t> ones(rank, 1);
      given.push_back(b.expand(b.unsqueeze(operand(i), {0}),
                               b.concat({b.size(first, 0), b.integers(ones)}, 0)));
    } else if (i > 0 && varies(i) && !isa<onnx::ConcatOp>(op)) {
      return refuse("its weight changes from step to step");
    } else {
      given.push_back(operand(i));
    }
  }
  return put(copy(given, integer("axis", axisBehind(at, rank))));
}

/// Operand `slot` holds axes, counted in a value of so many.
LogicalResult VectorForm::withAxes(unsigned slot, int64_t rank) {
  if (!varies(0))
    return refuse(changes);
  if (rank < 0)
    return refuse(unclear);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(1, 1 + rank)); // all
  if (op->getNumOperands() > slot) {
    auto given = axesBehind(op->getOperand(slot), rank);
    if (!given || (given->empty() && !isa<onnx::SqueezeOp>(op)))
      return refuse(noAxes);
    axes = *given;
  } else if (isa<onnx::SqueezeOp>(op)) {
    return refuse(noAxes);
  }
  SmallVector<Value> given = operands();
  given.resize(slot);
  given.push_back(b.integers(axes));
  return put(copy(given));
}

LogicalResult VectorForm::slice() {
  auto slice = cast<onnx::SliceOp>(op);
  auto starts = dyn_cast<RankedTensorType>(slice.getStarts().getType());
  int64_t rank = rankOf(slice.getData());
  if (!isFixedBut(0))
    return refuse(changes);
  if (!starts || starts.getRank() != 1 || starts.isDynamicDim(0))
    return refuse(noAxes);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(1, 1 + starts.getDimSize(0)));
  if (slice.getAxes()) {
    auto given = axesBehind(slice.getAxes(), rank);
    if (!given)
      return refuse(noAxes);
    axes = *given;
  }
  auto made = onnx::SliceOp::create(
      b.raw(), op->getLoc(),
      UnrankedTensorType::get(getElementTypeOrSelf(op->getResult(0).getType())), operand(0),
      values.fixed(slice.getStarts()), values.fixed(slice.getEnds()), b.integers(axes),
      slice.getSteps() ? values.fixed(slice.getSteps()) : Value());
  return put(made);
}

LogicalResult VectorForm::pad() {
  auto pad = cast<onnx::PadOp>(op);
  auto pads = integersOf(pad.getPads());
  int64_t rank = rankOf(pad.getData());
  if (!isFixedBut(0))
    return refuse(changes);
  if (!pads || pad.getAxes() || int64_t(pads->size()) != 2 * rank)
    return refuse("it pads some axes alone, or by what is not known");
  pads->insert(pads->begin() + rank, 0);
  pads->insert(pads->begin(), 0);
  SmallVector<Value> given = operands();
  given[1] = b.integers(*pads);
  return put(copy(given));
}

/// The rows of all steps are rows of one product.
LogicalResult VectorForm::gemm() {
  auto gemm = cast<onnx::GemmOp>(op);
  if (!isFixedBut(0))
    return refuse(changes);
  if (gemm.getTransA() || (gemm.getC() && rankOf(gemm.getC()) > 1))
    return refuse("it transposes its rows, or adds to each another bias");
  auto width = cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(1),
       columns = dyn_cast<RankedTensorType>(op->getResult(0).getType())
                     ? cast<RankedTensorType>(op->getResult(0).getType()).getDimSize(1)
                     : ShapedType::kDynamic;
  if (ShapedType::isDynamic(width) || ShapedType::isDynamic(columns))
    return refuse("the size of its matrix is not known");
  SmallVector<Value> given = operands();
  Value steps = b.size(given[0], 0), rows = b.size(given[0], 1);
  given[0] = b.reshape(given[0], {-1, width});
  Operation *made = copy(given);
  if (failed(onnx::inferTypes(made)))
    return refuse(unclear);
  Value all = b.reshape(made->getResult(0), b.concat({steps, rows, b.integers({columns})}, 0));
  if (rankOf(all) != 3)
    return refuse(unclear);
  values.all[op->getResult(0)] = all;
  return success();
}

LogicalResult VectorForm::einsum() {
  SmallVector<int64_t> ranks;
  for (Value each : op->getOperands())
    ranks.push_back(rankOf(each));
  StringRef written = cast<onnx::EinsumOp>(op).getEquation();
  auto equation = onnx::EinsumEquation::parse(written, ranks);
  if (!equation || written.contains('.'))
    return refuse("its equation leaves axes without a letter");
  char time = 0;
  for (char letter = 'a'; letter <= 'z'; ++letter)
    time = written.contains(letter) ? time : letter;
  if (!time)
    return refuse("its equation has no letter left for the steps");
  std::string made;
  for (unsigned i = 0; i < op->getNumOperands(); ++i) {
    made += i ? "," : "";
    made += (varies(i) ? std::string(1, time) : "") + equation->operands[i];
  }
  made += "->" + std::string(1, time) + equation->output;
  return put(copy(operands(), b.raw().getNamedAttr("equation", b.raw().getStringAttr(made))));
}

LogicalResult VectorForm::shape() {
  int64_t rank = rankOf(op->getOperand(0));
  if (rank < 0 || op->getAttr("start") || op->getAttr("end"))
    return refuse("it gives a part of a shape");
  values.same[op->getResult(0)] = b.slice(b.shape(operand(0)), 0, 1, 1 + rank);
  return success();
}

/// Its rows are the steps: TxBxGx1xD -> BxGxTxD.
LogicalResult VectorForm::retention(llm::RetentionOp retention) {
  auto rows = [&](Value value) -> Value {
    if (!value)
      return {};
    if (!values.varies(value))
      return values.fixed(value);
    return b.transpose(b.squeeze(values.all.lookup(value), {3}), {1, 2, 0, 3});
  };
  for (Value each : {retention.getQuery(), retention.getKey(), retention.getValue()})
    if (!values.varies(each) || cast<RankedTensorType>(each.getType()).getDimSize(2) != 1)
      return refuse("its query, key and value are not one row of each step");
  if (retention.getState() && values.varies(retention.getState()))
    return refuse("it starts from another state in each step");
  Value query = rows(retention.getQuery()), key = rows(retention.getKey()),
        value = rows(retention.getValue()),
        state = retention.getState() ? values.fixed(retention.getState()) : Value();
  auto like = [&](Value old) {
    SmallVector<int64_t> shape(cast<RankedTensorType>(old.getType()).getShape());
    return shape;
  };
  SmallVector<int64_t> result = like(retention.getResult());
  result[2] = cast<RankedTensorType>(query.getType()).getDimSize(2);
  auto type = cast<RankedTensorType>(retention.getResult().getType());
  auto made = llm::RetentionOp::create(
      b.raw(), op->getLoc(), type.clone(result), retention.getPresentState().getType(), query, key,
      value, state, rows(retention.getDecay()), rows(retention.getBeta()), retention.getRule(),
      retention.getScale(), retention.getChunkSize());
  values.all[retention.getResult()] = b.unsqueeze(b.transpose(made.getResult(), {2, 0, 1, 3}), {3});
  // Behind the last step.
  values.same[retention.getPresentState()] = made.getPresentState();
  return success();
}

LogicalResult VectorForm::run() {
  if (auto step = dyn_cast<llm::RetentionOp>(op))
    return retention(step);
  if (op->getNumResults() == 0 || op->getNumRegions() > 0)
    return refuse("it holds a graph");
  for (Value each : op->getOperands())
    if (rankOf(each) < 0)
      return refuse("the number of axes of an operand is not known");
  if (isa<onnx::ShapeOp>(op))
    return shape();
  if (onnx::asksShape(op))
    return refuse(noForm);
  if (isa<onnx::MatMulOp>(op))
    return product();
  if (isa<onnx::GatherOp>(op))
    return gather();
  if (isa<onnx::ReshapeOp>(op))
    return reshape();
  if (isa<onnx::ExpandOp>(op))
    return expand();
  if (isa<onnx::TransposeOp>(op))
    return transpose();
  if (isa<onnx::ConcatOp>(op))
    return alongAxis(0);
  if (isa<onnx::SplitOp>(op) && varies(0))
    return alongAxis(0);
  if (isa<onnx::SoftmaxOp, onnx::LogSoftmaxOp, onnx::LayerNormalizationOp, onnx::RMSNormalizationOp,
          onnx::SimplifiedLayerNormalizationOp>(op) &&
      varies(0))
    return alongAxis(-1);
  if (isa<onnx::UnsqueezeOp>(op))
    return withAxes(1, rankOf(op->getResult(0)));
  if (isa<onnx::SqueezeOp, onnx::ReduceSumOp, onnx::ReduceMeanOp, onnx::ReduceMaxOp,
          onnx::ReduceMinOp, onnx::ReduceL1Op, onnx::ReduceL2Op, onnx::ReduceSumSquareOp,
          onnx::ReduceProdOp, onnx::ReduceLogSumExpOp>(op))
    return withAxes(1, rankOf(op->getOperand(0)));
  if (isa<onnx::SliceOp>(op))
    return slice();
  if (isa<onnx::PadOp>(op))
    return pad();
  if (isa<onnx::GemmOp>(op))
    return gemm();
  if (isa<onnx::EinsumOp>(op))
    return einsum();
  if (onnx::elementKindOf(op) && op->getNumResults() == 1)
    return broadcast();
  return refuse(noForm);
}

LogicalResult retort::computeOverTime(OpBuilder &builder, Operation *op, ValuesOverTime &values,
                                      Refusal &refusal) {
  return VectorForm(builder, op, values, refusal).run();
}
