// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens in a list, and a loss that needs no model, for tests of what is around them.
#ifndef RETORT_TEST_UNIT_TRAINERFIXTURE_H
#define RETORT_TEST_UNIT_TRAINERFIXTURE_H

#include "lib/Trainer/Trainer.h"

#include <cmath>
#include <functional>

namespace retort {

/// Tokens first, first + 1, ...
class CountedTokens : public TokenSource {
public:
  explicit CountedTokens(int64_t count, int64_t first = 0, int64_t window = 0)
      : count(count), first(first), window(window) {}
  std::string name() const override { return "counted.tokens"; }
  int64_t size() const override { return count; }
  int64_t windowLength() const override { return window; }
  std::vector<int64_t> ids(int64_t begin, int64_t length) const override {
    std::vector<int64_t> tokens;
    for (int64_t i = 0; i < length; ++i)
      tokens.push_back(first + begin + i);
    return tokens;
  }
  std::string hash() const override { return std::to_string(count) + "," + std::to_string(first); }

private:
  int64_t count, first, window;
};

/// The mean over rows of half of the sum of a_i (p_i - c_i - noise of the token)^2: a bowl whose
/// gradient differs between windows, and whose middle is c on the whole.
class Bowl : public Objective {
public:
  Bowl() {
    list.push_back({"first", {4, -3, 2}, 1, true});
    list.push_back({"second", {1, 5}, 2, false});
  }

  llvm::ArrayRef<Parameter> parameters() const override { return list; }
  size_t mostWindows() const override { return most; }
  llvm::Expected<double> loss(llvm::ArrayRef<TokenWindow> windows, double total,
                              const ParameterValues &values) override {
    ++losses;
    return sum(windows, total, values, nullptr);
  }
  llvm::Expected<double> addGradient(llvm::ArrayRef<TokenWindow> windows, double total,
                                     const ParameterValues &values,
                                     ParameterValues &gradient) override {
    calls.push_back(windows.size());
    if (onGradient)
      onGradient(calls.size());
    for (size_t i = 0; i < list.size(); ++i)
      gradient[i].resize(list[i].start.size());
    double result = sum(windows, total, values, &gradient);
    if (isBad && isBad(values))
      result = NAN;
    if (spoil)
      spoil(calls.size(), result, gradient);
    return result;
  }

  std::vector<Parameter> list;
  size_t most = SIZE_MAX;
  std::vector<size_t> calls; ///< how many windows each gradient was asked of
  size_t losses = 0;
  std::function<void(size_t call)> onGradient;
  std::function<bool(const ParameterValues &)> isBad; ///< where the loss is not a number
  std::function<void(size_t call, double &loss, ParameterValues &gradient)> spoil;

private:
  double sum(llvm::ArrayRef<TokenWindow> windows, double total, const ParameterValues &values,
             ParameterValues *gradient) {
    double result = 0;
    for (const TokenWindow &window : windows)
      for (size_t row = 0; row < window.tokens.size(); ++row) {
        double weight = double(window.weights[row]) / total;
        double noise = double(window.tokens[row] % 7 - 3) / 30;
        for (size_t i = 0; i < list.size(); ++i)
          for (size_t k = 0; k < values[i].size(); ++k) {
            double steepness = double(i + k + 1) / 2, off = double(values[i][k]) - 1 - noise;
            result += weight * steepness * off * off / 2;
            if (gradient)
              (*gradient)[i][k] += float(weight * steepness * off);
          }
      }
    return result;
  }
};

inline TrainingOptions bowlOptions() {
  TrainingOptions options;
  options.data = "counted.tokens";
  options.steps = 40;
  options.batch = 3;
  options.context = 8;
  options.learningRate = .2;
  return options;
}

} // namespace retort

#endif
