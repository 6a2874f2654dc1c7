// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is made small: a loss of windows of tokens, as a function of parameters.
#ifndef RETORT_LIB_TRAINER_OBJECTIVE_H
#define RETORT_LIB_TRAINER_OBJECTIVE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace retort {

/// Tokens that are read together, and how much each row counts. Row i predicts token i + 1; that of
/// the last row is 0.
struct TokenWindow {
  std::vector<int64_t> tokens;
  std::vector<float> weights;
};

struct Parameter {
  std::string name;
  std::vector<float> start;
  double rate = 1;    ///< times the learning rate
  bool decays = true; ///< whether weight decay holds for it
};

/// One array for each parameter, in their order.
using ParameterValues = std::vector<std::vector<float>>;

class Objective {
public:
  virtual ~Objective() = default;
  virtual llvm::ArrayRef<Parameter> parameters() const = 0;
  /// How many windows the calls below take at most.
  virtual size_t mostWindows() const { return SIZE_MAX; }
  /// The sum over rows of weight times loss, divided by `total`: the mean over a batch, of which
  /// these windows may be a part.
  virtual llvm::Expected<double> loss(llvm::ArrayRef<TokenWindow> windows, double total,
                                      const ParameterValues &values) = 0;
  /// The same, and adds its gradient: an array that is empty stands for zeros.
  virtual llvm::Expected<double> addGradient(llvm::ArrayRef<TokenWindow> windows, double total,
                                             const ParameterValues &values,
                                             ParameterValues &gradient) = 0;
};

} // namespace retort

#endif
