// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The steps that a context knows, and what follows from what they state.
#include "dialects/Linear/MultiplyStep.h"

using namespace mlir;
using namespace retort;

MultiplyStep::~MultiplyStep() = default;

static constexpr std::pair<StringLiteral, Numerics> numericsNames[] = {
    {"exact", Numerics::Exact}, {"accurate", Numerics::Accurate}, {"fast", Numerics::Fast}};

std::optional<Numerics> retort::numericsNamed(StringRef name) {
  for (auto &[known, numerics] : numericsNames)
    if (known == name)
      return numerics;
  return std::nullopt;
}

StringRef retort::nameOf(Numerics numerics) { return numericsNames[unsigned(numerics)].first; }

StepWeight StepWeight::of(linear::ProductOp product) {
  return {cast<linear::LinearFormatKernel>(product.getFormat()), product.depth(),
          unsigned(product.getWeight().size())};
}

bool MultiplyStep::isNative(TargetAttr target) const {
  auto needed = features(target);
  return needed.empty() || llvm::any_of(needed, [&](StringRef name) { return target.has(name); });
}

/// How far packed rows are apart: those of a tile are read side by side, so there is a line of the
/// cache more, lest they all fall on the same places of it where their length is a power of two.
static int64_t lengthOf(int64_t elements, Type element, TileShape shape) {
  int64_t line = 64 * 8 / element.getIntOrFloatBitWidth();
  return shape.rows > 1 ? elements + line : elements;
}

SmallVector<MemRefType> MultiplyStep::scratch(const StepWeight &weight, TileShape shape,
                                              MLIRContext *context) const {
  StepOperand operand = rows(weight, context);
  int64_t length = lengthOf(weight.order().padded() * operand.planes, operand.element, shape);
  int64_t tiles = ShapedType::kDynamic;
  SmallVector<MemRefType> types{MemRefType::get({tiles, shape.rows, length}, operand.element)};
  for (const StepScratch &each : beside(weight, context))
    types.push_back(MemRefType::get({tiles, shape.rows, each.count}, each.element));
  return types;
}

void retort::addStep(MLIRContext &context, std::unique_ptr<MultiplyStep> step) {
  auto &steps = context.getOrLoadDialect<linear::LinearDialect>()->steps;
  if (llvm::none_of(steps, [&](auto &known) { return known->name() == step->name(); }))
    steps.push_back(std::move(step));
}

ArrayRef<std::shared_ptr<const MultiplyStep>> retort::stepsOf(MLIRContext *context) {
  auto *dialect = context->getLoadedDialect<linear::LinearDialect>();
  return dialect ? ArrayRef(dialect->steps) : ArrayRef<std::shared_ptr<const MultiplyStep>>();
}
