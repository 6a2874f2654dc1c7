// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight that is rounded while it is trained.
#include "lib/Compress/QuantizeAware/FakeWeight.h"
#include "lib/Compress/QuantizeAware/ScalesInGraph.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using compress::FakeQuantizeOp;

FakeWeight::FakeWeight(LinearWeight weight, const CodeForm &form) : original(std::move(weight)) {
  int64_t axis = original.inputAxis(), inputs = original.type().getDimSize(axis);
  layout = CodeLayout::along(original.type(), form.code, axis,
                             form.groupSize > inputs ? 0 : form.groupSize);
  layout.halfScales = form.halfScales;
}

/// At most .4 of a step from what its code stands for; beyond the bounds as it is.
static float inReach(float number, int code, UniformScale scale, const CodeNumbers &numbers) {
  float place = number / scale.scale, middle = float(code - scale.zero), rest = place - middle;
  bool isBeyond = (code == numbers.lowest() && rest < 0) || (code == numbers.highest() && rest > 0);
  if (isBeyond || std::fabs(rest) <= .4f || number == 0)
    return number;
  return (middle + std::copysign(.4f, rest)) * scale.scale;
}

void FakeWeight::learnFrom(const GroupedMatrix &matrix) {
  isLearned = true;
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
    student.constants.push_back({table.scale.getDefiningOp(), .1, /*decays=*/false});
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
  Value rounded = FakeQuantizeOp::create(builder, copy->getLoc(), wide.getType(), wide, table.scale,
                                         table.zero, layout.code.bits, layout.code.symmetric,
                                         layout.axis, layout.groups.group, stored, isLearned);
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

remark::detail::InFlightRemark FakeWeight::write(const std::vector<std::vector<float>> &values,
                                                 StringRef method) {
  std::vector<float> before = original.floats();
  bool isTrained = !values.empty();
  std::vector<float> numbers = isTrained ? values[weightAt] : start.empty() ? before : start;
  // What the weight's type holds is what the student rounded.
  for (float &number : numbers)
    number = roundTo(original.element(), number);
  RoundToNearest rounding(layout.groups, layout.code);
  if (isLearned)
    rounding.use(isTrained ? scalesOf(values[scaleAt],
                                      zeros.empty() ? ArrayRef<float>() : ArrayRef(values[zeroAt]))
                           : scalesOf(scales, zeros));
  else {
    rounding.observe(0, numbers);
    rounding.fit([&](float scale) { return roundTo(layout.scaleType(), scale); });
  }
  WeightChange change;
  change.bytesBefore = original.bytes();
  Value codes =
      original.addConstant("_quantized", layout.codeType(), [&](MutableArrayRef<char> bytes) {
        std::fill(bytes.begin(), bytes.end(), 0);
        rounding.encode(0, numbers, bytes.data());
      });
  std::string name = original.name().str();
  Location loc = original.loc();
  original.replaceBy(addDequantize(original, layout, codes, rounding.scales()));
  original.forgetOriginal(); // which the codes are not those of
  change.bytesAfter = original.bytes();
  RelativeError error;
  error.add(before, numbers);
  change.weightError = error.value();
  change.magnitudes = error.magnitudes();
  auto remark = weightPassed(loc, method, name, change);
  remark << remark::metric("bits", layout.code.bits)
         << remark::metric("symmetric", layout.code.symmetric)
         << remark::metric("group_size", layout.groups.group);
  return remark;
}
