// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scan: version 8 scans every sequence of a batch, up to its length; newer ones scan one.
//   %s, %y = Scan-8(%lengths, %s0, %x)    // %s0: B x ..., %x: B x T x ...
//     ->  %s, %y = Scan(%s0, %x, %lengths) {   // over the batch: no state
//           ^(%s0_b, %x_b, %length):
//             %s_b, %y_b = Scan(%s0_b, Slice(%x_b, 0, %length))
//             yield %s_b, Pad(%y_b, T - %length)
//         }
#include "lib/Raise/Opset/AttributeToInput.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

namespace retort::Scan {

static Type unranked(Value like) {
  return UnrankedTensorType::get(getElementTypeOrSelf(like.getType()));
}

/// A scan over the first axis of all operands, without a state, whose body is still empty.
static onnx::ScanOp scanBatch(Operation *op, ArrayRef<Value> operands, OpBuilder &builder) {
  OperationState state(op->getLoc(), onnx::ScanOp::getOperationName());
  state.addOperands(operands);
  state.addTypes(op->getResultTypes());
  state.addAttribute("num_scan_inputs", builder.getI64IntegerAttr(operands.size()));
  Block &block = state.addRegion()->emplaceBlock();
  for (Value operand : operands)
    block.addArgument(unranked(operand), operand.getLoc());
  return cast<onnx::ScanOp>(builder.create(state));
}

namespace {
/// A sequence of a batch: the steps of it that count.
struct Sequence {
  OnnxBuilder make;
  Value length; // a tensor of one integer

  Value cut(Value list) {
    Value zero = make.integers({0});
    Value part = onnx::SliceOp::create(make.raw(), make.location(), unranked(list), list, zero,
                                       length, zero, Value());
    return part;
  }
  /// With zeros for the steps that do not count, of as many as `whole` has.
  Value pad(Value list, Value whole) {
    Value rest = make.subtract(make.size(whole, 0), length);
    Value pads = make.concat({make.integers({0}), rest}, 0);
    return onnx::PadOp::create(make.raw(), make.location(), unranked(list), list, pads, Value(),
                               make.integers({0}), StringAttr());
  }
};
} // namespace

static SmallVector<Value> overBatch(Operation *op, Value lengths, OpBuilder &builder) {
  auto inner = dyn_cast<onnx::ScanOp>(op);
  if (!inner)
    return {};
  SmallVector<Value> operands(op->getOperands());
  size_t inputs = inner.getNumScanInputs(), states = operands.size() - inputs;
  if (lengths)
    operands.push_back(lengths);
  onnx::ScanOp outer = scanBatch(op, operands, builder);
  Block &body = outer.getBody().front();
  OpBuilder within = OpBuilder::atBlockEnd(&body);
  op->moveBefore(&body, body.end());
  for (OpResult result : op->getResults())
    result.setType(unranked(result));
  op->setOperands(body.getArguments().take_front(states + inputs));
  SmallVector<Value> results(op->getResults());
  if (lengths) {
    within.setInsertionPoint(op);
    Sequence sequence{OnnxBuilder(within, op->getLoc()), {}};
    sequence.length = sequence.make.unsqueeze(body.getArguments().back(), {0});
    Value whole = body.getArgument(states);
    for (size_t i = states; i < states + inputs; ++i)
      op->setOperand(i, sequence.cut(body.getArgument(i)));
    within.setInsertionPointToEnd(&body);
    for (size_t i = states; i < results.size(); ++i)
      results[i] = sequence.pad(results[i], whole);
  }
  onnx::YieldOp::create(within, op->getLoc(), results);
  return llvm::to_vector_of<Value>(outer->getResults());
}

Refusal up(NodeForm &form, OpBuilder &) {
  Value lengths = form.input(0);
  if (!form.inputs.empty())
    form.inputs.erase(form.inputs.begin());
  if (Attribute directions = form.takeAttribute("directions"))
    form.setAttribute("scan_input_directions", directions);
  form.behind = [lengths](Operation *op, OpBuilder &builder) {
    return overBatch(op, lengths, builder);
  };
  return {};
}

Refusal down(NodeForm &) { return "scans one sequence, the older version a batch of them"; }

} // namespace retort::Scan
