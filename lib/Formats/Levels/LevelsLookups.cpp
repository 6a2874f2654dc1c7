// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and writes what ONNX has in place of compress.decode_levels.
#include "lib/Formats/Levels/LevelsLookups.h"
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Formats/Levels/Levels.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;
using onnx::ConstantView;

namespace {
/// Codes that are looked up in a table of f32.
struct Lookup {
  std::vector<float> table;
  Value codes;
};
} // namespace

static std::optional<Lookup> lookupOf(Value numbers) {
  auto gather = numbers.getDefiningOp<onnx::GatherOp>();
  auto cast = gather ? gather.getIndices().getDefiningOp<onnx::CastOp>() : onnx::CastOp();
  auto table = cast ? ConstantView::of(gather.getData()) : std::nullopt;
  if (!table || table->type().getRank() != 1 || !table->type().getElementType().isF32() ||
      !getElementTypeOrSelf(cast.getInput().getType()).isUnsignedInteger())
    return std::nullopt;
  if (table->size() < 4 || table->size() > 256)
    return std::nullopt;
  return Lookup{table->floats(0, table->size()), cast.getInput()};
}

/// The ladder of these scales.
static std::optional<compress::ScaleLadder> ladderOf(ArrayRef<float> scales) {
  if (int64_t(scales.size()) != compress::ScaleLadder::count)
    return std::nullopt;
  auto bits = [&](int64_t i) { return llvm::bit_cast<int32_t>(scales[i]); };
  compress::ScaleLadder ladder{bits(0), bits(1) - bits(0)};
  for (int64_t i = 0; i < compress::ScaleLadder::count; ++i)
    if (!ladder.isValid() || ladder.at(i) != scales[i])
      return std::nullopt;
  return ladder;
}

/// How many neighbours have one group, which rise from 0; 0 where the groups are others.
static int64_t groupSize(const ConstantView &groups) {
  int64_t size = 0;
  while (size < groups.size() && groups.intAt(size) == 0)
    ++size;
  for (int64_t i = 0; size > 0 && i < groups.size(); ++i)
    if (groups.intAt(i) != i / size)
      return 0;
  return size;
}

std::shared_ptr<LevelsWeight> LevelsLookups::read(Operation *root) {
  auto product = dyn_cast_or_null<onnx::MulOp>(root);
  auto spread = product ? product->getOperand(1).getDefiningOp<onnx::GatherOp>() : onnx::GatherOp();
  if (!spread)
    return nullptr;
  auto numbers = lookupOf(product->getOperand(0)), scales = lookupOf(spread.getData());
  auto ladder = scales ? ladderOf(scales->table) : std::nullopt;
  auto groups = ConstantView::of(spread.getIndices());
  if (!numbers || !ladder || !groups || groups->type().getRank() != 1)
    return nullptr;
  if (!llvm::isPowerOf2_64(numbers->table.size()) ||
      numbers->table != compress::levelsOf(llvm::Log2_64(numbers->table.size())))
    return nullptr;
  auto result = std::make_shared<LevelsWeight>();
  result->codeConstant = numbers->codes;
  result->codes = ConstantView::of(numbers->codes);
  result->scales = ConstantView::of(scales->codes);
  result->levels = numbers->table;
  result->ladder = *ladder;
  result->tableBytes = (numbers->table.size() + scales->table.size()) * sizeof(float);
  result->axis = spread.getAxis();
  result->block = groupSize(*groups);
  return result;
}

Operation *LevelsLookups::rootOf(Operation *part) {
  // Cast, Gather, Gather, Mul: three steps at most.
  for (int step = 0; step < 4; ++step) {
    if (isa<onnx::MulOp>(part))
      return read(part) ? part : nullptr;
    if (!isa<onnx::CastOp, onnx::GatherOp>(part) || part->getNumResults() != 1 || part->use_empty())
      return nullptr;
    part = *part->user_begin();
  }
  return nullptr;
}

namespace {
/// Writes the expression in front of the operation.
class LookupWriter {
public:
  explicit LookupWriter(compress::DecodeLevelsOp op) : op(op), b(op.getLoc(), op) {}
  Value run();

private:
  Value constant(StringRef suffix, RankedTensorType type,
                 llvm::function_ref<void(MutableArrayRef<char>)> fill);
  Value floats(StringRef suffix, ArrayRef<float> numbers);
  Value lookUp(Value table, Value codes);
  Value groupsOfPlaces();

  compress::DecodeLevelsOp op;
  ImplicitLocOpBuilder b;
};
} // namespace

Value LookupWriter::constant(StringRef suffix, RankedTensorType type,
                             llvm::function_ref<void(MutableArrayRef<char>)> fill) {
  StringRef base = compress::nameOfConstant(op.getCodes());
  base.consume_back("_codes");
  std::string name = (base + suffix).str();
  return compress::createConstantBefore(op, onnx::makeConstant(type, name, fill), name);
}

Value LookupWriter::floats(StringRef suffix, ArrayRef<float> numbers) {
  auto type = RankedTensorType::get({int64_t(numbers.size())}, b.getF32Type());
  return constant(suffix, type, [&](MutableArrayRef<char> bytes) {
    compress::encodeFloats(b.getF32Type(), numbers, bytes.data());
  });
}

/// ONNX has codes of 2, 4 and 8 bits.
Value LookupWriter::lookUp(Value table, Value codes) {
  ConstantView view = *ConstantView::of(codes);
  auto bits = unsigned(llvm::PowerOf2Ceil(view.type().getElementTypeBitWidth()));
  auto type = view.type().clone(IntegerType::get(op.getContext(), bits, IntegerType::Unsigned));
  StringRef name = compress::nameOfConstant(codes);
  ElementsAttr wide = onnx::makeConstant(type, name, [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t i = 0; i < view.size(); ++i)
      onnx::storeBits(bytes.data(), bits, i, unsigned(view.intAt(i)));
  });
  RankedTensorType indices = view.type().clone(b.getI64Type());
  Value index = onnx::CastOp::create(b, indices, compress::createConstantBefore(op, wide, name),
                                     StringAttr(), IntegerAttr(), b.getI64IntegerAttr(7));
  return onnx::GatherOp::create(b, indices.clone(b.getF32Type()), table, index, /*axis=*/0);
}

Value LookupWriter::groupsOfPlaces() {
  int64_t length = cast<RankedTensorType>(op.getCodes().getType()).getDimSize(op.getAxis()),
          size = op.getBlockSize();
  auto type = RankedTensorType::get({length}, b.getI64Type());
  return constant("_groups", type, [&](MutableArrayRef<char> bytes) {
    for (int64_t i = 0; i < length; ++i) {
      int64_t group = i / size;
      std::memcpy(bytes.data() + i * sizeof(group), &group, sizeof(group));
    }
  });
}

Value LookupWriter::run() {
  ConstantView ladder = *ConstantView::of(op.getLadder());
  compress::ScaleLadder steps{int32_t(ladder.intAt(0)), int32_t(ladder.intAt(1))};
  std::vector<float> scales;
  for (int64_t i = 0; i < compress::ScaleLadder::count; ++i)
    scales.push_back(steps.at(i));
  unsigned bits = getElementTypeOrSelf(op.getCodes().getType()).getIntOrFloatBitWidth();
  auto type = cast<RankedTensorType>(op.getCodes().getType()).clone(b.getF32Type());
  Value numbers = lookUp(floats("_levels", compress::levelsOf(bits)), op.getCodes()),
        ofGroups = lookUp(floats("_ladder", scales), op.getScales());
  Value ofPlaces =
      onnx::GatherOp::create(b, type, ofGroups, groupsOfPlaces(), int64_t(op.getAxis()));
  Value weight = onnx::MulOp::create(b, type, numbers, ofPlaces);
  if (op.getType() == type)
    return weight;
  int64_t to = dataTypeOf(getElementTypeOrSelf(op.getType()));
  return onnx::CastOp::create(b, op.getType(), weight, StringAttr(), IntegerAttr(),
                              b.getI64IntegerAttr(to));
}

bool retort::writeLookups(compress::DecodeLevelsOp op) {
  if (!LevelsWeight::of(op))
    return false;
  compress::replaceExpression(op, LookupWriter(op).run());
  return true;
}
