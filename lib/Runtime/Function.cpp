// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls compiled code: tensors become memref descriptors, descriptors of results become tensors.
#include "lib/Runtime/Fail.h"
#include "lib/Runtime/Model.h"

#include <cstring>
#include <map>

using namespace retort::runtime;

namespace {
/// The arguments of one call: descriptors {allocated, aligned, offset, sizes[rank], strides[rank]}
/// of 64-bit words, and the array of pointers to them that the code takes.
class Arguments {
public:
  void reserve(size_t count, size_t ranks) {
    words.reserve(3 * count + 2 * ranks); // the pointers stay valid
    pointers.reserve(count);
  }
  void add(const void *data, const Shape &shape) {
    size_t begin = addEmpty(shape.size());
    words[begin] = words[begin + 1] = reinterpret_cast<int64_t>(data);
    int64_t stride = 1;
    for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis]) {
      words[begin + 3 + axis] = shape[axis];
      words[begin + 3 + shape.size() + axis] = stride;
    }
  }
  /// Room for a result's descriptor; returns where it begins.
  size_t addEmpty(size_t rank) {
    size_t begin = words.size();
    words.resize(begin + 3 + 2 * rank);
    pointers.push_back(&words[begin]);
    return begin;
  }
  const int64_t *at(size_t begin) const { return &words[begin]; }
  void **list() { return pointers.data(); }

private:
  std::vector<int64_t> words;
  std::vector<void *> pointers;
};

/// Turns descriptors of results into tensors. Memory that the code allocated is freed with the
/// tensor; what belongs to an argument or to the code itself is copied.
class Results {
public:
  Results(const std::vector<const void *> &foreign, void (*release)(void *))
      : foreign(foreign), release(release) {}
  Tensor take(const ValueInfo &info, const int64_t *descriptor);

private:
  bool isForeign(void *allocated) const {
    // MLIR marks the memory of constants so.
    if (reinterpret_cast<uint64_t>(allocated) == 0xdeadbeef)
      return true;
    return std::find(foreign.begin(), foreign.end(), allocated) != foreign.end();
  }

  const std::vector<const void *> &foreign;
  void (*release)(void *);
  std::map<void *, std::shared_ptr<void>> owners; // two results may share their memory
};
} // namespace

static bool isRowMajor(const Shape &shape, const int64_t *strides) {
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis])
    if (shape[axis] != 1 && strides[axis] != stride)
      return false;
  return true;
}

static void gather(Tensor &target, const char *source, const int64_t *strides, int64_t width) {
  Shape index(target.rank(), 0);
  for (int64_t i = 0; i < target.count(); ++i) {
    int64_t from = 0;
    for (int64_t axis = 0; axis < target.rank(); ++axis)
      from += index[axis] * strides[axis];
    std::memcpy(target.as<char>() + i * width, source + from * width, width);
    for (int64_t axis = target.rank(); axis-- > 0 && ++index[axis] == target.shape()[axis];)
      index[axis] = 0;
  }
}

Tensor Results::take(const ValueInfo &info, const int64_t *descriptor) {
  size_t rank = info.shape.size();
  Shape shape(descriptor + 3, descriptor + 3 + rank);
  const int64_t *strides = descriptor + 3 + rank;
  auto *allocated = reinterpret_cast<void *>(descriptor[0]);
  int64_t width = bytesOf(info.type, 1);
  auto *data = reinterpret_cast<char *>(descriptor[1]) + descriptor[2] * width;
  std::shared_ptr<void> owner;
  if (!isForeign(allocated)) {
    owner = owners[allocated];
    if (!owner)
      owner = owners[allocated] = std::shared_ptr<void>(allocated, release);
    if (isRowMajor(shape, strides))
      return Tensor::borrow(info.type, shape, data, owner);
  }
  Tensor copy = Tensor::allocate(info.type, shape);
  gather(copy, data, strides, width);
  return copy;
}

/// Compiled code takes a byte for each element; integers have their sign in all of it.
static Tensor spread(const Tensor &packed) {
  Tensor bytes = Tensor::allocate(ElementType::I8, packed.shape());
  bool isSigned = info(packed.type()).kind == NumberKind::Signed;
  for (int64_t i = 0; i < packed.count(); ++i)
    bytes.as<int8_t>()[i] = isSigned ? int8_t(toInteger(packed.type(), packed.data(), i))
                                     : int8_t(bitsAt(packed.type(), packed.data(), i));
  return bytes;
}

static Tensor pack(const Tensor &bytes, ElementType type) {
  Tensor packed = Tensor::allocate(type, bytes.shape());
  for (int64_t i = 0; i < bytes.count(); ++i)
    putBits(type, packed.data(), i, bytes.as<uint8_t>()[i]);
  return packed;
}

/// The same tensor in memory as compiled code allocates it.
static Tensor copyTo(const MemoryFunctions &memory, const Tensor &tensor) {
  constexpr size_t alignment = 64;
  void *block = memory.allocate(size_t(tensor.bytes()) + alignment);
  if (!block)
    throw std::bad_alloc();
  std::shared_ptr<void> owner(block, memory.release);
  uintptr_t address = (reinterpret_cast<uintptr_t>(block) + alignment - 1) / alignment * alignment;
  void *data = reinterpret_cast<void *>(address);
  std::memcpy(data, tensor.data(), size_t(tensor.bytes()));
  return Tensor::borrow(tensor.type(), tensor.shape(), data, owner);
}

static bool isPacked(ElementType type) { return info(type).bits < 8; }

static std::string describe(ElementType type, const Shape &shape) {
  return std::string(info(type).name) + " of shape " + toString(shape);
}

static bool fits(const Shape &found, const Shape &expected) {
  if (found.size() != expected.size())
    return false;
  for (size_t axis = 0; axis < found.size(); ++axis)
    if (expected[axis] >= 0 && found[axis] != expected[axis])
      return false;
  return true;
}

void Function::checkInputs(const std::vector<Tensor> &inputs) const {
  if (inputs.size() != facts->inputs.size())
    throw Failure("function '" + facts->name + "' expects " + std::to_string(facts->inputs.size()) +
                  " inputs, found " + std::to_string(inputs.size()));
  std::map<std::string, std::pair<int64_t, std::string>>
      sizes; // of a dimension's name, and the input that said so
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ValueInfo &expected = facts->inputs[i];
    const Tensor &found = inputs[i];
    if (found.type() != expected.type || !fits(found.shape(), expected.shape))
      throw Failure("input '" + expected.name + "': expects " +
                    describe(expected.type, expected.shape) + ", found " +
                    describe(found.type(), found.shape()));
    for (size_t axis = 0; axis < expected.shape.size(); ++axis) {
      const std::string &dim = expected.dims[axis];
      int64_t size = found.shape()[axis];
      if (expected.shape[axis] >= 0 || dim.empty())
        continue;
      auto [known, isNew] = sizes.try_emplace(dim, size, expected.name);
      if (known->second.first != size)
        throw Failure("input '" + expected.name + "': dimension '" + dim + "' is " +
                      std::to_string(size) + ", but " + std::to_string(known->second.first) +
                      " in input '" + known->second.second + "'");
    }
  }
}

Function::Entry Function::findEntry() {
  if (!entry) {
    auto code = model->resolve(facts->symbol);
    if (!code)
      throw Failure(code.error());
    entry = reinterpret_cast<Entry>(*code);
  }
  return entry;
}

static size_t countRanks(const FunctionInfo &info, const Manifest &manifest) {
  size_t ranks = 0;
  for (const ValueInfo &value : info.inputs)
    ranks += value.shape.size();
  for (const ValueInfo &value : info.outputs)
    ranks += value.shape.size();
  for (int64_t state : info.states)
    ranks += manifest.states[state].shape.size();
  for (int64_t weight : info.weights)
    ranks += manifest.weights[weight].shape.size();
  return ranks;
}

/// With the default of each input that was not given; nobody writes to it.
std::vector<Tensor> Function::withDefaults(std::vector<Tensor> inputs) const {
  for (size_t i = 0; i < std::min(inputs.size(), facts->inputs.size()); ++i) {
    const ValueInfo &input = facts->inputs[i];
    if (inputs[i].isGiven())
      continue;
    if (!input.hasDefault())
      throw Failure("input '" + input.name + "' is not given and has no default");
    auto *data = const_cast<void *>(model->weights[input.defaultWeight].data);
    inputs[i] = Tensor::borrow(input.type, input.defaultShape, data);
  }
  return inputs;
}

std::vector<Tensor> Function::invoke(const std::vector<Tensor> &given,
                                     const std::vector<Tensor> &states) {
  const Manifest &manifest = model->manifest;
  std::vector<Tensor> inputs = withDefaults(given);
  checkInputs(inputs);
  if (states.size() != facts->states.size())
    throw Failure("function '" + facts->name + "' expects " + std::to_string(facts->states.size()) +
                  " states, found " + std::to_string(states.size()));
  Arguments arguments;
  arguments.reserve(inputs.size() + states.size() + facts->weights.size() + facts->outputs.size(),
                    countRanks(*facts, manifest));
  std::vector<const void *> foreign;
  auto add = [&](const void *data, const Shape &shape) {
    arguments.add(data, shape);
    foreign.push_back(data);
  };
  std::vector<Tensor> held; // what of the inputs is not as it was given
  for (const Tensor &input : inputs) {
    Tensor taken = isPacked(input.type()) ? spread(input) : input;
    if (model->memory.copiesInputs)
      taken = copyTo(model->memory, taken);
    held.push_back(taken);
    add(taken.data(), taken.shape());
  }
  for (const Tensor &state : states)
    add(state.data(), state.shape());
  for (int64_t weight : facts->weights)
    add(model->weights[weight].data, manifest.weights[weight].shape);
  std::vector<size_t> places;
  for (const ValueInfo &output : facts->outputs)
    places.push_back(arguments.addEmpty(output.shape.size()));

  std::pair<Entry, void **> call{findEntry(), arguments.list()};
  auto run = [](void *c) {
    auto &[code, list] = *static_cast<std::pair<Entry, void **> *>(c);
    code(list);
  };
  if (Status status = callGuarded(run, &call); !status)
    throw Failure(status.error());

  Results results(foreign, model->memory.release);
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < places.size(); ++i) {
    ValueInfo output = facts->outputs[i];
    if (isPacked(output.type))
      output.type = ElementType::I8;
    Tensor result = results.take(output, arguments.at(places[i]));
    outputs.push_back(output.type == facts->outputs[i].type ? result
                                                            : pack(result, facts->outputs[i].type));
  }
  return outputs;
}

Result<std::vector<Tensor>> Function::call(const std::vector<Tensor> &inputs,
                                           const std::vector<Tensor> &states) {
  return catching<std::vector<Tensor>>([&] { return invoke(inputs, states); });
}
