// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Truncation of what a weight computes of a sample, against naive references in f64.
#include "lib/Compress/FactorizeSvd/Whitening.h"
#include "lib/Compress/FactorizeSvd/ReplaceByFactors.h"
#include "lib/Compress/FactorizeSvd/Svd.h"
#include "lib/Plugin/RegisterDialects.h"
#include "test/unit/HessianFixture.h"
#include "test/unit/RandomNumbers.h"

#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace retort;

namespace {
/// tr(E (H + added I) E') of E = W - A B, element by element.
double naiveError(const WeightRows &weight, const std::vector<float> &left,
                  const std::vector<float> &right, int64_t rank, const Hessian &hessian,
                  double added) {
  double sum = 0;
  for (int64_t i = 0; i < weight.outputs; ++i) {
    std::vector<double> error(weight.inputs);
    for (int64_t k = 0; k < weight.inputs; ++k) {
      error[k] = weight.elements[i * weight.inputs + k];
      for (int64_t r = 0; r < rank; ++r)
        error[k] -= double(left[i * rank + r]) * right[r * weight.inputs + k];
    }
    for (int64_t k = 0; k < weight.inputs; ++k)
      for (int64_t l = 0; l < weight.inputs; ++l)
        sum += error[k] * error[l] * (hessian.at(k, l) + (k == l ? added : 0));
  }
  return sum;
}

double sumFrom(const std::vector<double> &squares, int64_t rank) {
  return std::accumulate(squares.begin() + rank, squares.end(), 0.0);
}

constexpr double damping = .001;
/// outputs, inputs: fewer, more, the same.
constexpr std::pair<int64_t, int64_t> shapes[] = {{9, 14}, {14, 9}, {11, 11}, {1, 5}, {5, 1}};
} // namespace

// The least that a matrix of rank r leaves is what the singular values from r on hold.
TEST(Whitening, ErrorIsTheDroppedSingularValues) {
  for (auto [outputs, inputs] : shapes) {
    Hessian hessian = makeHessian(inputs, 1);
    std::vector<float> elements = normals(outputs * inputs, 2);
    WeightRows weight{elements, outputs, inputs};
    auto whitening = Whitening::of(hessian, damping);
    ASSERT_TRUE(whitening);
    EXPECT_EQ(whitening->damping, damping);
    auto squares = squaredSingularValues(weight, &*whitening);
    ASSERT_TRUE(squares);
    ASSERT_EQ(int64_t(squares->size()), std::min(outputs, inputs));
    EXPECT_TRUE(std::is_sorted(squares->rbegin(), squares->rend()));
    for (int64_t rank = 1; rank <= std::min(outputs, inputs); ++rank) {
      auto factors = bestFactors(weight, &*whitening, rank);
      ASSERT_TRUE(factors);
      double error = naiveError(weight, factors->left, factors->right, rank, hessian,
                                damping * hessian.meanDiagonal());
      EXPECT_NEAR(error, sumFrom(*squares, rank), 1e-6 * sumFrom(*squares, 0))
          << outputs << "x" << inputs << " rank " << rank;
    }
  }
}

// Alternating least squares from random factors, which lowers the error at each step, ends no
// lower; random factors and plain truncation are worse.
TEST(Whitening, NoOtherMatrixOfTheRankIsBetter) {
  for (auto [outputs, inputs] : {std::pair<int64_t, int64_t>{8, 12}, {12, 8}}) {
    Hessian hessian = makeHessian(inputs, 3);
    std::vector<float> elements = normals(outputs * inputs, 4);
    WeightRows weight{elements, outputs, inputs};
    auto whitening = Whitening::of(hessian, damping);
    double added = damping * hessian.meanDiagonal();
    for (int64_t rank : {1, 3, 5}) {
      auto best = bestFactors(weight, &*whitening, rank),
           plain = bestFactors(weight, nullptr, rank);
      double least = naiveError(weight, best->left, best->right, rank, hessian, added);
      EXPECT_GT(naiveError(weight, plain->left, plain->right, rank, hessian, added), least);
      for (unsigned seed = 0; seed < 20; ++seed) {
        std::vector<float> left = normals(outputs * rank, 100 + seed),
                           right = normals(rank * inputs, 200 + seed);
        EXPECT_GT(naiveError(weight, left, right, rank, hessian, added), least);
        // Close by, each direction is worse.
        std::vector<float> nearLeft = best->left;
        for (size_t i = 0; i < left.size(); ++i)
          nearLeft[i] += .05F * left[i];
        EXPECT_GT(naiveError(weight, nearLeft, best->right, rank, hessian, added), least);
      }
    }
  }
}

// Without statistics it is the decomposition of the weight itself.
TEST(Whitening, WithoutSampleIsTheSvd) {
  for (auto [outputs, inputs] : shapes) {
    std::vector<float> elements = normals(outputs * inputs, 5);
    WeightRows weight{elements, outputs, inputs};
    auto svd = computeSvd(elements, outputs, inputs);
    auto squares = squaredSingularValues(weight, nullptr);
    for (int64_t i = 0; i < svd->size(); ++i)
      EXPECT_NEAR((*squares)[i], svd->s[i] * svd->s[i], 1e-10 * (*squares)[0]);
    int64_t rank = std::min<int64_t>(2, svd->size());
    auto factors = bestFactors(weight, nullptr, rank);
    std::vector<float> left = svd->left(rank), right = svd->right(rank);
    for (int64_t i = 0; i < outputs; ++i)
      for (int64_t k = 0; k < inputs; ++k) {
        double here = 0, there = 0;
        for (int64_t r = 0; r < rank; ++r) {
          here += factors->left[i * rank + r] * factors->right[r * inputs + k];
          there += left[i * rank + r] * right[r * inputs + k];
        }
        EXPECT_NEAR(here, there, 1e-5);
      }
  }
}

// Inputs that are zero in all of the sample, and fewer rows than inputs: what the sample says
// nothing of neither breaks the fit nor takes part in it.
TEST(Whitening, SingularMomentsGiveFiniteFactors) {
  int64_t outputs = 10, inputs = 12, rank = 3;
  std::vector<float> x = normals(2 * inputs, 6); // two rows
  x[4] = x[inputs + 4] = 0;                      // a dead channel
  Hessian hessian{inputs, ScratchArray<float>(inputs * inputs)};
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t j = 0; j < inputs; ++j)
      hessian.elements[i * inputs + j] = (x[i] * x[j] + x[inputs + i] * x[inputs + j]) / 2;
  for (int64_t outputsHere : {outputs, 2 * inputs}) {
    std::vector<float> elements = normals(outputsHere * inputs, 7);
    WeightRows weight{elements, outputsHere, inputs};
    auto whitening = Whitening::of(hessian, 1e-4);
    ASSERT_TRUE(whitening);
    auto factors = bestFactors(weight, &*whitening, rank);
    ASSERT_TRUE(factors);
    for (float element : factors->left)
      EXPECT_TRUE(std::isfinite(element));
    for (float element : factors->right)
      EXPECT_TRUE(std::isfinite(element));
    // Two directions hold all that the sample says.
    double error = outputError(factors->errorOf(weight), outputsHere, hessian);
    EXPECT_LT(error, 1e-3 * outputError(elements, outputsHere, hessian));
  }
}

TEST(Whitening, ThereIsNoneOfZeros) {
  EXPECT_FALSE(Whitening::of(Hessian{3, ScratchArray<float>(9)}, .01));
}

// A Gram matrix that rounding made indefinite takes more damping.
TEST(Whitening, DampingGrowsUntilThereIsAFactor) {
  Hessian hessian{2, ScratchArray<float>(4)};
  std::fill(hessian.elements.begin(), hessian.elements.end(), 1.0F);
  hessian.elements[1] = hessian.elements[2] = 1.05F;
  auto whitening = Whitening::of(hessian, .001);
  ASSERT_TRUE(whitening);
  EXPECT_DOUBLE_EQ(whitening->damping, .1);
}

TEST(Whitening, ZeroWeightHasZeroFactors) {
  std::vector<float> zeros(20);
  Hessian hessian = makeHessian(4, 8);
  auto whitening = Whitening::of(hessian, .01);
  for (auto [outputs, inputs] : {std::pair<int64_t, int64_t>{5, 4}, {4, 5}}) {
    auto factors = bestFactors({zeros, outputs, inputs}, inputs == 4 ? &*whitening : nullptr, 1);
    ASSERT_TRUE(factors);
    for (float element : factors->right)
      EXPECT_EQ(element, 0);
  }
}

TEST(Whitening, DoesNotConvergeForNoNumbers) {
  std::vector<float> elements{1, NAN, 3, 4};
  WeightRows weight{elements, 2, 2};
  EXPECT_FALSE(squaredSingularValues(weight, nullptr));
  EXPECT_FALSE(bestFactors(weight, nullptr, 1));
}

TEST(Whitening, NamesTheWeightThatDoesNotConverge) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(
      R"(func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
        %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
        %y = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
        return %y : tensor<1x2xf32>
      })",
      &context);
  auto weights = selectLinearWeights(*module, "test", ".", "");
  ASSERT_TRUE(succeeded(weights) && weights->size() == 1);
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += diagnostic.str();
    return success();
  });
  emitNoConvergence(weights->front()).report();
  EXPECT_EQ(said, "weight 'w' has a singular value decomposition that does not converge");
}
