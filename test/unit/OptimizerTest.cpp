// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Updates are those of the formulas in f64, and of NumPy.
#include "lib/Trainer/Optimizer.h"
#include "lib/Trainer/UpdateLoops.h"
#include "test/unit/RandomNumbers.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace retort;

namespace {
TrainingOptions optionsOf(const char *optimizer) {
  TrainingOptions options;
  options.optimizer = optimizer;
  options.weightDecay = .1;
  return options;
}

std::vector<Parameter> parameters() {
  std::vector<Parameter> list;
  list.push_back({"matrix", normals(1003, 1), 1, true});
  list.push_back({"scales", normals(33, 2), .1, false});
  list.push_back({"bias", normals(7, 3), 2, true});
  for (Parameter &each : list)
    for (float &number : each.start)
      number *= .25f;
  return list;
}

/// Gradients of step `step`, of sizes that differ between steps and are now and then 0.
ParameterValues gradientOf(const std::vector<Parameter> &parameters, int step) {
  ParameterValues gradient;
  for (const Parameter &each : parameters) {
    auto &numbers =
        gradient.emplace_back(normals(each.start.size(), unsigned(100 * step) + gradient.size()));
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] *= (i + size_t(step)) % 11 == 0 ? 0 : float(1 + step % 3) / 100;
  }
  return gradient;
}

double clipOf(const ParameterValues &gradient, double most) {
  double sum = 0;
  for (const auto &each : gradient)
    for (float g : each)
      sum += double(g) * double(g);
  return std::min(1., most / std::sqrt(sum));
}

/// Element by element in f64; a double for each float.
struct Reference {
  std::vector<std::vector<double>> p, m, v;

  explicit Reference(const std::vector<Parameter> &parameters) {
    for (const Parameter &each : parameters) {
      p.emplace_back(each.start.begin(), each.start.end());
      m.emplace_back(each.start.size());
      v.emplace_back(each.start.size());
    }
  }
  void adamw(const std::vector<Parameter> &parameters, const ParameterValues &gradient, int t,
             double scale, double rate, const TrainingOptions &o) {
    for (size_t i = 0; i < p.size(); ++i)
      for (size_t k = 0; k < p[i].size(); ++k) {
        double g = scale * double(gradient[i][k]), r = rate * parameters[i].rate;
        m[i][k] = o.beta1 * m[i][k] + (1 - o.beta1) * g;
        v[i][k] = o.beta2 * v[i][k] + (1 - o.beta2) * g * g;
        double mean = m[i][k] / (1 - std::pow(o.beta1, t));
        double square = v[i][k] / (1 - std::pow(o.beta2, t));
        p[i][k] -= (parameters[i].decays ? r * o.weightDecay * p[i][k] : 0) +
                   r * mean / (std::sqrt(square) + o.epsilon);
      }
  }
  double farthest(const ParameterValues &values) const {
    double most = 0;
    for (size_t i = 0; i < p.size(); ++i)
      for (size_t k = 0; k < p[i].size(); ++k)
        most = std::max(most, std::abs(p[i][k] - double(values[i][k])));
    return most;
  }
};

std::unique_ptr<Optimizer> make(const TrainingOptions &options) {
  auto optimizer = makeOptimizer(options);
  EXPECT_TRUE(bool(optimizer));
  return std::move(*optimizer);
}

ParameterValues startsOf(const std::vector<Parameter> &parameters) {
  ParameterValues values;
  for (const Parameter &each : parameters)
    values.push_back(each.start);
  return values;
}

/// 50 steps down a bowl, of which each gradient is clipped.
std::vector<float> descend(const char *name, int steps) {
  std::vector<Parameter> list{{"p", {1, -2, .5f, 3}, 1, true}};
  const float steepness[] = {1, 10, .1f, 4}, middle[] = {0, 1, -1, 2};
  TrainingOptions options = optionsOf(name);
  auto optimizer = make(options);
  OptimizerState state = optimizer->start(list);
  ParameterValues values = startsOf(list), gradient = values;
  for (int t = 0; t < steps; ++t) {
    for (int i = 0; i < 4; ++i)
      gradient[0][size_t(i)] = steepness[i] * (values[0][size_t(i)] - middle[i]);
    optimizer->update(list, gradient, clipOf(gradient, 1), .01, values, state);
  }
  return values[0];
}

void expectNear(const std::vector<float> &found, std::vector<double> expected) {
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(double(found[i]), expected[i], 1e-6) << i;
}
} // namespace

TEST(Optimizer, AdamWIsItsFormula) {
  std::vector<Parameter> list = parameters();
  TrainingOptions options = optionsOf("adamw");
  auto optimizer = make(options);
  OptimizerState state = optimizer->start(list);
  ParameterValues values = startsOf(list);
  Reference reference(list);
  for (int t = 1; t <= 50; ++t) {
    ParameterValues gradient = gradientOf(list, t);
    double scale = clipOf(gradient, .1);
    EXPECT_LT(scale, 1) << "nothing is clipped";
    optimizer->update(list, gradient, scale, 1e-3, values, state);
    reference.adamw(list, gradient, t, scale, 1e-3, options);
  }
  EXPECT_EQ(state.updates, 50);
  EXPECT_LT(reference.farthest(values), 1e-6);
  EXPECT_GT(reference.farthest(startsOf(list)), 1e-2) << "nothing has moved";
}

/// numpy, float64: m = .9 m + .1 g, v = .95 v + .05 g g, p = p - .01 .1 p - .01 (m / (1 - .9**t)) /
/// (sqrt(v / (1 - .95**t)) + 1e-8) with g = a (p - c) / max(1, norm).
TEST(Optimizer, AdamWGoesWhereNumPyGoes) {
  expectNear(descend("adamw", 1),
             {0.989000003028237, -1.9880000001009412, 0.48950002018821215, 2.9870000007570594});
  expectNear(descend("adamw", 10),
             {0.8906207666292489, -1.8805358682710969, 0.3955214713489357, 2.8707521009875374});
  expectNear(descend("adamw", 50),
             {0.4770748852459708, -1.4142760187667396, -0.007480147772603866, 2.3854020261568163});
}

/// b = .9 b + g, p = p - .01 .1 p - .01 b.
TEST(Optimizer, SgdGoesWhereNumPyGoes) {
  expectNear(descend("sgd", 1),
             {0.998669774957922, -1.9880932487376577, 0.4994504662436883, 2.995679099831688});
  expectNear(descend("sgd", 10),
             {0.9760658601107693, -1.5715714868138546, 0.49291511733294574, 2.915102255998586});
  expectNear(descend("sgd", 50),
             {0.509282338067817, 1.1759491788706793, 0.39589272880774284, 1.90407611068128});
}

/// So threads may share a parameter.
TEST(Optimizer, RangesComeToTheSameBytes) {
  const size_t count = 1003;
  AdamWFactors factors{.5f, .9f, .1f, .95f, .05f, 1e-3f, 1.1f, 1e-8f, 1e-5f};
  std::vector<float> values = normals(count, 1), means = normals(count, 2), squares(count, .5f),
                     gradient = normals(count, 3);
  std::vector<float> whole = values, wholeMeans = means, wholeSquares = squares;
  updateAdamW(whole.data(), wholeMeans.data(), wholeSquares.data(), gradient.data(), count,
              factors);
  for (size_t from = 0, to; from < count; from = to) {
    to = std::min(from + 1 + from % 37, count);
    updateAdamW(&values[from], &means[from], &squares[from], &gradient[from], int64_t(to - from),
                factors);
  }
  EXPECT_EQ(values, whole);
  EXPECT_EQ(means, wholeMeans);
  EXPECT_EQ(squares, wholeSquares);
}

TEST(Optimizer, NormIsOfAllAndShowsWhatIsNotFinite) {
  ParameterValues gradient{{3, 0}, {}, {std::vector<float>(10, 1e20f)}};
  gradient.back() = {4};
  EXPECT_EQ(normOf(gradient), 5);
  gradient.back().assign(100, 1e20f);
  EXPECT_NEAR(normOf(gradient) / 1e21, 1, 1e-7);
  for (float bad : {INFINITY, NAN}) {
    gradient[0][1] = bad;
    EXPECT_FALSE(std::isfinite(normOf(gradient)));
  }
}
