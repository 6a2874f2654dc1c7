// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder with one tensor per file.
#include "lib/Runtime/TensorFolder.h"
#include "lib/Runtime/TensorFile.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

using namespace retort::runtime;
namespace fs = std::filesystem;

static std::vector<std::string> candidates(const std::string &kind, size_t k,
                                           const std::string &name) {
  std::string numbered = kind + "_" + std::to_string(k), plain = name;
  std::replace(plain.begin(), plain.end(), '/', '_');
  return {numbered + ".pb", numbered + ".npy", plain + ".npy"};
}

static void expectFolder(const std::string &folder) {
  if (!fs::is_directory(folder))
    throw Failure("'" + folder + "': no such folder");
}

static std::optional<Tensor> find(const std::string &folder, const std::string &kind, size_t k,
                                  const std::string &name) {
  expectFolder(folder);
  for (const std::string &file : candidates(kind, k, name)) {
    fs::path path = fs::path(folder) / file;
    std::error_code ignored;
    if (!fs::exists(path, ignored))
      continue;
    auto read = readTensorFile(path.string());
    if (!read)
      throw Failure(read.error());
    return read->tensor;
  }
  return std::nullopt;
}

Result<std::optional<Tensor>> retort::runtime::readFromFolder(const std::string &folder,
                                                              const std::string &kind, size_t k,
                                                              const std::string &name) {
  return catching<std::optional<Tensor>>([&] { return find(folder, kind, k, name); });
}

/// The numbers that the inputs have in names of files: what has a default comes last.
static std::vector<size_t> numbersOf(const FunctionInfo &function) {
  std::vector<size_t> numbers(function.inputs.size());
  size_t next = 0;
  for (bool hasDefault : {false, true})
    for (size_t k = 0; k < numbers.size(); ++k)
      if (function.inputs[k].hasDefault() == hasDefault)
        numbers[k] = next++;
  return numbers;
}

static bool isAmong(const std::vector<std::string> &files, const std::string &file) {
  return std::find(files.begin(), files.end(), file) != files.end();
}

/// A tensor that nobody reads is a mistake: a name that is spelled otherwise, another model.
static void expectKnown(const std::string &folder, const FunctionInfo &function) {
  std::vector<std::string> known;
  auto add = [&](const std::string &kind, const std::vector<size_t> &numbers,
                 const std::vector<ValueInfo> &values) {
    for (size_t k = 0; k < values.size(); ++k)
      for (const std::string &file : candidates(kind, numbers[k], values[k].name))
        known.push_back(file);
  };
  std::vector<size_t> places(function.outputs.size());
  std::iota(places.begin(), places.end(), 0);
  add("input", numbersOf(function), function.inputs);
  add("output", places, function.outputs);
  for (const auto &entry : fs::directory_iterator(folder)) {
    std::string file = entry.path().filename().string();
    if (entry.path().extension() != ".npy" || isAmong(known, file))
      continue;
    for (const std::string &name : function.fixed)
      if (isAmong(candidates("", 0, name), file))
        throw Failure("'" + entry.path().string() + "': '" + name +
                      "' is a constant that the code was compiled for, no input");
    throw Failure("'" + entry.path().string() + "' is no input of the model");
  }
}

Result<std::vector<Tensor>> retort::runtime::readInputs(const std::string &folder,
                                                        const FunctionInfo &function) {
  return catching<std::vector<Tensor>>([&] {
    expectFolder(folder);
    expectKnown(folder, function);
    std::vector<Tensor> inputs;
    std::vector<size_t> numbers = numbersOf(function);
    for (size_t k = 0; k < function.inputs.size(); ++k) {
      const ValueInfo &input = function.inputs[k];
      std::optional<Tensor> tensor = find(folder, "input", numbers[k], input.name);
      if (!tensor && !input.hasDefault()) {
        auto files = candidates("input", numbers[k], input.name);
        throw Failure("'" + folder + "' holds no input '" + input.name + "': expects '" +
                      files.front() + "' or '" + files.back() + "'");
      }
      inputs.push_back(tensor.value_or(Tensor()));
    }
    return inputs;
  });
}

static void write(const fs::path &path, const std::string &bytes) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), std::streamsize(bytes.size()));
  stream.close();
  if (stream)
    return;
  std::error_code ignored;
  fs::remove(path, ignored);
  throw Failure("cannot write '" + path.string() + "'");
}

Status retort::runtime::writeOutputs(const std::string &folder, const FunctionInfo &function,
                                     const std::vector<Tensor> &tensors) {
  return catching<Done>([&] {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code)
      throw Failure("cannot make '" + folder + "': " + code.message());
    for (size_t k = 0; k < tensors.size(); ++k)
      write(fs::path(folder) / ("output_" + std::to_string(k) + ".pb"),
            serializeTensorProto(tensors[k], function.outputs[k].name));
    return Done();
  });
}
