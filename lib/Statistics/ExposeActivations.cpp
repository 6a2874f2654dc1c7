// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes what weights are multiplied with a result of the model.
//
//   %y = onnx.MatMul(%x, %w)         ->   the same, and %x behind the results;
//   retort.activations = [{results = [1], weights = ["w"], axes = [0], values =
//   [dense_resource<w>]}]
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Retort/Names.h"
#include "lib/Analysis/ResidualSegments.h"
#include "lib/Weights/LinearWeights.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_EXPOSEACTIVATIONSPASS
#include "lib/Statistics/ExposeActivations.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
/// An activation, and its axis of inputs.
using Source = std::pair<Value, int64_t>;

class Exposure {
public:
  explicit Exposure(func::FuncOp function)
      : function(function), end(function.front().getTerminator()), builder(end) {}

  /// The place among the results; -1 where the value is none that the function could return.
  int64_t resultOf(Source source);
  /// Gives the function its new results.
  void finish();

private:
  Value withInputsLast(Source source);

  func::FuncOp function;
  Operation *end;
  OpBuilder builder;
  llvm::MapVector<Source, int64_t> places;
  SmallVector<Value> added;
};

struct ExposeActivationsPass : retort::impl::ExposeActivationsPassBase<ExposeActivationsPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

Value Exposure::withInputsLast(Source source) {
  auto [value, axis] = source;
  auto type = cast<RankedTensorType>(value.getType());
  if (axis == type.getRank() - 1)
    return value;
  SmallVector<int64_t> order, shape;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  for (int64_t i : order)
    shape.push_back(type.getDimSize(i));
  auto turned = onnx::TransposeOp::create(builder, value.getLoc(), type.clone(shape), value,
                                          builder.getDenseI64ArrayAttr(order));
  return turned;
}

int64_t Exposure::resultOf(Source source) {
  if (source.first.getParentRegion() != &function.getBody())
    return -1;
  auto [place, isNew] = places.insert({source, int64_t(end->getNumOperands() + added.size())});
  if (isNew)
    added.push_back(withInputsLast(source));
  return place->second;
}

void Exposure::finish() {
  for (auto [number, value] : llvm::enumerate(added)) {
    std::string name = "activation:" + std::to_string(number);
    NamedAttribute attributes[] = {builder.getNamedAttr("onnx.name", builder.getStringAttr(name)),
                                   builder.getNamedAttr(names::role, builder.getStringAttr(name))};
    (void)function.insertResult(function.getNumResults(), value.getType(),
                                builder.getDictionaryAttr(attributes));
  }
  end->insertOperands(end->getNumOperands(), added);
}

/// The results that feed a weight; empty, with a remark, where some activation cannot be one.
static SmallVector<int64_t> resultsFor(LinearWeight &weight, Exposure &exposure, StringRef method) {
  SmallVector<int64_t> results;
  auto missed = [&](const char *why) {
    weightMissed(weight.loc(), method, weight.name()) << remark::reason("{0}", why);
    return SmallVector<int64_t>();
  };
  for (const WeightUse &use : weight.uses()) {
    if (use.kind != WeightUse::Kind::Product)
      continue;
    if (use.activationAxis < 0)
      return missed("the axis along which its product sums is not known");
    int64_t result = exposure.resultOf({use.activation(), use.activationAxis});
    if (result < 0)
      return missed("is used within the graph of another operation");
    results.push_back(result);
  }
  llvm::sort(results);
  results.erase(llvm::unique(results), results.end());
  return results;
}

/// The constant of a matrix of the layers that kernels read as it is; the unit attribute for
/// others.
static Attribute valueOf(const LinearWeight &weight) {
  bool isEnd = weight.roles.embedding || weight.roles.output;
  bool isRead = weight.values.isPlain() && weight.type().getRank() == 2 && !isEnd &&
                onnx::isLarge(weight.type());
  Attribute value = isRead ? weight.op->getAttr("value") : Attribute();
  return value ? value : UnitAttr::get(weight.op->getContext());
}

namespace {
/// Weights that are multiplied with the same activations.
struct ExposedGroup {
  SmallVector<Attribute> names, values;
  SmallVector<int64_t> axes;

  void add(const LinearWeight &weight);
  Attribute describe(ArrayRef<int64_t> results, Builder &builder) const;
};
} // namespace

void ExposedGroup::add(const LinearWeight &weight) {
  names.push_back(StringAttr::get(weight.op->getContext(), weight.name()));
  values.push_back(valueOf(weight));
  axes.push_back(weight.inputAxis());
}

Attribute ExposedGroup::describe(ArrayRef<int64_t> results, Builder &builder) const {
  SmallVector<NamedAttribute> entries{
      builder.getNamedAttr("results", builder.getDenseI64ArrayAttr(results)),
      builder.getNamedAttr("weights", builder.getArrayAttr(names))};
  if (!llvm::all_of(values, llvm::IsaPred<UnitAttr>)) {
    entries.push_back(builder.getNamedAttr("axes", builder.getDenseI64ArrayAttr(axes)));
    entries.push_back(builder.getNamedAttr("values", builder.getArrayAttr(values)));
  }
  return builder.getDictionaryAttr(entries);
}

/// The stream before and behind segments and blocks.
static ArrayAttr exposeSegments(func::FuncOp function, Exposure &exposure) {
  Builder builder(function.getContext());
  SmallVector<Attribute> list;
  std::vector<ResidualSegment> segments = residualSegments(function);
  auto resultOf = [&](Value value) -> int64_t {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    bool fits = type && type.getRank() > 0 && !type.isDynamicDim(type.getRank() - 1) &&
                isa<FloatType>(type.getElementType());
    return fits ? exposure.resultOf({value, type.getRank() - 1}) : -1;
  };
  for (SegmentRange range : rangesOf(segments)) {
    int64_t before = resultOf(segments[range.first].before),
            behind = resultOf(segments[range.first + range.count - 1].behind);
    auto entry = [&](StringRef name, int64_t number) {
      return builder.getNamedAttr(name, builder.getI64IntegerAttr(number));
    };
    if (before >= 0 && behind >= 0)
      list.push_back(
          builder.getDictionaryAttr({entry("before", before), entry("behind", behind),
                                     entry("count", range.count), entry("first", range.first)}));
  }
  return builder.getArrayAttr(list);
}

void ExposeActivationsPass::runOnOperation() {
  ModuleOp module = getOperation();
  auto function = module.lookupSymbol<func::FuncOp>("main");
  if (!function || function.isExternal()) {
    module.emitError() << "expects a function 'main'";
    return signalPassFailure();
  }
  auto weights = selectLinearWeights(module, getArgument(),
                                     include.empty() ? "." : include.getValue(), exclude);
  if (failed(weights))
    return signalPassFailure();
  Exposure exposure(function);
  llvm::MapVector<SmallVector<int64_t>, ExposedGroup> groups;
  for (LinearWeight &weight : *weights)
    if (SmallVector<int64_t> results = resultsFor(weight, exposure, getArgument());
        !results.empty())
      groups[results].add(weight);
  ArrayAttr segments = exposeSegments(function, exposure);
  exposure.finish();
  Builder builder(&getContext());
  if (!segments.empty())
    module->setAttr(names::segments, segments);
  SmallVector<Attribute> records;
  for (auto &[results, group] : groups)
    records.push_back(group.describe(results, builder));
  module->setAttr(names::activations, builder.getArrayAttr(records));
}
