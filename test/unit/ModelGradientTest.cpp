// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of a whole model in f32, against PyTorch's autograd in f64: of each tensor the norm,
// and the sums with eight random signs (Inputs/gradients/make_stories.py).
#include "lib/Pipeline/Compiler.h"
#include "lib/Run/InProcess.h"
#include "test/unit/ModelGradientFixture.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <cstdlib>

using namespace retort;

/// splitmix64, as the script has it.
static uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

TEST(ModelGradientTest, IsThatOfAutograd) {
  const char *source = std::getenv("RETORT_SOURCE");
  if (!source)
    GTEST_SKIP() << "RETORT_SOURCE names no source tree";
  std::string root = source;
  auto file = llvm::MemoryBuffer::getFile(root + "/test/unit/Inputs/gradients/stories.json", true);
  ASSERT_TRUE(bool(file));
  auto recorded = llvm::json::parse((*file)->getBuffer());
  ASSERT_TRUE(bool(recorded)) << llvm::toString(recorded.takeError());

  constexpr int64_t context = 32;
  ModelGradient model;
  ASSERT_EQ(model.open(root + "/examples/stories/stories.onnx", context), "");
  for (int64_t i = 0; i < context; ++i)
    model.tokens.as<int64_t>()[i] = int64_t(mixed(uint64_t(i)) % uint64_t(model.ids));
  std::vector<runtime::Tensor> found = model.call();
  EXPECT_NEAR(found[0].at(0), *recorded->getAsObject()->getNumber("loss"), 1e-5);

  const llvm::json::Array &tensors = *recorded->getAsObject()->getArray("tensors");
  EXPECT_EQ(tensors.size(), model.names.size());
  double worst = 0;
  for (const llvm::json::Value &entry : tensors) {
    const llvm::json::Object &tensor = *entry.getAsObject();
    auto place = llvm::find(model.names, *tensor.getString("name"));
    ASSERT_NE(place, model.names.end()) << tensor.getString("name")->str();
    const runtime::Tensor &gradient = found[size_t(place - model.names.begin()) + 1];
    double squares = 0, sums[8] = {}, norm = *tensor.getNumber("norm");
    for (int64_t i = 0; i < gradient.count(); ++i) {
      double g = gradient.at(i);
      squares += g * g;
      for (uint64_t p = 0; p < 8; ++p)
        sums[p] += mixed(uint64_t(i) * 8 + p) & 1 ? -g : g;
    }
    double off = std::abs(std::sqrt(squares) - norm);
    for (size_t p = 0; p < 8; ++p)
      off = std::max(off, std::abs(sums[p] - *(*tensor.getArray("projections"))[p].getAsNumber()));
    EXPECT_LE(off, 3e-5 * norm) << tensor.getString("name")->str();
    worst = std::max(worst, off / norm);
  }
  std::printf("%zu tensors, off by at most %.1e of the norm\n", tensors.size(), worst);
}

TEST(ModelGradientTest, IsTheSameInPartsOfRows) {
  const char *source = std::getenv("RETORT_SOURCE");
  if (!source)
    GTEST_SKIP() << "RETORT_SOURCE names no source tree";
  constexpr int64_t context = 150; // parts of 50 rows
  std::vector<runtime::Tensor> found[2];
  for (bool inParts : {false, true}) {
    ModelGradient model;
    ASSERT_EQ(model.open(std::string(source) + "/examples/stories/stories.onnx", context,
                         inParts ? 1 : int64_t(1) << 40),
              "");
    for (int64_t i = 0; i < context; ++i)
      model.tokens.as<int64_t>()[i] = int64_t(mixed(uint64_t(i)) % uint64_t(model.ids));
    found[inParts] = model.call();
  }
  for (size_t i = 0; i < found[0].size(); ++i) {
    double difference = 0, norm = 0;
    for (int64_t k = 0; k < found[0][i].count(); ++k) {
      double whole = found[0][i].at(k), sum = found[1][i].at(k);
      difference += (whole - sum) * (whole - sum);
      norm += whole * whole;
    }
    EXPECT_LE(std::sqrt(difference), 3e-5 * std::sqrt(norm)) << "of result " << i;
    EXPECT_GT(norm, 0);
  }
}
