// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up how much a model's loss depends on what its weights give.
//
// 1. For each token of a window a label is drawn from what the model says comes next: the mean of g
//    g' over such labels is the Fisher information, that over the text's own ones is not.
// 2. The gradient of the sum of -log p(label) with respect to the outputs of each weight: rows g.
// 3. g g' is added up, and x x' of the inputs, weighted by |g|^2.
#include "lib/Calibrate/OutputObserver.h"
#include "lib/Calibrate/DrawnLabels.h"
#include "lib/Differentiate/OutputGradients.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Run/InProcess.h"
#include "lib/Runtime/ReusedMemory.h"

#include <cmath>
#include <cstring>

using namespace retort;
using runtime::Tensor;

OutputObserver::Sums::Sums(int64_t outputs, int64_t inputs, llvm::StringRef folder)
    : gram(outputs, folder), inputs(inputs, folder) {}

void OutputObserver::Sums::write(OutputMoments &moments, llvm::StringRef folder) {
  writtenGram = gram.rounded(folder);
  writtenInputs = inputs.rounded(folder);
  moments = {rows, writtenGram.list(), writtenInputs.list(), squares};
}

OutputObserver::~OutputObserver() {
  gradient.reset();
  runtime::emptyReusedMemory();
}

llvm::Expected<std::unique_ptr<OutputObserver>>
OutputObserver::create(const ObservedModel &observed, int64_t context, llvm::StringRef folder) {
  mlir::ModuleOp module = *observed.graph;
  auto graph = module.lookupSymbol<mlir::func::FuncOp>("main");
  llvm::StringSet<> names;
  for (const ExposedActivations &exposed : observed.activations)
    names.insert(exposed.weights.begin(), exposed.weights.end());
  Refusal refusal;
  auto derived = deriveOutputGradients(graph, context, names, refusal);
  if (failed(derived))
    return makeError(refusal.reason);
  auto code = compileInProcess(std::move(derived->module), "native", runtime::reusedMemory());
  if (!code)
    return code.takeError();
  std::unique_ptr<OutputObserver> result(new OutputObserver());
  result->gradient = std::move(*code);
  result->folder = folder.str();
  const auto &outputs = observed.model->function("main")->info().outputs;
  llvm::StringMap<const ExposedActivations *> sources;
  for (const ExposedActivations &exposed : observed.activations)
    for (const std::string &weight : exposed.weights)
      sources[weight] = &exposed;
  for (WeightGradients &each : derived->weights) {
    const ExposedActivations &source = *sources[each.weight];
    int64_t activation = source.outputs.front(), inputs = outputs[activation].shape.back();
    // Of several activations nobody says which one makes which row.
    if (source.outputs.size() > 1 || each.results.size() > 1 || inputs < 0)
      inputs = 0;
    result->all.push_back({each.weight, each.outputs, inputs, each.results, activation,
                           Sums(each.outputs, inputs, folder), Sums(each.outputs, inputs, folder)});
  }
  return std::move(result);
}

llvm::Error OutputObserver::add(Observation &each, const std::vector<Tensor> &gradients,
                                const std::vector<Tensor> &outputs) {
  Sums &sums = isHeld ? each.held : each.fitted;
  std::vector<float> lengths;
  for (int64_t result : each.results) {
    const Tensor &rows = gradients[result];
    int64_t count = rows.count() / each.outputs;
    lengths.assign(count, 0);
    for (int64_t t = 0; t < count; ++t) {
      double squares = 0;
      const float *row = rows.as<float>() + t * each.outputs;
      for (int64_t i = 0; i < each.outputs; ++i)
        squares += double(row[i]) * row[i];
      if (!std::isfinite(squares))
        return makeError("the gradient at the outputs of '" + each.weight +
                         "' is not finite at row " + llvm::Twine(t));
      sums.squares += squares;
      lengths[t] = float(std::sqrt(squares));
    }
    sums.gram.add(rows.as<float>(), count);
    sums.rows += count;
  }
  if (each.inputs == 0)
    return llvm::Error::success();
  Tensor rows = outputs[each.activation].floatRows(0, int64_t(lengths.size()));
  std::vector<float> weighted(rows.as<float>(), rows.as<float>() + rows.count());
  for (size_t t = 0; t < lengths.size(); ++t)
    for (int64_t k = 0; k < each.inputs; ++k)
      weighted[t * each.inputs + k] *= lengths[t];
  sums.inputs.add(weighted.data(), int64_t(lengths.size()));
  return llvm::Error::success();
}

llvm::Error OutputObserver::observe(const text::TokenIds &window, const Tensor &logits,
                                    const std::vector<Tensor> &outputs, size_t call) {
  runtime::Function &function = *gradient->function("main");
  std::vector<int64_t> labels = drawLabels(logits, call);
  int64_t count = int64_t(window.size());
  if (int64_t(labels.size()) != count)
    return makeError("logits of " + llvm::Twine(labels.size()) + " tokens, expects those of " +
                     llvm::Twine(count));
  std::vector<Tensor> inputs;
  for (const std::vector<int64_t> &ids : {std::vector<int64_t>(window), labels})
    inputs.push_back(
        Tensor::ofIntegers(function.info().inputs[inputs.size()].type, {1, count}, ids));
  auto gradients = function.call(inputs);
  if (!gradients)
    return makeError(gradients.error());
  for (Observation &each : all)
    if (llvm::Error error = add(each, *gradients, outputs))
      return error;
  return llvm::Error::success();
}

void OutputObserver::save(llvm::raw_ostream &stream) const {
  for (const Observation &each : all)
    for (const Sums *sums : {&each.fitted, &each.held}) {
      stream.write(reinterpret_cast<const char *>(&sums->squares), sizeof(sums->squares));
      stream.write(reinterpret_cast<const char *>(&sums->rows), sizeof(sums->rows));
      sums->gram.save(stream);
      sums->inputs.save(stream);
    }
}

/// All, or nothing is changed.
bool OutputObserver::load(llvm::StringRef &bytes) {
  size_t whole = 0;
  for (const Observation &each : all)
    for (const Sums *sums : {&each.fitted, &each.held})
      whole += sizeof(sums->squares) + sizeof(sums->rows) + sums->gram.savedBytes() +
               sums->inputs.savedBytes();
  if (bytes.size() != whole)
    return false;
  for (Observation &each : all)
    for (Sums *sums : {&each.fitted, &each.held}) {
      size_t size = sizeof(sums->squares) + sizeof(sums->rows);
      std::memcpy(&sums->squares, bytes.data(), sizeof(sums->squares));
      std::memcpy(&sums->rows, bytes.data() + sizeof(sums->squares), sizeof(sums->rows));
      bytes = bytes.drop_front(size);
      if (!sums->gram.load(bytes) || !sums->inputs.load(bytes))
        return false;
    }
  return true;
}

void OutputObserver::addTo(std::vector<StatisticsRecord> &records) {
  llvm::StringMap<Observation *> places;
  for (Observation &each : all)
    places[each.weight] = &each;
  for (StatisticsRecord &record : records) {
    record.outputs.assign(record.weights.size(), {});
    for (auto [weight, known] : llvm::zip_equal(record.weights, record.outputs)) {
      Observation *found = places.lookup(weight);
      if (!found)
        continue;
      known.outputs = found->outputs;
      found->fitted.write(known.fitted, folder);
      found->held.write(known.held, folder);
    }
  }
}
