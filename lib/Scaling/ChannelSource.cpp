// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows an activation back to the constants that give its channels their size.
#include "lib/Scaling/ChannelSource.h"
#include "lib/Scaling/HeadPaths.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include <numeric>

using namespace mlir;
using namespace retort;
using compress::WeightExpression;
using Part = ChannelSource::Part;

namespace {
class SourceSearch {
public:
  /// Whether the channels of `value` can be divided; `places` are those of its last axis.
  bool visit(Value value, ArrayRef<int64_t> places);

  std::vector<Part> parts;
  std::string why;

private:
  bool visitOperand(Operation *op, unsigned index, ArrayRef<int64_t> places);
  bool visitConstant(Operation *op, unsigned index, int64_t axis, ArrayRef<int64_t> places);
  bool visitList(Operation *op, OpOperand &list, ArrayRef<int64_t> places);
  bool visitNorm(Operation *op, ArrayRef<int64_t> places);
  bool visitProduct(Operation *op, ArrayRef<int64_t> places);
  bool visitFactors(Operation *op, ArrayRef<int64_t> places);
  bool visitTerms(Operation *op, ArrayRef<int64_t> places);
  bool visitReshape(Operation *op, ArrayRef<int64_t> places);
  bool visitPlaces(const ChannelPlaces &found);
  bool fail(const Twine &reason) {
    why = reason.str();
    return false;
  }
};
} // namespace

static std::optional<WeightExpression> floatConstant(Value value) {
  auto constant = WeightExpression::of(value);
  bool isFloat = constant && isa<FloatType>(constant->type().getElementType());
  return isFloat && constant->type().getRank() > 0 ? constant : std::nullopt;
}

bool SourceSearch::visitConstant(Operation *op, unsigned index, int64_t axis,
                                 ArrayRef<int64_t> places) {
  auto constant = floatConstant(op->getOperand(index));
  if (!constant)
    return fail("'" + op->getName().getStringRef() + "', which makes its input, has no constant");
  if (!constant->isPlain())
    return fail("what makes its input is compressed already");
  if (constant->type().getRank() > 1 && !constant->op()->hasOneUse() &&
      constant->type().getNumElements() != constant->type().getDimSize(axis))
    return fail("the matrix that makes its input has other readers");
  parts.push_back({op, index, axis, places.vec()});
  return true;
}

/// An operand that is a list of numbers for each channel.
bool SourceSearch::visitList(Operation *op, OpOperand &list, ArrayRef<int64_t> places) {
  auto type = dyn_cast<RankedTensorType>(list.get().getType());
  if (!type || type.getRank() == 0 || !type.hasStaticShape() ||
      type.getNumElements() != sizeFromEnd(list.get()) ||
      sizeFromEnd(list.get()) != sizeFromEnd(op->getResult(0)))
    return fail("'" + op->getName().getStringRef() +
                "', which makes its input, has no number for each channel");
  return visitConstant(op, list.getOperandNumber(), type.getRank() - 1, places);
}

bool SourceSearch::visitNorm(Operation *op, ArrayRef<int64_t> places) {
  SmallVector<OpOperand *> lists;
  if (isa<llm::RmsNormOp>(op))
    lists.push_back(&op->getOpOperand(1));
  else if (isa<onnx::LayerNormalizationOp, onnx::SimplifiedLayerNormalizationOp,
               onnx::RMSNormalizationOp>(op))
    for (OpOperand &operand : llvm::drop_begin(op->getOpOperands()))
      lists.push_back(&operand);
  else if (auto skip = dyn_cast<onnx::MicrosoftSkipSimplifiedLayerNormalizationOp>(op))
    lists.push_back(&skip.getGammaMutable());
  else
    return fail("'" + op->getName().getStringRef() + "' makes its input");
  return llvm::all_of(lists, [&](OpOperand *list) { return visitList(op, *list, places); });
}

/// A product with a constant: the columns of that.
bool SourceSearch::visitProduct(Operation *op, ArrayRef<int64_t> places) {
  auto gemm = dyn_cast<onnx::GemmOp>(op);
  if (sizeFromEnd(op->getOperand(1)) == 0 ||
      cast<RankedTensorType>(op->getOperand(1).getType()).getRank() != 2)
    return fail("'" + op->getName().getStringRef() + "', which makes its input, has no constant");
  bool isTurned = gemm && onnx::intAttribute(op, "transB", 0) != 0;
  if (!visitConstant(op, 1, isTurned ? 0 : 1, places))
    return false;
  return op->getNumOperands() < 3 || visitList(op, op->getOpOperand(2), places);
}

/// An operand of which each element becomes one of the result in the same channel.
bool SourceSearch::visitOperand(Operation *op, unsigned index, ArrayRef<int64_t> places) {
  Value operand = op->getOperand(index);
  if (sizeFromEnd(operand) == 0 || sizeFromEnd(operand) != sizeFromEnd(op->getResult(0)))
    return fail("'" + op->getName().getStringRef() + "', which makes its input, broadcasts it");
  if (floatConstant(operand))
    return visitList(op, op->getOpOperand(index), places);
  if (!hasOneReader(operand))
    return fail("'" + onnx::valueName(operand) +
                "', of which its input is made, has other readers");
  return visit(operand, places);
}

/// One factor is divided; which of them does not matter.
bool SourceSearch::visitFactors(Operation *op, ArrayRef<int64_t> places) {
  size_t before = parts.size();
  if (visitOperand(op, isa<onnx::MulOp>(op) ? 1 : 0, places))
    return true;
  parts.resize(before);
  return isa<onnx::MulOp>(op) && visitOperand(op, 0, places);
}

bool SourceSearch::visitTerms(Operation *op, ArrayRef<int64_t> places) {
  return visitOperand(op, 0, places) && visitOperand(op, 1, places);
}

bool SourceSearch::visitPlaces(const ChannelPlaces &found) {
  return found.value ? visit(found.value, found.places) : fail(found.why);
}

bool SourceSearch::visitReshape(Operation *op, ArrayRef<int64_t> places) {
  Value source = op->getOperand(0);
  if (sizeFromEnd(source) != sizeFromEnd(op->getResult(0)))
    return visitPlaces(channelsOfHeads(op, places));
  return visitOperand(op, 0, places);
}

bool SourceSearch::visit(Value value, ArrayRef<int64_t> places) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return fail("its input is one of the model");
  if (isa<onnx::SplitOp>(op))
    return visitPlaces(channelsOfSplit(value, places));
  if (value != op->getResult(0))
    return fail("'" + op->getName().getStringRef() + "' makes its input");
  if (isa<llm::RmsNormOp>(op) || op->hasTrait<onnx::Normalizes>())
    return visitNorm(op, places);
  if (isa<onnx::MatMulOp, onnx::GemmOp>(op))
    return visitProduct(op, places);
  if (isa<onnx::MulOp, onnx::DivOp>(op))
    return visitFactors(op, places);
  if (isa<onnx::AddOp, onnx::SubOp>(op))
    return visitTerms(op, places);
  if (isa<onnx::ReluOp, onnx::IdentityOp, onnx::NegOp>(op))
    return visitOperand(op, 0, places);
  if (onnx::isReshape(op))
    return visitReshape(op, places);
  return fail("'" + op->getName().getStringRef() +
              "' makes its input, and does not pass on factors of channels");
}

namespace {
/// Sets of channels that have to be divided by the same.
class Classes {
public:
  explicit Classes(int64_t channels) : parent(channels) {
    std::iota(parent.begin(), parent.end(), 0);
  }
  int64_t find(int64_t i) {
    while (parent[i] != i)
      i = parent[i] = parent[parent[i]];
    return i;
  }
  void join(int64_t i, int64_t j) {
    parent[std::max(find(i), find(j))] = std::min(find(i), find(j));
  }

private:
  std::vector<int64_t> parent;
};
} // namespace

/// Numbers the classes in the order of their first channels.
static void numberClasses(ChannelSource &source, int64_t channels) {
  Classes classes(channels);
  for (const Part &part : source.parts) {
    llvm::DenseMap<int64_t, int64_t> first;
    for (int64_t j = 0; j < channels; ++j)
      classes.join(j, first.try_emplace(part.places[j], j).first->second);
  }
  llvm::DenseMap<int64_t, int64_t> numbers;
  for (int64_t j = 0; j < channels; ++j)
    source.classes.push_back(
        numbers.try_emplace(classes.find(j), int64_t(numbers.size())).first->second);
  source.classCount = int64_t(numbers.size());
}

ChannelSearch retort::findChannelSource(Value activation, int64_t channels) {
  std::vector<int64_t> places(channels);
  std::iota(places.begin(), places.end(), 0);
  SourceSearch search;
  ChannelSearch result;
  if (!search.visit(activation, places)) {
    result.why = std::move(search.why);
    return result;
  }
  result.source.parts = std::move(search.parts);
  numberClasses(result.source, channels);
  return result;
}

std::vector<double> ChannelSource::meanOfClasses(ArrayRef<double> ofChannels) const {
  std::vector<double> sums(classCount), counts(classCount);
  for (auto [number, value] : llvm::zip_equal(classes, ofChannels)) {
    sums[number] += value;
    counts[number] += 1;
  }
  for (auto [sum, count] : llvm::zip_equal(sums, counts))
    sum /= count;
  return sums;
}

bool ChannelSource::isNarrow() const {
  return llvm::any_of(parts, [](const Part &part) {
    auto type = cast<RankedTensorType>(part.op->getOperand(part.operand).getType());
    return type.getElementTypeBitWidth() < 32;
  });
}

/// Others that read the same constant keep it; the new one has a name of its own.
static void ownConstant(const Part &part) {
  OpOperand &operand = part.op->getOpOperand(part.operand);
  Operation *constant = operand.get().getDefiningOp();
  if (constant->hasOneUse())
    return;
  Operation *own = OpBuilder(part.op).clone(*constant);
  std::string name =
      (onnx::valueName(constant->getResult(0)) + "_" + onnx::valueName(part.op->getResult(0)))
          .str();
  if (auto initializer = dyn_cast<onnx::InitializerOp>(own))
    initializer.setName(name);
  operand.set(own->getResult(0));
}

void ChannelSource::divide(ArrayRef<float> scales) const {
  for (const Part &part : parts) {
    ownConstant(part);
    auto constant = WeightExpression::of(part.op->getOperand(part.operand));
    RankedTensorType type = constant->type();
    std::vector<float> factors(type.getDimSize(part.axis), 1), numbers(constant->size());
    for (auto [place, scale] : llvm::zip_equal(part.places, scales))
      factors[place] = scale;
    int64_t behind = 1;
    for (int64_t size : type.getShape().drop_front(part.axis + 1))
      behind *= size;
    constant->read(0, numbers);
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] /= factors[i / behind % factors.size()];
    compress::replaceConstant(part.op, part.operand, [&](MutableArrayRef<char> bytes) {
      compress::encodeFloats(cast<FloatType>(type.getElementType()), numbers, bytes.data());
    });
  }
}
