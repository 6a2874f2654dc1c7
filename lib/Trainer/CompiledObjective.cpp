// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of a student, and its gradient, as compiled code. Windows are read one after another:
// sums over them are in order, whatever the number of threads.
#include "lib/Trainer/CompiledObjective.h"
#include "lib/Differentiate/HiddenStates.h"
#include "lib/Differentiate/SingleText.h"
#include "lib/Import/MappedFile.h"
#include "lib/Run/InProcess.h"
#include "lib/Runtime/ReusedMemory.h"

#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Backward.h"
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

llvm::Error CompiledObjective::addParameters(const Student &student, GradientSpec &spec) {
  for (const TrainedConstant &constant : student.constants) {
    auto view = onnx::ConstantView::of(constant.op->getResult(0));
    if (!view)
      return llvm::createStringError("expects a constant of floats to train, found '" +
                                     onnx::valueName(constant.op->getResult(0)) + "'");
    spec.parameters.push_back(constant.op);
    shapes.push_back(runtime::Shape(view->type().getShape()));
    keepsZeros.push_back(constant.keepsZeros);
    starts.push_back({onnx::valueName(constant.op->getResult(0)).str(),
                      view->floats(0, view->size()), constant.rate, constant.decays});
  }
  constants = starts.size();
  return llvm::Error::success();
}

/// A map begins with zeros: it does not move the student before it has learned anything, and it is
/// a product with what is not zero, so that it does.
llvm::Error CompiledObjective::holdStates(func::FuncOp text, ModuleOp teacher,
                                          const ObjectiveSpec &spec, GradientSpec &gradient,
                                          SmallVector<Value> &states) {
  SmallVector<Value> own = hiddenStates(text),
                     others = hiddenStates(teacher.lookupSymbol<func::FuncOp>("main"));
  for (HiddenPair pair : pairHiddenStates(own, others, spec.hasNames)) {
    int64_t width = shapeOf(own[pair.own]).back(), other = shapeOf(others[pair.teacher]).back();
    gradient.hidden.push_back({pair.own, other});
    states.push_back(others[pair.teacher]);
    if (width == other)
      continue;
    starts.push_back({"map_" + std::to_string(gradient.hidden.size() - 1),
                      std::vector<float>(size_t(width * other)), 1, false});
    shapes.push_back({width, other});
    keepsZeros.push_back(false);
  }
  if (states.empty())
    return llvm::createStringError("expects hidden states that are the teacher's too ('hidden'), "
                                   "found " +
                                   llvm::Twine(own.size()) + ", and " + llvm::Twine(others.size()) +
                                   " of the teacher");
  gradient.hiddenFactor = spec.hidden;
  this->states = int64_t(states.size());
  return llvm::Error::success();
}

llvm::Error CompiledObjective::addTeacher(ModuleOp teacher, const ObjectiveSpec &spec,
                                          func::FuncOp text, GradientSpec &gradient,
                                          OwningOpRef<ModuleOp> &read) {
  readsLogits = spec.loss.readsTeacher();
  if (!readsLogits && spec.hidden == 0)
    return llvm::Error::success();
  Refusal refusal;
  auto logits = deriveLogits(teacher.lookupSymbol<func::FuncOp>("main"), spec.context, refusal);
  if (failed(logits))
    return llvm::createStringError("the teacher: " + refusal.reason);
  read = std::move(*logits);
  if (widthOf(*read) != ids)
    return llvm::createStringError("expects a teacher with the " + llvm::Twine(ids) +
                                   " ids of the model, found one with " +
                                   llvm::Twine(widthOf(*read)));
  if (spec.hidden == 0)
    return llvm::Error::success();
  SmallVector<Value> held;
  if (llvm::Error error = holdStates(text, *read, spec, gradient, held))
    return error;
  if (failed(returnHiddenStates(*read, held, readsLogits, refusal)))
    return llvm::createStringError("the teacher: " + refusal.reason);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<CompiledObjective>>
CompiledObjective::create(Student student, ModuleOp teacher, const ObjectiveSpec &spec) {
  std::unique_ptr<CompiledObjective> result(new CompiledObjective());
  auto graph = student.module->lookupSymbol<func::FuncOp>("main");
  if (!graph || graph.isExternal())
    return llvm::createStringError("expects a function 'main'");
  GradientSpec gradient;
  gradient.context = spec.context;
  gradient.loss = spec.loss;
  gradient.mostBytes = spec.mostBytes;
  result->takesUnit = spec.mostBytes >= 0;
  if (llvm::Error error = result->addParameters(student, gradient))
    return std::move(error);
  Refusal refusal;
  auto text = readSingleText(graph, spec.context, gradient.parameters, refusal);
  if (failed(text))
    return errorOf(refusal);
  result->ids = widthOf(**text);
  OwningOpRef<ModuleOp> read;
  if (llvm::Error error = result->addTeacher(
          teacher, spec, (*text)->lookupSymbol<func::FuncOp>("main"), gradient, read))
    return std::move(error);
  auto functions = deriveGradient(OwningOpRef<ModuleOp>((*text)->clone()), gradient, refusal);
  if (failed(functions))
    return errorOf(refusal);
  (*functions)->lookupSymbol<func::FuncOp>("main").setName(gradientName);
  gradient.wantsGradient = false;
  gradient.hidden.clear();
  auto loss = deriveGradient(std::move(*text), gradient, refusal);
  if (failed(loss))
    return errorOf(refusal);
  moveMain(**loss, **functions, lossName);
  if (read)
    moveMain(*read, **functions, teacherName);
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
  bool isGradient = name == gradientName;
  if (teacher && (readsLogits || isGradient)) {
    auto said = teacher->call({inputs.front()});
    if (!said)
      return cannotRead("the teacher: " + said.error(), count);
    if (llvm::Error error = expectNumbers(said->front()))
      return std::move(error);
    said->resize(isGradient ? said->size() : 1);
    llvm::append_range(inputs, *said);
  }
  auto addValues = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i)
      inputs.push_back(Tensor::borrow(runtime::ElementType::F32, shapes[i],
                                      const_cast<float *>(values[i].data())));
  };
  if (isGradient)
    addValues(constants, values.size());
  if (takesUnit && isGradient) {
    inputs.push_back(Tensor::allocate(runtime::ElementType::F32, {}));
    inputs.back().as<float>()[0] = 1;
  }
  addValues(0, constants);
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
