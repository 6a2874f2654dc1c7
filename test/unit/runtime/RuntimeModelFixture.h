// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled model written by hand, with its weights, in a folder of its own.
#ifndef RETORT_TEST_UNIT_RUNTIME_RUNTIMEMODELFIXTURE_H
#define RETORT_TEST_UNIT_RUNTIME_RUNTIMEMODELFIXTURE_H

#include "lib/Runtime/Model.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

/// A folder with the model and its weights, one per test.
class RuntimeModel : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("retort-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(RETORT_COUNTING_MODEL, library(), std::filesystem::copy_options::overwrite_existing);
    writeWeights(4096 + 12, 4096 + 12);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string library() const { return folder / "model.so"; }
  void writeWeights(uint64_t stated, size_t actual) const {
    std::string bytes(4096, '\0');
    bytes.replace(0, 8, "RETORTW1");
    std::memcpy(&bytes[8], &stated, 8);
    const float weight[] = {10, 20, 30};
    bytes.append(reinterpret_cast<const char *>(weight), sizeof(weight));
    std::ofstream(folder / "model.weights", std::ios::binary) << bytes.substr(0, actual);
  }
  std::string loadError() const {
    auto model = retort::runtime::Model::load(library());
    return model ? "" : model.error();
  }
  static retort::runtime::Tensor matrix(int64_t rows, float value) {
    auto tensor = retort::runtime::Tensor::allocate(retort::runtime::ElementType::F32, {rows, 3});
    std::fill_n(tensor.as<float>(), tensor.count(), value);
    return tensor;
  }
  std::string callError(const std::vector<retort::runtime::Tensor> &inputs) const {
    auto model = retort::runtime::Model::load(library());
    auto outputs = (*model)->function("main")->call(inputs);
    return outputs ? "" : outputs.error();
  }

  std::filesystem::path folder;
};

#endif
