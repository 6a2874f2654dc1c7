// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the weights that a compression method works on.
#include "lib/Raise/NodeImage.h"
#include "lib/Weights/LinearWeights.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/ValueNames.h"

#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace retort;

namespace {
/// The options `include` and `exclude`.
class Selection {
public:
  Selection(StringRef include, StringRef exclude, WeightKind kind)
      : include(include), exclude(exclude), given(!include.empty()), excluding(!exclude.empty()),
        kind(kind) {}

  LogicalResult verify(Operation *op, StringRef includeText, StringRef excludeText) {
    std::string reason;
    if (given && !include.isValid(reason))
      return op->emitError() << "expects a regular expression in 'include', found '" << includeText
                             << "': " << reason;
    if (excluding && !exclude.isValid(reason))
      return op->emitError() << "expects a regular expression in 'exclude', found '" << excludeText
                             << "': " << reason;
    return success();
  }

  /// Why the weight is left alone; empty where it is selected.
  StringRef whyNot(const LinearWeight &weight) {
    SmallVector<StringRef> names = weight.names();
    auto matches = [&](llvm::Regex &pattern) {
      return llvm::any_of(names, [&](StringRef name) { return pattern.match(name); });
    };
    const WeightRoles &roles = weight.roles;
    if (excluding && matches(exclude))
      return "excluded by name";
    if (given)
      return matches(include) ? "" : "not included by name";
    if (kind == WeightKind::Ends)
      return roles.embedding || roles.output ? "" : "neither an embedding nor the output's matrix";
    if (roles.embedding)
      return "an embedding, compressed only where 'include' matches it";
    return roles.output ? "makes the model's outputs, compressed only where 'include' matches it"
                        : "";
  }

private:
  llvm::Regex include, exclude;
  bool given, excluding;
  WeightKind kind;
};
} // namespace

static bool isFloatMatrix(RankedTensorType type) {
  Type element = type.getElementType();
  return type.getRank() >= 2 && type.getNumElements() > 0 &&
         (element.isF16() || element.isBF16() || element.isF32() || element.isF64());
}

/// A product that sums over one element is an outer product, such as that of positions and
/// frequencies.
static bool sumsOverOne(RankedTensorType type, const WeightRoles &roles) {
  return roles.linear && roles.inputAxis >= 0 && type.getDimSize(roles.inputAxis) == 1;
}

/// Names that are taken.
static std::shared_ptr<llvm::StringSet<>> namesIn(ModuleOp module) {
  auto names = std::make_shared<llvm::StringSet<>>();
  module.walk([&](Operation *op) {
    for (Value result : op->getResults())
      names->insert(onnx::valueName(result));
  });
  return names;
}

static LogicalResult failNone(ModuleOp module, StringRef method, StringRef include,
                              StringRef exclude, unsigned found) {
  bool isRaw = false;
  module.walk([&](onnx::NodeOp node) { isRaw |= !node->hasAttr(refusedNode); });
  return module.emitError() << "'" << method << "' matches no weight: " << found
                            << " constant matrices feed products, include='" << include
                            << "', exclude='" << exclude << "'"
                            << (isRaw ? "; nodes of a file are raised first, by retort-raise" : "");
}

FailureOr<std::vector<LinearWeight>> retort::selectLinearWeights(ModuleOp module, StringRef method,
                                                                 StringRef include,
                                                                 StringRef exclude,
                                                                 WeightKind kind) {
  Selection selection(include, exclude, kind);
  if (failed(selection.verify(module, include, exclude)))
    return failure();
  auto names = namesIn(module);
  std::vector<LinearWeight> weights;
  unsigned found = 0;
  module.walk([&](Operation *op) {
    if (op->getNumResults() != 1)
      return;
    auto values = compress::WeightExpression::of(op->getResult(0));
    if (!values || !isFloatMatrix(values->type()))
      return;
    WeightRoles roles = rolesOf(op->getResult(0));
    if (!roles.linear && !roles.embedding)
      return;
    if (sumsOverOne(values->type(), roles))
      return;
    ++found;
    LinearWeight weight(*values, roles, names);
    if (StringRef reason = selection.whyNot(weight); !reason.empty())
      weightMissed(weight.loc(), method, weight.name()) << remark::reason("{0}", reason.str());
    else
      weights.push_back(std::move(weight));
  });
  // A recipe takes the ends of models that have them.
  bool mayBeNone = kind == WeightKind::Ends && include.empty() && exclude.empty();
  if (weights.empty() && !mayBeNone)
    return failNone(module, method, include, exclude, found);
  return weights;
}

LogicalResult
retort::forEachLinearWeight(ModuleOp module, StringRef method, StringRef include, StringRef exclude,
                            llvm::function_ref<LogicalResult(LinearWeight &)> compress,
                            WeightKind kind) {
  auto weights = selectLinearWeights(module, method, include, exclude, kind);
  if (failed(weights))
    return failure();
  for (LinearWeight &weight : *weights)
    if (failed(compress(weight)))
      return failure();
  return success();
}
