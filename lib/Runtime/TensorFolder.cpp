// A folder with one tensor per file.
#include "lib/Runtime/TensorFolder.h"
#include "lib/Runtime/TensorFile.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

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

Result<std::vector<Tensor>> retort::runtime::readInputs(const std::string &folder,
                                                        const FunctionInfo &function) {
  return catching<std::vector<Tensor>>([&] {
    expectFolder(folder);
    std::vector<Tensor> inputs;
    for (size_t k = 0; k < function.inputs.size(); ++k) {
      const std::string &name = function.inputs[k].name;
      std::optional<Tensor> tensor = find(folder, "input", k, name);
      if (!tensor) {
        auto files = candidates("input", k, name);
        throw Failure("'" + folder + "' holds no input '" + name + "': expected '" + files.front() +
                      "' or '" + files.back() + "'");
      }
      inputs.push_back(*tensor);
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
