// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight that is rounded while it is trained.
#include "lib/Compress/QuantizeAware/FakeWeight.h"
#include "lib/Compress/QuantizeAware/ScalesInGraph.h"
#include "lib/Rounding/StoredCodes.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using compress::FakeQuantizeOp;

FakeWeight::FakeWeight(LinearWeight weight, const CodeForm &form)
    : original(std::move(weight)), form(form), bytesBefore(original.bytes()) {
  int64_t axis = original.inputAxis(), inputs = original.type().getDimSize(axis);
  layout = CodeLayout::along(original.type(), form.code, axis,
                             form.groupSize > inputs ? 0 : form.groupSize);
  layout.halfScales = form.halfScales;
}

/// At most .4 of the way from what its code stands for to what the next one does; beyond the bounds
/// as it is.
static float inReach(float number, int code, UniformScale scale, const CodeNumbers &numbers) {
  float middle = numbers.numberOf(code, scale.zero), rest = number / scale.scale - middle;
  int next = rest < 0 ? code - 1 : code + 1;
  if (next < numbers.lowest() || next > numbers.highest() || number == 0)
    return number;
  float reach = .4f * (numbers.numberOf(next, scale.zero) - middle);
  return std::fabs(rest) <= std::fabs(reach) ? number : (middle + reach) * scale.scale;
}

void FakeWeight::learnFrom(const GroupedMatrix &matrix) {
  isLearned = true;
  ladder = matrix.ladder;
  OutputRows rows(original);
  std::vector<float> moved(matrix.weights.size());
  scales.resize(layout.groups.entries());
  zeros.resize(layout.code.symmetric ? 0 : scales.size());
  for (int64_t i = 0; i < matrix.outputs; ++i)
    matrix.forEachInGroups(i, [&](int64_t k, UniformScale scale) {
      int64_t place = i * matrix.inputs + k, entry = layout.groups.entryOf(rows.elementAt(i, k));
      scales[entry] = scale.scale;
      if (!zeros.empty())
        zeros[entry] = float(scale.zero);
      moved[place] = inReach(matrix.weights[place], matrix.codeAt(i, k), scale, matrix.numbers);
    });
  start = rows.scatter(moved);
}

std::optional<FakeWeight> FakeWeight::ofCodes(LinearWeight weight, const OriginalWeights &originals,
                                              Refusal &why) {
  auto stored = StoredCodes::of(weight, why);
  auto form = stored ? stored->form(weight, why) : std::nullopt;
  if (!form)
    return std::nullopt;
  uint64_t bytes = weight.bytes();
  // Where nobody knows what the weight was, it is what its codes stand for.
  Refusal unknown;
  auto known = originals.find(weight, unknown);
  weight.setFloats(known ? *known : weight.floats());
  FakeWeight result(std::move(weight), *form);
  result.bytesBefore = bytes;
  stored->matrix.weights = rowsOf(result.original, result.original.floats());
  result.learnFrom(stored->matrix);
  return result;
}

RankedTensorType FakeWeight::tableType() const {
  SmallVector<int64_t> shape(layout.type.getShape());
  shape[layout.axis] = layout.groups.groups();
  return RankedTensorType::get(shape, Float32Type::get(layout.type.getContext()));
}

Value FakeWeight::addConstant(OpBuilder &builder, StringRef suffix, ArrayRef<float> numbers) const {
  return createFloats(builder, original.loc(), (original.name() + suffix).str(),
                      tableType().getShape(), numbers);
}

void FakeWeight::insert(Student &student, size_t number) {
  weightAt = number;
  Operation *copy = student.constants[number].op;
  if (!start.empty())
    setNumbers(copy, start);
  OpBuilder builder(copy->getContext());
  builder.setInsertionPointAfter(copy);
  OnnxBuilder build(builder, copy->getLoc());
  Value plain = copy->getResult(0), wide = build.cast(plain, builder.getF32Type());
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : plain.getUses())
    if (use.getOwner() != wide.getDefiningOp())
      uses.push_back(&use);
  GraphScales table;
  TypeAttr stored;
  if (isLearned) {
    table.scale = addConstant(builder, "_scale", scales);
    scaleAt = student.constants.size();
    // A scale of levels is the largest number of its group, one of integers a part of it.
    student.constants.push_back(
        {table.scale.getDefiningOp(), form.isLevels ? .3 : .1, /*decays=*/false});
    if (FloatType type = layout.scaleType(); !type.isF32())
      stored = TypeAttr::get(type);
  } else {
    table = scalesOfGroups(build, wide, layout);
  }
  if (isLearned && !zeros.empty()) {
    table.zero = addConstant(builder, "_zero_point", zeros);
    zeroAt = student.constants.size();
    // Zero points count steps: a rate that moves the numbers as far as scales do.
    double mean = 0;
    for (float scale : scales)
      mean += std::fabs(scale) / double(scales.size());
    student.constants.push_back({table.zero.getDefiningOp(), .1 / mean, /*decays=*/false});
  }
  DenseI32ArrayAttr ofLevels;
  if (form.isLevels)
    ofLevels = builder.getDenseI32ArrayAttr({ladder.first, ladder.step});
  Value rounded = FakeQuantizeOp::create(
      builder, copy->getLoc(), wide.getType(), wide, table.scale, table.zero, layout.code.bits,
      layout.code.symmetric, layout.axis, layout.groups.group, stored, ofLevels, isLearned);
  rounded = build.cast(rounded, original.element());
  for (OpOperand *use : uses)
    use->set(rounded);
}

/// As they are stored.
std::vector<UniformScale> FakeWeight::scalesOf(ArrayRef<float> scales,
                                               ArrayRef<float> zeros) const {
  std::vector<UniformScale> result;
  for (float scale : scales)
    result.push_back({roundTo(layout.scaleType(), scale), 0});
  float low = float(layout.code.lowest()), high = float(layout.code.highest());
  for (auto [entry, zero] : llvm::zip(result, zeros))
    entry.zero = int(std::fmin(std::fmax(std::nearbyint(zero), low), high));
  return result;
}

void FakeWeight::writeIntegers(std::vector<float> numbers, const RoundToNearest &rounding) {
  Value codes =
      original.addConstant("_quantized", layout.codeType(), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        rounding.encode(0, numbers, bytes.data());
      });
  original.replaceBy(addDequantize(original, layout, codes, rounding.scales()));
}

void FakeWeight::writeLevels(ArrayRef<float> numbers, ArrayRef<float> scales) {
  GroupedMatrix matrix = form.shapeOf(original);
  matrix.ladder = ladder;
  matrix.weights = rowsOf(original, numbers);
  matrix.codes.resize(matrix.weights.size());
  matrix.scales.resize(matrix.outputs * matrix.groups());
  OutputRows rows(original);
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; ++k) {
      float scale = scales[layout.groups.entryOf(rows.elementAt(i, k))];
      matrix.scaleOf(i, k) = {matrix.round(scale), 0};
      matrix.setCode(i, k, matrix.nearestAt(i, k, matrix.weights[i * matrix.inputs + k]));
    }
  form.replace(original, matrix);
}

remark::detail::InFlightRemark FakeWeight::write(const std::vector<std::vector<float>> &values,
                                                 StringRef method) {
  std::vector<float> before = original.floats();
  bool isTrained = !values.empty();
  std::vector<float> numbers = isTrained ? values[weightAt] : start.empty() ? before : start;
  // What the weight's type holds is what the student rounded.
  for (float &number : numbers)
    number = roundTo(original.element(), number);
  WeightChange change;
  change.bytesBefore = bytesBefore;
  std::string name = original.name().str();
  Location loc = original.loc();
  if (form.isLevels) {
    writeLevels(numbers, isTrained ? ArrayRef(values[scaleAt]) : ArrayRef(scales));
  } else {
    RoundToNearest rounding(layout.groups, layout.code);
    if (isLearned)
      rounding.use(isTrained ? scalesOf(values[scaleAt], zeros.empty() ? ArrayRef<float>()
                                                                       : ArrayRef(values[zeroAt]))
                             : scalesOf(scales, zeros));
    else {
      rounding.observe(0, numbers);
      rounding.fit([&](float scale) { return roundTo(layout.scaleType(), scale); });
    }
    writeIntegers(numbers, rounding);
  }
  original.forgetOriginal(); // which the codes are not those of
  change.bytesAfter = original.bytes();
  RelativeError error;
  error.add(before, original.floats());
  change.weightError = error.value();
  change.magnitudes = error.magnitudes();
  auto remark = weightPassed(loc, method, name, change);
  remark << remark::metric("bits", layout.code.bits)
         << remark::metric("symmetric", layout.code.symmetric)
         << remark::metric("group_size", layout.groups.group);
  return remark;
}
