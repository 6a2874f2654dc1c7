// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits what a retention has and attention has not.
//
//   %t = llm.attention(%q, %k, %v)   ->   the same, %y = llm.retention(%q, %k, %v decay -exp(%u)),
//   and return %logits                        return mean over heads and channels of (%y - %t)^2 /
//   ...
#include "lib/Compress/ReplaceAttentionByRetention/FitRetention.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Names.h"

using namespace mlir;
using namespace retort;

/// Enough for a number for each channel.
static constexpr int64_t windowsOfNorms = 8;

namespace {
/// The constants of one layer in the student.
struct FittedLayer {
  Operation *rates = nullptr;                      ///< logarithms of -logDecay
  Operation *constants = nullptr, *norm = nullptr; ///< null where the form has none

  SmallVector<Operation *> all() const {
    return norm ? SmallVector<Operation *>{rates, constants, norm}
                : SmallVector<Operation *>{rates};
  }
};

/// Builds the student's losses beside its attentions.
class Transfer {
public:
  Transfer(func::FuncOp graph, RetentionForm form) : graph(graph), form(form) {}

  FittedLayer add(llm::AttentionOp attention, const RetentionParameters &start);
  /// In place of the logits.
  LogicalResult returnLosses();

private:
  Value lossOf(OnnxBuilder &b, Value student, Value teacher);

  func::FuncOp graph;
  RetentionForm form;
  SmallVector<Value> losses; ///< of layers, BxT
};
} // namespace

/// BxHxTxE, both: sum over heads and channels of the squares, by their mean over rows of the
/// teacher's.
Value Transfer::lossOf(OnnxBuilder &b, Value student, Value teacher) {
  Type f32 = b.raw().getF32Type();
  Value t = b.cast(teacher, f32), d = b.subtract(b.cast(student, f32), t);
  auto ofRow = [&](Value x) { // BxT
    return b.squeeze(b.reduceSum(b.multiply(x, x), {1, 3}), {1, 3});
  };
  return b.divide(ofRow(d), b.add(b.meanAlongLast(ofRow(t)), b.number(1e-12, f32)));
}

FittedLayer Transfer::add(llm::AttentionOp attention, const RetentionParameters &start) {
  OpBuilder builder(attention->getContext());
  builder.setInsertionPointAfter(attention);
  Location loc = attention.getLoc();
  OnnxBuilder b(builder, loc);
  FittedLayer layer;
  // One or more numbers for each of `count` heads.
  auto constant = [&](size_t count, ArrayRef<float> numbers) {
    SmallVector<int64_t> shape{1, int64_t(count), 1, int64_t(numbers.size() / count)};
    return createFloats(builder, loc, "retention", shape, numbers).getDefiningOp();
  };
  SmallVector<float> rates;
  for (float decay : start.logDecays)
    rates.push_back(std::log(-decay));
  layer.rates = constant(rates.size(), rates);
  Value rate = layer.rates->getResult(0);
  Value decay = b.negate(onnx::ExpOp::create(builder, loc, rate.getType(), rate));
  RetentionValues values{decay, {}, {}};
  if (!start.norm.empty()) {
    layer.constants = constant(start.constants.size(), start.constants);
    layer.norm = constant(start.constants.size(), start.norm);
    values.constants = layer.constants->getResult(0);
    values.norm = layer.norm->getResult(0);
  }
  Replacement replacement(builder, attention, values);
  losses.push_back(lossOf(b, replacement.run(form), attention.getResult()));
  return layer;
}

LogicalResult Transfer::returnLosses() {
  Operation *end = graph.getBody().front().getTerminator();
  OpBuilder builder(end);
  OnnxBuilder b(builder, graph.getLoc());
  for (unsigned i = 0; i < graph.getNumResults(); ++i) {
    auto role = graph.getResultAttrOfType<StringAttr>(i, names::role);
    if (!role || role.getValue() != "logits")
      continue;
    Value sum = losses.front();
    for (Value loss : ArrayRef(losses).drop_front())
      sum = b.add(sum, loss);
    end->setOperand(i, b.unsqueeze(sum, {2}));
    graph.removeResultAttr(i, StringAttr::get(graph.getContext(), "onnx.dims"));
    graph.setType(
        FunctionType::get(graph.getContext(), graph.getArgumentTypes(), end->getOperandTypes()));
    return onnx::SymbolicDims().infer(graph);
  }
  return graph.emitError() << "expects a result that is logits, which retort-recognize finds";
}

static RetentionParameters learned(const FittedLayer &layer, ArrayRef<std::vector<float>> values) {
  RetentionParameters result;
  for (float rate : values.front())
    result.logDecays.push_back(-std::exp(rate));
  if (layer.norm) {
    result.constants = values[1];
    result.norm = values[2];
  }
  return result;
}

namespace {
/// A copy of the module that computes losses, and the constants of its layers.
struct TransferStudent {
  Student student;
  std::vector<FittedLayer> layers;
};

/// The fit of some attentions.
class Fit {
public:
  Fit(ModuleOp module, StringRef method, ArrayRef<llm::AttentionOp> attentions, RetentionForm form,
      const TrainingOptions &options)
      : module(module), method(method), attentions(attentions), form(form), options(options) {
    for (llm::AttentionOp attention : attentions)
      parameters.push_back(RetentionParameters::initial(attention, form));
  }

  LogicalResult solveNorms();
  LogicalResult train();
  std::vector<RetentionParameters> take() { return std::move(parameters); }

private:
  FailureOr<TransferStudent> makeStudent();
  FailureOr<std::vector<std::vector<double>>> gradientOfNorms();

  ModuleOp module;
  StringRef method;
  ArrayRef<llm::AttentionOp> attentions;
  RetentionForm form;
  const TrainingOptions &options;
  std::vector<RetentionParameters> parameters;
};
} // namespace

FailureOr<TransferStudent> Fit::makeStudent() {
  IRMapping map;
  TransferStudent result;
  result.student = studentOf(module, map);
  func::FuncOp graph = graphToTrain(*result.student.module, method);
  if (!graph)
    return failure();
  Transfer transfer(graph, form);
  for (auto [attention, start] : llvm::zip_equal(attentions, parameters)) {
    auto copy =
        map.lookup(llm::AttentionOp(attention).getResult()).getDefiningOp<llm::AttentionOp>();
    result.layers.push_back(transfer.add(copy, start));
  }
  if (failed(transfer.returnLosses()))
    return failure();
  return result;
}

/// Of each layer, over some windows.
FailureOr<std::vector<std::vector<double>>> Fit::gradientOfNorms() {
  const TrainsModels *host = TrainsModels::of(module);
  if (!host)
    return emitCannotTrain(module, method);
  auto made = makeStudent();
  if (failed(made))
    return failure();
  std::vector<std::vector<double>> sums;
  for (auto [layer, start] : llvm::zip_equal(made->layers, parameters)) {
    made->student.constants.push_back({layer.norm, 1, /*decays=*/false});
    sums.emplace_back(start.norm.size());
  }
  auto add = [&](double, ArrayRef<ArrayRef<float>> gradients) {
    for (auto [sum, gradient] : llvm::zip_equal(sums, gradients))
      for (size_t i = 0; i < sum.size(); ++i)
        sum[i] += gradient[i];
    return llvm::Error::success();
  };
  if (llvm::Error error =
          host->gradients(std::move(made->student), module, options, windowsOfNorms, add))
    return module.emitError() << "'" << method << "': " << llvm::toString(std::move(error));
  return sums;
}

/// The loss is a square in the weight of each channel, so that its slopes at two points tell where
/// it is least: g(w) = g(0) + w (g(1) - g(0)).
LogicalResult Fit::solveNorms() {
  std::vector<std::vector<double>> slopes[2];
  for (float weight : {0.0f, 1.0f}) {
    for (RetentionParameters &each : parameters)
      each.norm.assign(each.norm.size(), weight);
    auto found = gradientOfNorms();
    if (failed(found))
      return failure();
    slopes[weight == 1] = std::move(*found);
  }
  for (size_t layer = 0; layer < parameters.size(); ++layer)
    for (size_t i = 0; i < parameters[layer].norm.size(); ++i) {
      double at0 = slopes[0][layer][i], change = slopes[1][layer][i] - at0;
      parameters[layer].norm[i] = change > 0 ? float(-at0 / change) : 0;
    }
  return success();
}

LogicalResult Fit::train() {
  auto made = makeStudent();
  if (failed(made))
    return failure();
  for (const FittedLayer &layer : made->layers)
    for (Operation *op : layer.all())
      made->student.constants.push_back({op, 1, /*decays=*/false});
  auto trained = trainStudent(module, method, std::move(made->student), options);
  if (failed(trained))
    return failure();
  ArrayRef<std::vector<float>> values = trained->values;
  if (values.empty())
    return success();
  for (auto [layer, found] : llvm::zip_equal(made->layers, parameters)) {
    size_t count = layer.all().size();
    found = learned(layer, values.take_front(count));
    values = values.drop_front(count);
  }
  return success();
}

FailureOr<std::vector<RetentionParameters>>
retort::fitRetention(ModuleOp module, StringRef method, ArrayRef<llm::AttentionOp> attentions,
                     RetentionForm form, const TrainingOptions &options) {
  Fit fit(module, method, attentions, form, options);
  if (form == RetentionForm::Normalized && failed(fit.solveNorms()))
    return failure();
  if (failed(fit.train()))
    return failure();
  return fit.take();
}
