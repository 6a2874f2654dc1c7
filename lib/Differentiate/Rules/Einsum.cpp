// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of sums of products over named axes: the same with the gradient of the result in the
// place of the operand.
//
//   Y = einsum("bi,ij,bj->b", A, B, C)   ->   dB = einsum("b,bi,bj->ij", dY, A, C)
//
// An axis that the operand alone has was summed: its gradient is the same along it, which a factor
// of ones says. One that it names twice has a gradient on the diagonal, a factor of the identity.
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "lib/Differentiate/GradientRules.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace retort;

namespace {
class EinsumGradient {
public:
  EinsumGradient(onnx::EinsumOp op, Backward &backward)
      : op(op), backward(backward), build(backward.build) {}
  LogicalResult run();

private:
  struct Factor {
    Value value;
    std::string labels;
  };

  bool readFactors();
  char freshLabel();
  Factor withoutBroadcast(Factor factor);
  Value ofOperand(size_t place);
  Value identity(int64_t size, Type element);

  onnx::EinsumOp op;
  Backward &backward;
  OnnxBuilder &build;
  SmallVector<Factor> factors;
  std::string output, used;
  std::map<char, int64_t> sizes;
};
} // namespace

/// A letter that the equation lacks; 0 where there is none.
char EinsumGradient::freshLabel() {
  for (char letter : StringRef("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if (used.find(letter) == std::string::npos) {
      used += letter;
      return letter;
    }
  return 0;
}

/// Axes of an ellipsis get letters too. False where these do not suffice.
bool EinsumGradient::readFactors() {
  auto equation = onnx::EinsumEquation::parse(op.getEquation(),
                                              llvm::map_to_vector(op.getInputs(), [](Value input) {
                                                return int64_t(shapeOf(input).size());
                                              }));
  if (!equation)
    return false;
  used = op.getEquation().str();
  std::map<char, char> letters;
  auto rename = [&](std::string &labels) {
    for (char &label : labels)
      if (llvm::isDigit(label)) {
        if (!letters.count(label))
          letters[label] = freshLabel();
        label = letters[label];
      }
    return labels.find(char(0)) == std::string::npos;
  };
  output = equation->output;
  if (!rename(output))
    return false;
  for (auto [input, labels] : llvm::zip_equal(op.getInputs(), equation->operands)) {
    if (!rename(labels))
      return false;
    for (auto [label, size] : llvm::zip_equal(labels, shapeOf(input)))
      sizes[label] = std::max(sizes.count(label) ? sizes[label] : 1, size);
    factors.push_back({input, labels});
  }
  return true;
}

/// Axes of one element that meet longer ones of the same name are no axes.
EinsumGradient::Factor EinsumGradient::withoutBroadcast(Factor factor) {
  SmallVector<int64_t> shape;
  std::string labels;
  for (auto [label, size] : llvm::zip_equal(factor.labels, shapeOf(factor.value)))
    if (size == sizes[label]) {
      labels += label;
      shape.push_back(size);
    }
  if (labels.size() == factor.labels.size())
    return factor;
  return {build.reshape(factor.value, shape), labels};
}

Value EinsumGradient::identity(int64_t size, Type element) {
  Value row = build.integers(llvm::to_vector(llvm::seq(size)));
  return build.cast(build.equal(row, build.reshape(row, {size, 1})), element);
}

/// Null where letters do not suffice.
Value EinsumGradient::ofOperand(size_t place) {
  Factor target = withoutBroadcast(factors[place]);
  auto type = cast<RankedTensorType>(factors[place].value.getType());
  SmallVector<Factor> read{{backward.gradient(), output}};
  for (size_t i = 0; i < factors.size(); ++i)
    if (i != place)
      read.push_back(withoutBroadcast(factors[i]));
  std::string result, lacking;
  for (char label : target.labels) {
    char own = label;
    if (result.find(label) != std::string::npos) {
      own = freshLabel();
      if (!own)
        return Value();
      sizes[own] = sizes[label];
      read.push_back({identity(sizes[label], type.getElementType()), {label, own}});
    }
    result += own;
  }
  auto isRead = [&](char label) {
    return llvm::any_of(
        read, [&](const Factor &factor) { return factor.labels.find(label) != std::string::npos; });
  };
  SmallVector<int64_t> shape, ones;
  for (char label : result) {
    shape.push_back(sizes[label]);
    if (!isRead(label)) {
      lacking += label;
      ones.push_back(sizes[label]);
    }
  }
  if (!lacking.empty())
    read.push_back({backward.splat(type.clone(ones), 1), lacking});
  auto labels = llvm::map_range(read, [](const Factor &factor) { return factor.labels; });
  auto values = llvm::map_to_vector(read, [](const Factor &factor) { return factor.value; });
  Value sum = onnx::EinsumOp::create(build.raw(), op.getLoc(), type.clone(shape), values,
                                     llvm::join(labels, ",") + "->" + result);
  return build.reshape(sum, type.getShape());
}

LogicalResult EinsumGradient::run() {
  if (!readFactors())
    return backward.refuse("expects an equation of at most 52 axes that fits the operands");
  for (size_t place = 0; place < factors.size(); ++place) {
    if (!backward.isWanted(factors[place].value))
      continue;
    Value gradient = ofOperand(place);
    if (!gradient)
      return backward.refuse("expects an equation of at most 52 axes");
    backward.add(factors[place].value, gradient);
  }
  return success();
}

static LogicalResult einsumGradient(onnx::EinsumOp op, Backward &backward) {
  return EinsumGradient(op, backward).run();
}

namespace retort {
void addEinsumRules(GradientRules &rules) { rules.add<onnx::EinsumOp>(einsumGradient); }
} // namespace retort
