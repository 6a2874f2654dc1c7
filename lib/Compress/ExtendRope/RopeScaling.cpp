// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The methods that there are: each file of one adds an object to the list.
#include "lib/Compress/ExtendRope/RopeScaling.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Tensor.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static std::vector<const RopeMethod *> &methods() {
  static std::vector<const RopeMethod *> list;
  return list;
}

RopeMethod::RopeMethod(StringRef name) : called(name) {
  auto place = llvm::find_if(methods(), [&](const RopeMethod *m) { return name < m->name(); });
  methods().insert(place, this);
}

const RopeMethod *RopeMethod::named(StringRef name) {
  auto found = llvm::find_if(methods(), [&](const RopeMethod *m) { return m->name() == name; });
  return found == methods().end() ? nullptr : *found;
}

std::vector<StringRef> RopeMethod::names() {
  std::vector<StringRef> result;
  for (const RopeMethod *method : methods())
    result.push_back(method->name());
  return result;
}

RopeMethod::Values RopeMethod::build(OnnxBuilder & /*builder*/, ArrayRef<double> /*frequencies*/,
                                     const RopeScaling & /*scaling*/, Value /*tokens*/) const {
  llvm_unreachable("only dynamic methods are built");
}

double retort::yarnAttentionFactor(double factor) {
  return factor <= 1 ? 1 : 0.1 * std::log(factor) + 1;
}

double retort::interpolated(double frequency, double factor) {
  return 1 / (float(factor) * float(1 / frequency));
}

Value retort::makePairs(OnnxBuilder &builder, ArrayRef<double> numbers) {
  auto tensor = onnx::Tensor::floats(builder.raw().getF32Type(), {1, 1, int64_t(numbers.size())},
                                     std::vector<double>(numbers.begin(), numbers.end()));
  return makeConstantOp(builder.raw(), builder.location(), tensor.attribute("rope_pairs"));
}
