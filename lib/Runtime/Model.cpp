// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled model in this process: its functions, its weights.
#include "lib/Runtime/Model.h"
#include "lib/Runtime/TilePermission.h"

using namespace retort::runtime;

static void checkWeights(const Manifest &manifest, const std::vector<WeightBytes> &weights) {
  if (weights.size() != manifest.weights.size())
    throw Failure("expects " + std::to_string(manifest.weights.size()) + " weights, found " +
                  std::to_string(weights.size()));
  for (size_t i = 0; i < weights.size(); ++i)
    if (weights[i].bytes < manifest.weights[i].bytes)
      throw Failure("expects " + std::to_string(manifest.weights[i].bytes) + " bytes for weight " +
                    std::to_string(i) + ", found " + std::to_string(weights[i].bytes));
}

Model::Model(std::shared_ptr<ModelData> shared) : data(std::move(shared)) {
  for (const FunctionInfo &info : data->manifest.functions)
    functions.emplace_back(data, info);
}

Result<std::unique_ptr<Model>> Model::create(std::string_view manifest, SymbolResolver resolve,
                                             std::vector<WeightBytes> weights,
                                             std::shared_ptr<void> owner, MemoryFunctions memory) {
  return catching<std::unique_ptr<Model>>([&] {
    auto data = std::make_shared<ModelData>();
    data->manifest = Manifest::parse(manifest);
    checkWeights(data->manifest, weights);
    if (data->manifest.wantsTiles())
      TilePermission::ofProcess(); // asked before threads start
    data->resolve = std::move(resolve);
    data->weights = std::move(weights);
    data->owner = std::move(owner);
    data->memory = memory;
    return std::unique_ptr<Model>(new Model(std::move(data)));
  });
}

Function *Model::function(std::string_view name) {
  for (Function &function : functions)
    if (function.info().name == name)
      return &function;
  return nullptr;
}

const void *Model::redirectWeight(int64_t index, const void *bytes) {
  return std::exchange(data->weights[size_t(index)].data, bytes);
}
