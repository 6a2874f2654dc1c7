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

/// The value, or null with its reason kept.
template <typename T> static T *orNull(Result<T *> result) {
  if (result)
    return *result;
  lastError() = result.error();
  return nullptr;
}

static Function &find(retort_model *model, const char *name) {
  if (Function *function = model->model->function(name))
    return *function;
  throw Failure("the model has no function '" + std::string(name) + "'");
}

const char *retort_last_error(void) { return lastError().c_str(); }

retort_model *retort_model_load(const char *path) {
  auto model = Model::load(path);
  if (model)
    return new retort_model{std::move(*model)};
  lastError() = model.error();
  return nullptr;
}

void retort_model_free(retort_model *model) { delete model; }

int64_t retort_model_context(const retort_model *model) {
  return model->model->manifest().language.context;
}

int64_t retort_model_vocabulary(const retort_model *model) {
  return model->model->manifest().language.vocabulary;
}

int64_t retort_model_bos(const retort_model *model) {
  return model->model->manifest().language.bos.value_or(-1);
}

int retort_model_is_eos(const retort_model *model, int64_t token) {
  const std::vector<int64_t> &eos = model->model->manifest().language.eos;
  return std::find(eos.begin(), eos.end(), token) != eos.end();
}

static const std::vector<ValueInfo> *valuesOf(retort_model *model, const char *name, bool inputs) {
  Function *function = model->model->function(name);
  return !function ? nullptr : inputs ? &function->info().inputs : &function->info().outputs;
}

static int64_t countValues(const std::vector<ValueInfo> *values) {
  return values ? int64_t(values->size()) : -1;
}

static const char *nameOf(const std::vector<ValueInfo> *values, int64_t index) {
  return values && index >= 0 && index < countValues(values) ? (*values)[index].name.c_str()
                                                             : nullptr;
}

int64_t retort_input_count(retort_model *model, const char *function) {
  return countValues(valuesOf(model, function, true));
}

int64_t retort_output_count(retort_model *model, const char *function) {
  return countValues(valuesOf(model, function, false));
}

const char *retort_input_name(retort_model *model, const char *function, int64_t index) {
  return nameOf(valuesOf(model, function, true), index);
}

const char *retort_output_name(retort_model *model, const char *function, int64_t index) {
  return nameOf(valuesOf(model, function, false), index);
}

static Tensor borrowed(const retort_tensor &tensor) {
  auto type = elementTypeOfOnnx(tensor.type);
  if (!type)
    throw Failure("element type " + std::to_string(tensor.type) + " is not a number type");
  return Tensor::borrow(*type, Shape(tensor.shape, tensor.shape + tensor.rank), tensor.data);
}

retort_results *retort_call(retort_model *model, const char *function, const retort_tensor *inputs,
                            size_t count) {
  return orNull(catching<retort_results *>([&] {
    std::vector<Tensor> list;
    for (size_t i = 0; i < count; ++i)
      list.push_back(borrowed(inputs[i]));
    auto outputs = find(model, function).call(list);
    if (!outputs)
      throw Failure(outputs.error());
    return new retort_results{std::move(*outputs)};
  }));
}

retort_tensor retort_result(const retort_results *results, size_t index) {
  const Tensor &tensor = results->tensors[index];
  return {info(tensor.type()).onnx, tensor.rank(), tensor.shape().data(), tensor.data()};
}

void retort_results_free(retort_results *results) { delete results; }

retort_session *retort_session_start(retort_model *model) {
  auto session = model->model->startSession();
  if (session)
    return new retort_session{std::move(*session), {}};
  lastError() = session.error();
  return nullptr;
}

int retort_session_step(retort_session *session, const int64_t *tokens, size_t count,
                        const float **logits, int64_t *vocabulary) {
  auto status = catching<Done>([&] {
    auto output = session->session->step(std::vector<int64_t>(tokens, tokens + count));
    if (!output)
      throw Failure(output.error());
    session->logits = output->floats(0, output->count());
    *logits = session->logits.data();
    *vocabulary = output->shape().empty() ? 0 : output->shape().back();
    return Done();
  });
  if (status)
    return 0;
  lastError() = status.error();
  return 1;
}

int64_t retort_session_position(const retort_session *session) {
  return session->session->position();
}

void retort_session_reset(retort_session *session) { session->session->reset(); }

void retort_session_free(retort_session *session) { delete session; }

void retort_set_threads(unsigned threads) { ThreadPool::setSharedThreads(threads); }

int64_t retort_threads(void) { return ThreadPool::shared().threads(); }

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
