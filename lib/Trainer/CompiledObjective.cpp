// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of a student, and its gradient, as compiled code. Windows are read one after another:
// sums over them are in order, whatever the number of threads.
#include "lib/Trainer/CompiledObjective.h"
#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Differentiate/SingleText.h"
#include "lib/Import/MappedFile.h"
#include "lib/Run/InProcess.h"
#include "lib/Runtime/ReusedMemory.h"

#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/ScratchPages.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using runtime::Tensor;

static llvm::Error errorOf(const Refusal &refusal) {
  return llvm::createStringError(refusal.reason);
}

static constexpr char gradientName[] = "gradient", lossName[] = "loss", teacherName[] = "teacher";

/// Functions of one module share the weights that they read, packed once.
static void moveMain(ModuleOp from, ModuleOp to, StringRef name) {
  auto function = from.lookupSymbol<func::FuncOp>("main");
  function->remove();
  function.setName(name);
  to.push_back(function);
}

/// Ids of the logits that the graph of a text gives.
static int64_t widthOf(ModuleOp module) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  return cast<RankedTensorType>(function.getResultTypes().front()).getShape().back();
}

llvm::Expected<std::unique_ptr<CompiledObjective>>
CompiledObjective::create(Student student, ModuleOp teacher, const ObjectiveSpec &spec) {
  std::unique_ptr<CompiledObjective> result(new CompiledObjective());
  auto graph = student.module->lookupSymbol<func::FuncOp>("main");
  if (!graph || graph.isExternal())
    return llvm::createStringError("expects a function 'main'");
  GradientSpec gradient{spec.context, spec.loss, {}, true, spec.mostBytes};
  result->takesUnit = spec.mostBytes >= 0;
  for (const TrainedConstant &constant : student.constants) {
    auto view = onnx::ConstantView::of(constant.op->getResult(0));
    if (!view)
      return llvm::createStringError("expects a constant of floats to train, found '" +
                                     onnx::valueName(constant.op->getResult(0)) + "'");
    gradient.parameters.push_back(constant.op);
    result->shapes.push_back(runtime::Shape(view->type().getShape()));
    result->keepsZeros.push_back(constant.keepsZeros);
    result->starts.push_back({onnx::valueName(constant.op->getResult(0)).str(),
                              view->floats(0, view->size()), constant.rate, constant.decays});
  }
  Refusal refusal;
  auto text = readSingleText(graph, spec.context, gradient.parameters, refusal);
  if (failed(text))
    return errorOf(refusal);
  result->ids = widthOf(**text);
  auto functions = deriveGradient(OwningOpRef<ModuleOp>((*text)->clone()), gradient, refusal);
  if (failed(functions))
    return errorOf(refusal);
  (*functions)->lookupSymbol<func::FuncOp>("main").setName(gradientName);
  gradient.wantsGradient = false;
  auto loss = deriveGradient(std::move(*text), gradient, refusal);
  if (failed(loss))
    return errorOf(refusal);
  moveMain(**loss, **functions, lossName);
  if (spec.loss.readsTeacher()) {
    auto read = deriveLogits(teacher.lookupSymbol<func::FuncOp>("main"), spec.context, refusal);
    if (failed(read))
      return llvm::createStringError("the teacher: " + refusal.reason);
    if (widthOf(**read) != result->ids)
      return llvm::createStringError("expects a teacher with the " + llvm::Twine(result->ids) +
                                     " ids of the model, found one with " +
                                     llvm::Twine(widthOf(**read)));
    moveMain(**read, **functions, teacherName);
  }
  auto code = compileInProcess(std::move(*functions), spec.targetCpu, runtime::reusedMemory());
  if (!code)
    return code.takeError();
  result->code = std::move(*code);
  // Steps read what is packed.
  MappedFile::forgetPages();
  leaveScratchOnDisk();
  result->teacher = result->code->function(teacherName);
  return std::move(result);
}

/// What calls reused is for others now.
CompiledObjective::~CompiledObjective() { runtime::emptyReusedMemory(); }

/// What a compiled function could not read, such as a place beyond a table of positions.
static llvm::Error cannotRead(const llvm::Twine &why, int64_t count) {
  return llvm::createStringError(why + ", in a window of " + llvm::Twine(count) +
                                 " tokens ('context')");
}

/// The last row, which all tokens go into, tells of a teacher that is broken.
static llvm::Error expectNumbers(const Tensor &logits) {
  int64_t width = logits.shape().back(), size = logits.count();
  for (int64_t i = size - width; i < size; ++i)
    if (std::isnan(logits.at(i)))
      return llvm::createStringError("the teacher: expects logits that are numbers, found nan");
  return llvm::Error::success();
}

llvm::Expected<std::vector<Tensor>> CompiledObjective::call(const char *name,
                                                            const TokenWindow &window, double total,
                                                            const ParameterValues &values) {
  int64_t count = int64_t(window.tokens.size());
  std::vector<Tensor> inputs{
      Tensor::ofIntegers(runtime::ElementType::I64, {1, count}, window.tokens),
      Tensor::allocate(runtime::ElementType::F32, {count})};
  for (int64_t i = 0; i < count; ++i)
    inputs[1].as<float>()[i] = float(window.weights[size_t(i)] / total);
  if (teacher) {
    auto logits = teacher->call({inputs.front()});
    if (!logits)
      return cannotRead("the teacher: " + logits.error(), count);
    if (llvm::Error error = expectNumbers(logits->front()))
      return std::move(error);
    inputs.push_back(logits->front());
  }
  if (takesUnit && name == gradientName) {
    inputs.push_back(Tensor::allocate(runtime::ElementType::F32, {}));
    inputs.back().as<float>()[0] = 1;
  }
  for (auto [value, shape] : llvm::zip_equal(values, shapes))
    inputs.push_back(
        Tensor::borrow(runtime::ElementType::F32, shape, const_cast<float *>(value.data())));
  auto outputs = code->function(name)->call(inputs);
  if (!outputs)
    return cannotRead(outputs.error(), count);
  return std::move(*outputs);
}

llvm::Expected<double> CompiledObjective::loss(ArrayRef<TokenWindow> windows, double total,
                                               const ParameterValues &values) {
  double sum = 0;
  for (const TokenWindow &window : windows) {
    auto outputs = call(lossName, window, total, values);
    if (!outputs)
      return outputs.takeError();
    sum += outputs->front().at(0);
  }
  return sum;
}

/// What has no gradient has no moments either, and stays zero.
static void clearWhereZero(ArrayRef<float> values, float *gradient) {
  for (size_t i = 0; i < values.size(); ++i)
    gradient[i] = values[i] == 0 ? 0 : gradient[i];
}

/// Large models wait for memory here: what is first is written, and not added to zeros.
static void addTo(std::vector<float> &sum, ArrayRef<float> add) {
  if (sum.empty())
    sum.assign(add.begin(), add.end());
  else
    for (size_t i = 0; i < add.size(); ++i)
      sum[i] += add[i];
}

llvm::Expected<double> CompiledObjective::addGradient(ArrayRef<TokenWindow> windows, double total,
                                                      const ParameterValues &values,
                                                      ParameterValues &gradient) {
  double sum = 0;
  for (const TokenWindow &window : windows) {
    auto outputs = call(gradientName, window, total, values);
    if (!outputs)
      return outputs.takeError();
    sum += outputs->front().at(0);
    for (size_t i = 0; i < values.size(); ++i) {
      float *add = (*outputs)[i + 1].as<float>();
      if (keepsZeros[i])
        clearWhereZero(values[i], add);
      addTo(gradient[i], ArrayRef(add, values[i].size()));
    }
  }
  return sum;
}
