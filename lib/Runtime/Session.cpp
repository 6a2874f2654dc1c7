// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The state of a step function: buffers that the code updates in place, and how many tokens they
// hold.
#include "lib/Runtime/Model.h"

#include <sys/mman.h>

using namespace retort::runtime;

static constexpr size_t hugePage = size_t(2) << 20;

/// Zeroed memory that costs nothing before it is touched.
static Tensor allocateState(ElementType type, const Shape &shape) {
  size_t bytes = size_t(std::max<int64_t>(bytesOf(type, countOf(shape)), 1));
  size_t align = bytes >= hugePage ? hugePage : 1;
  size_t length = bytes + (align - 1);
  void *memory = mmap(nullptr, length, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    throw std::bad_alloc();
  std::shared_ptr<void> owner(memory, [length](void *m) { munmap(m, length); });
  auto begin = (reinterpret_cast<uintptr_t>(memory) + align - 1) / align * align;
  if (align > 1)
    madvise(reinterpret_cast<void *>(begin), bytes, MADV_HUGEPAGE);
  return Tensor::borrow(type, shape, reinterpret_cast<void *>(begin), owner);
}

Result<std::unique_ptr<Session>> Model::startSession() {
  Function *step = function("step");
  if (!step)
    return Error{"the model has no function 'step'"};
  const FunctionInfo &info = step->info();
  for (const ValueInfo &input : info.inputs)
    if (input.name != "tokens" && input.name != "past" && input.name != "rows")
      return Error{"function 'step' has an input '" + input.name + "' that no session can give"};
  if (info.outputs.size() != 1)
    return Error{"function 'step' should have the logits as its output, found " +
                 std::to_string(info.outputs.size()) + " outputs"};
  return catching<std::unique_ptr<Session>>([&] {
    std::vector<Tensor> states;
    for (int64_t state : info.states)
      states.push_back(
          allocateState(manifest().states[state].type, manifest().states[state].shape));
    int64_t limit = info.context ? info.context : manifest().language.context;
    return std::unique_ptr<Session>(new Session(*step, manifest().id, std::move(states), limit));
  });
}

static Status checkRoom(int64_t past, int64_t count, int64_t limit) {
  if (limit == 0 || past + count <= limit)
    return Done();
  return Error{"the context holds " + std::to_string(limit) + " tokens: " + std::to_string(past) +
               " are there, " + std::to_string(count) + " more do not fit"};
}

/// `ids`: how many there are; negative: not known.
static Status checkIds(const std::vector<int64_t> &tokens, int64_t ids) {
  for (int64_t token : tokens)
    if (token < 0 || (ids >= 0 && token >= ids))
      return Error{"token " + std::to_string(token) + " is no id" +
                   (ids > 0 ? ": expects 0 to " + std::to_string(ids - 1) : "")};
  return Done();
}

Result<Tensor> Session::step(const std::vector<int64_t> &tokens, int64_t rows) {
  auto count = int64_t(tokens.size());
  if (count == 0)
    return Error{"a step needs at least one token"};
  const Shape &logits = function.info().outputs.front().shape;
  if (Status status = checkIds(tokens, logits.empty() ? -1 : logits.back()); !status)
    return Error{status.error()};
  if (Status status = checkRoom(position(), count, limit); !status)
    return Error{status.error()};
  int64_t asked = rows > 0 ? std::min(rows, count) : count;
  auto inputs = catching<std::vector<Tensor>>([&] {
    std::vector<Tensor> list;
    for (const ValueInfo &input : function.info().inputs)
      list.push_back(input.name == "tokens" ? Tensor::ofIntegers(input.type, {1, count}, tokens)
                     : input.name == "past" ? Tensor::ofIntegers(input.type, {}, {position()})
                                            : Tensor::ofIntegers(input.type, {}, {asked}));
    return list;
  });
  if (!inputs)
    return Error{inputs.error()};
  auto outputs = function.call(*inputs, states);
  if (!outputs)
    return Error{outputs.error()};
  text.insert(text.end(), tokens.begin(), tokens.end());
  return outputs->front();
}

Status Session::rewind(int64_t count) {
  if (!rewinds())
    return Error{"the states of the model hold more than rows of tokens: none can be taken back"};
  if (count < 0 || count > position())
    return Error{"expects to forget 0 to " + std::to_string(position()) + " tokens, found " +
                 std::to_string(count)};
  // The next tokens overwrite the rows of these, and none is read before.
  text.resize(text.size() - size_t(count));
  return Done();
}

Result<std::unique_ptr<Session>> Session::fork() const {
  return catching<std::unique_ptr<Session>>([&] {
    std::vector<Tensor> copies;
    for (const Tensor &state : states) {
      copies.push_back(allocateState(state.type(), state.shape()));
      copyWritten(state, copies.back());
    }
    std::unique_ptr<Session> copy(new Session(function, model, std::move(copies), limit));
    copy->text = text;
    return copy;
  });
}

Status Session::restore(const DecoderState &state) {
  if (Status status = expectStateOf(state, model, states); !status)
    return status;
  if (Status status = checkRoom(0, int64_t(state.tokens.size()), limit); !status)
    return status;
  clear();
  for (size_t i = 0; i < states.size(); ++i)
    copyWritten(state.states[i], states[i]);
  text = state.tokens;
  return Done();
}

/// Pages given back come again as zeros; a short buffer shares its page with nobody.
void Session::clear() {
  for (const Tensor &state : states)
    madvise(state.data(), size_t(state.bytes()), MADV_DONTNEED);
}

void Session::reset() {
  text.clear();
  // Rows of tokens are written before they are read: giving their pages back would only cost a
  // fault for each when the next text comes.
  if (!rewinds())
    clear();
}
