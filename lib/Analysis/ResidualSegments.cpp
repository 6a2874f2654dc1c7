// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the sums that a residual stream is made of:
//   1. The terms of a sum are those of all sums that serve it alone.
//   2. The term that all others are computed of, but for constants, is the stream.
//   3. What lies between is the segment, if weights or attention are in it.
#include "lib/Analysis/ResidualSegments.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->getNumOperands() == 0 && op->getNumRegions() == 0;
}

static bool isNorm(Operation *op) {
  return op && (isa<llm::RmsNormOp>(op) || op->hasTrait<onnx::Normalizes>());
}

static bool servesSum(Value value) {
  return value.hasOneUse() && isa<onnx::AddOp>(*value.getUsers().begin());
}

static void collectTerms(Value value, bool isRoot, SmallVectorImpl<Value> &terms) {
  auto sum = value.getDefiningOp<onnx::AddOp>();
  if (!sum || (!isRoot && !value.hasOneUse()))
    return terms.push_back(value);
  for (Value operand : sum->getOperands())
    collectTerms(operand, false, terms);
}

/// Operands, and what the graphs within read.
static void forEachRead(Operation *op, function_ref<void(Value)> visit) {
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      visit(operand);
  });
}

namespace {
/// What is computed of one value, up to an operation.
class Dependents {
public:
  Dependents(Value source, Operation *end) : source(source) {
    Operation *first = source.getDefiningOp();
    for (Operation *op = first ? first->getNextNode() : &end->getBlock()->front(); op && op != end;
         op = op->getNextNode())
      forEachRead(op, [&](Value value) {
        if (depends(value))
          all.insert(op);
      });
  }
  bool depends(Value value) const {
    Operation *op = value.getDefiningOp();
    return value == source || (op && all.contains(op));
  }
  /// Those on the way to the end.
  llvm::SetVector<Operation *> towards(Operation *end) const {
    llvm::SetVector<Operation *> result;
    result.insert(end);
    for (size_t i = 0; i < result.size(); ++i)
      forEachRead(result[i], [&](Value value) {
        if (Operation *op = value.getDefiningOp(); op && all.contains(op))
          result.insert(op);
      });
    return result;
  }

private:
  Value source;
  llvm::DenseSet<Operation *> all;
};
} // namespace

static bool hasWeight(Operation *op) {
  if (isa<llm::AttentionOp, llm::RetentionOp>(op))
    return true;
  bool found = false;
  forEachRead(op, [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    found |= type && type.getRank() >= 2 && type.hasStaticShape() && isConstant(value) &&
             isa<FloatType>(type.getElementType()) &&
             llvm::all_of(type.getShape(), [](int64_t n) { return n > 1; });
  });
  return found && !isa<onnx::AddOp, onnx::MulOp, onnx::SubOp, onnx::DivOp>(op);
}

static void describe(ResidualSegment &segment, const Dependents &dependents) {
  bool hasOwnRows = false;
  for (Operation *op : segment.operations) {
    if (auto attention = dyn_cast<llm::AttentionOp>(op)) {
      bool isOwn = dependents.depends(attention.getKey());
      hasOwnRows |= isOwn;
      segment.readsOthers |= !isOwn;
    }
    // Attention that was not recognized multiplies what is computed of the text with such.
    bool isWritten = isa<onnx::MatMulOp>(op) && dependents.depends(op->getOperand(0)) &&
                     dependents.depends(op->getOperand(1));
    hasOwnRows |= isWritten || isa<llm::RetentionOp, onnx::ConvOp, onnx::ScanOp, onnx::LoopOp>(op);
  }
  segment.mixesRows = hasOwnRows;
}

static std::optional<ResidualSegment> segmentAt(onnx::AddOp sum) {
  Value result = sum->getResult(0);
  if (servesSum(result))
    return std::nullopt;
  SmallVector<Value> terms;
  collectTerms(result, true, terms);
  llvm::erase_if(terms, isConstant);
  SmallVectorImpl<Value> &parts = terms;
  llvm::sort(parts, [](Value a, Value b) {
    Operation *first = a.getDefiningOp(), *second = b.getDefiningOp();
    if (!first || !second)
      return !first && second;
    return first->getBlock() == second->getBlock() && first != second &&
           first->isBeforeInBlock(second);
  });
  if (parts.size() < 2 || parts.front().getType() != result.getType() ||
      parts.front().getParentBlock() != sum->getBlock())
    return std::nullopt;
  ResidualSegment segment;
  segment.before = parts.front();
  segment.behind = result;
  segment.branches = int64_t(parts.size()) - 1;
  Dependents dependents(segment.before, sum);
  if (!llvm::all_of(ArrayRef(parts).drop_front(),
                    [&](Value part) { return part != segment.before && dependents.depends(part); }))
    return std::nullopt;
  segment.operations = dependents.towards(sum);
  if (llvm::none_of(segment.operations, hasWeight))
    return std::nullopt;
  describe(segment, dependents);
  return segment;
}

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : -1;
}

/// Batch and rows may be one axis within a segment.
static void widen(ResidualSegment &segment) {
  Operation *first = segment.before.getDefiningOp(),
            *last = segment.behind.hasOneUse() ? *segment.behind.getUsers().begin() : nullptr;
  bool isFlat = first && last && onnx::isReshape(first) && onnx::isReshape(last) &&
                last->getOperand(0) == segment.behind &&
                rankOf(first->getOperand(0)) > rankOf(segment.before) &&
                first->getOperand(0).getType() == last->getResult(0).getType();
  if (!isFlat)
    return;
  segment.operations.insert(first);
  segment.operations.insert(last);
  segment.before = first->getOperand(0);
  segment.behind = last->getResult(0);
}

/// Where the stream itself is normalized, so is what takes the place of it.
static void takeNorm(ResidualSegment &segment) {
  Operation *user = segment.behind.hasOneUse() ? *segment.behind.getUsers().begin() : nullptr;
  if (!isNorm(segment.before.getDefiningOp()) || !isNorm(user) ||
      user->getResult(0).getType() != segment.before.getType() ||
      user->getOperand(0) != segment.behind)
    return;
  segment.operations.insert(user);
  segment.behind = user->getResult(0);
}

std::vector<ResidualSegment> retort::residualSegments(func::FuncOp function) {
  std::vector<ResidualSegment> result;
  for (auto sum : function.front().getOps<onnx::AddOp>()) {
    auto segment = segmentAt(sum);
    if (!segment)
      continue;
    widen(*segment);
    takeNorm(*segment);
    result.push_back(std::move(*segment));
  }
  return result;
}

std::vector<SegmentRange> retort::blocksOf(ArrayRef<ResidualSegment> segments) {
  std::vector<SegmentRange> blocks;
  bool isMixed = llvm::any_of(segments, [](const ResidualSegment &s) { return s.mixesRows; });
  for (auto [i, segment] : llvm::enumerate(segments)) {
    bool follows = !blocks.empty() && blocks.back().first + blocks.back().count == int64_t(i) &&
                   segments[i - 1].behind == segment.before;
    if (segment.mixesRows || !isMixed)
      blocks.push_back({int64_t(i), 1});
    else if (follows)
      ++blocks.back().count;
  }
  return blocks;
}

std::vector<SegmentRange> retort::rangesOf(ArrayRef<ResidualSegment> segments) {
  std::vector<SegmentRange> ranges = blocksOf(segments);
  for (int64_t i = 0; i < int64_t(segments.size()); ++i)
    if (llvm::none_of(ranges, [&](const SegmentRange &range) {
          return range.first == i && range.count == 1;
        }))
      ranges.push_back({i, 1});
  return ranges;
}
