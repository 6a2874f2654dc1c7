// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C interface. No exception leaves it.
#include "lib/Runtime/Model.h"
#include "lib/Runtime/ThreadPool.h"
#include "retort/Runtime.h"

#include <algorithm>
#include <cstring>

using namespace retort::runtime;

struct retort_model {
  std::unique_ptr<Model> model;
};

struct retort_results {
  std::vector<Tensor> tensors;
};

struct retort_session {
  std::unique_ptr<Session> session;
  std::vector<float> logits;
};

static std::string &lastError() {
  static thread_local std::string message;
  return message;
}

/// What `action` returns; `otherwise`, with the reason kept, where it throws.
template <typename T, typename Action> static T guarded(T otherwise, Action &&action) {
  auto result = catching<T>(std::forward<Action>(action));
  if (result)
    return *result;
  lastError() = result.error();
  return otherwise;
}

template <typename T> static T valueOf(Result<T> result) {
  if (!result)
    throw Failure(result.error());
  return std::move(*result);
}

/// What was given for `name`.
template <typename T> static T &given(T *pointer, const char *name) {
  if (!pointer)
    throw Failure("expects a pointer for '" + std::string(name) + "' (found NULL)");
  return *pointer;
}

static Function &find(retort_model *model, const char *name) {
  Model &owner = *given(model, "model").model;
  if (Function *function = owner.function(&given(name, "function")))
    return *function;
  throw Failure("the model has no function '" + std::string(name) + "'");
}

const char *retort_last_error(void) { return lastError().c_str(); }

retort_model *retort_model_load(const char *path) {
  return guarded<retort_model *>(
      nullptr, [&] { return new retort_model{valueOf(Model::load(&given(path, "path")))}; });
}

void retort_model_free(retort_model *model) { delete model; }

static const LanguageInfo &languageOf(const retort_model *model) {
  return given(model, "model").model->manifest().language;
}

int64_t retort_model_context(const retort_model *model) {
  return guarded<int64_t>(0, [&] { return languageOf(model).context; });
}

int64_t retort_model_vocabulary(const retort_model *model) {
  return guarded<int64_t>(0, [&] { return languageOf(model).vocabulary; });
}

int64_t retort_model_bos(const retort_model *model) {
  return guarded<int64_t>(-1, [&] { return languageOf(model).bos.value_or(-1); });
}

int retort_model_is_eos(const retort_model *model, int64_t token) {
  return guarded<int>(0, [&] {
    const std::vector<int64_t> &eos = languageOf(model).eos;
    return std::find(eos.begin(), eos.end(), token) != eos.end();
  });
}

static const std::vector<ValueInfo> &valuesOf(retort_model *model, const char *name, bool inputs) {
  const FunctionInfo &info = find(model, name).info();
  return inputs ? info.inputs : info.outputs;
}

static const char *nameOf(const std::vector<ValueInfo> &values, int64_t index) {
  if (index < 0 || index >= int64_t(values.size()))
    throw Failure("expects an index below " + std::to_string(values.size()) + " (found " +
                  std::to_string(index) + ")");
  return values[size_t(index)].name.c_str();
}

int64_t retort_input_count(retort_model *model, const char *function) {
  return guarded<int64_t>(-1, [&] { return int64_t(valuesOf(model, function, true).size()); });
}

int64_t retort_output_count(retort_model *model, const char *function) {
  return guarded<int64_t>(-1, [&] { return int64_t(valuesOf(model, function, false).size()); });
}

const char *retort_input_name(retort_model *model, const char *function, int64_t index) {
  return guarded<const char *>(nullptr,
                               [&] { return nameOf(valuesOf(model, function, true), index); });
}

const char *retort_output_name(retort_model *model, const char *function, int64_t index) {
  return guarded<const char *>(nullptr,
                               [&] { return nameOf(valuesOf(model, function, false), index); });
}

// NumPy's bound; a rank beyond it is not a rank.
static constexpr int64_t mostAxes = 64;

static Shape shapeOf(const retort_tensor &tensor) {
  if (tensor.rank < 0 || tensor.rank > mostAxes)
    throw Failure("expects a rank from 0 to " + std::to_string(mostAxes) + " (found " +
                  std::to_string(tensor.rank) + ")");
  if (tensor.rank == 0)
    return {};
  const int64_t *sizes = &given(tensor.shape, "shape");
  for (int64_t axis = 0; axis < tensor.rank; ++axis)
    if (sizes[axis] < 0)
      throw Failure("expects sizes of at least 0 (found " + std::to_string(sizes[axis]) +
                    " for axis " + std::to_string(axis) + ")");
  return Shape(sizes, sizes + tensor.rank);
}

int retort_input_has_default(retort_model *model, const char *function, int64_t index) {
  return guarded<int>(0, [&] {
    const std::vector<ValueInfo> &inputs = valuesOf(model, function, true);
    return nameOf(inputs, index) && inputs[size_t(index)].hasDefault() ? 1 : 0;
  });
}

static Tensor borrowed(const retort_tensor &tensor) {
  if (tensor.type == 0)
    return Tensor();
  auto type = elementTypeOfOnnx(tensor.type);
  if (!type)
    throw Failure("element type " + std::to_string(tensor.type) + " is not a number type");
  Shape shape = shapeOf(tensor);
  if (countOf(shape) == 0)
    return Tensor::allocate(*type, shape);
  return Tensor::borrow(*type, shape, &given(static_cast<char *>(tensor.data), "data"));
}

/// The inputs of a call; messages begin with the number of the tensor.
static std::vector<Tensor> borrowAll(const retort_tensor *inputs, size_t count, size_t expected) {
  if (count != expected)
    throw Failure("expects " + std::to_string(expected) + " inputs (found " +
                  std::to_string(count) + ")");
  std::vector<Tensor> list;
  for (size_t i = 0; i < count; ++i) {
    auto tensor = catching<Tensor>([&] { return borrowed((&given(inputs, "inputs"))[i]); });
    if (!tensor)
      throw Failure("input " + std::to_string(i) + ": " + tensor.error());
    list.push_back(std::move(*tensor));
  }
  return list;
}

retort_results *retort_call(retort_model *model, const char *function, const retort_tensor *inputs,
                            size_t count) {
  return guarded<retort_results *>(nullptr, [&] {
    Function &callee = find(model, function);
    std::vector<Tensor> list = borrowAll(inputs, count, callee.info().inputs.size());
    return new retort_results{valueOf(callee.call(list))};
  });
}

retort_tensor retort_result(const retort_results *results, size_t index) {
  return guarded<retort_tensor>({0, 0, nullptr, nullptr}, [&] {
    const std::vector<Tensor> &tensors = given(results, "results").tensors;
    if (index >= tensors.size())
      throw Failure("expects an index below " + std::to_string(tensors.size()) + " (found " +
                    std::to_string(index) + ")");
    const Tensor &tensor = tensors[index];
    return retort_tensor{info(tensor.type()).onnx, tensor.rank(), tensor.shape().data(),
                         tensor.data()};
  });
}

void retort_results_free(retort_results *results) { delete results; }

retort_session *retort_session_start(retort_model *model) {
  return guarded<retort_session *>(nullptr, [&] {
    return new retort_session{valueOf(given(model, "model").model->startSession()), {}};
  });
}

/// Leaves the logits of all tokens in the session.
static int64_t stepOver(retort_session &session, const int64_t *tokens, size_t count) {
  // More than any context; a negative number that became a size.
  if (count > size_t(INT32_MAX))
    throw Failure("expects at most " + std::to_string(INT32_MAX) + " tokens (found " +
                  std::to_string(count) + ")");
  std::vector<int64_t> list;
  if (count)
    list.assign(&given(tokens, "tokens"), tokens + count);
  Tensor output = valueOf(session.session->step(list));
  session.logits = output.floats(0, output.count());
  return output.shape().empty() ? 0 : output.shape().back();
}

int retort_session_step(retort_session *session, const int64_t *tokens, size_t count,
                        const float **logits, int64_t *vocabulary) {
  return guarded<int>(1, [&] {
    const float *&rows = given(logits, "logits");
    int64_t &width = given(vocabulary, "vocabulary");
    width = stepOver(given(session, "session"), tokens, count);
    rows = session->logits.data();
    return 0;
  });
}

retort_session *retort_session_fork(const retort_session *session) {
  return guarded<retort_session *>(nullptr, [&] {
    return new retort_session{valueOf(given(session, "session").session->fork()), {}};
  });
}

int retort_session_save(const retort_session *session, const char *path) {
  return guarded<int>(1, [&] {
    valueOf(writeState(&given(path, "path"), given(session, "session").session->state()));
    return 0;
  });
}

int retort_session_restore(retort_session *session, const char *path) {
  return guarded<int>(1, [&] {
    Session &into = *given(session, "session").session;
    valueOf(into.restore(valueOf(readState(&given(path, "path")))));
    return 0;
  });
}

int64_t retort_session_position(const retort_session *session) {
  return guarded<int64_t>(-1, [&] { return given(session, "session").session->position(); });
}

void retort_session_reset(retort_session *session) {
  guarded<Done>({}, [&] {
    given(session, "session").session->reset();
    return Done();
  });
}

void retort_session_free(retort_session *session) { delete session; }

int retort_set_threads(unsigned threads) {
  return guarded<int>(1, [&] {
    valueOf(ThreadPool::setSharedThreads(threads));
    return 0;
  });
}

int64_t retort_threads(void) {
  return guarded<int64_t>(1, [] { return int64_t(ThreadPool::shared().threads()); });
}

/// The message of a failed region where it outlives every destructor; null where all went well.
static const char *runRegion(ThreadPool::Body body, void *context) {
  static thread_local char message[512];
  Status status = ThreadPool::shared().run(body, context);
  if (status)
    return nullptr;
  std::strncpy(message, status.error().c_str(), sizeof(message) - 1);
  return message;
}

void retort_parallel(void (*body)(void *context, int64_t part, int64_t parts), void *context) {
  if (const char *message = runRegion(body, context))
    retort_fail(message);
}
