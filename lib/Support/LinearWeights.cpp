// The weights that compression methods work on.
#include "lib/Support/LinearWeights.h"
#include "lib/Support/Remark.h"
#include "lib/Support/WeightRoles.h"

#include "llvm/Support/Regex.h"

#include <cmath>

using namespace mlir;
using namespace retort;

StringRef LinearWeight::name() const {
  auto name = op->getAttrOfType<StringAttr>("name");
  return name ? name.getValue() : "";
}

void LinearWeight::setFloats(ArrayRef<float> replacement) {
  Type element = type().getElementType();
  auto value = onnx::makeConstant(type(), name(), [&](MutableArrayRef<char> bytes) {
    const llvm::fltSemantics &semantics = cast<FloatType>(element).getFloatSemantics();
    size_t width = bytes.size() / replacement.size();
    for (size_t i = 0; i < replacement.size(); ++i) {
      APFloat number(replacement[i]);
      bool inexact;
      number.convert(semantics, APFloat::rmNearestTiesToEven, &inexact);
      uint64_t bits = number.bitcastToAPInt().getZExtValue();
      std::memcpy(bytes.data() + i * width, &bits, width); // little endian, as ONNX
    }
  });
  op->setAttr("value", value);
  values = *onnx::ConstantView::of(value);
}

static bool isFloatMatrix(RankedTensorType type) {
  Type element = type.getElementType();
  return type.getRank() >= 2 && type.getNumElements() > 0 &&
         (element.isF16() || element.isBF16() || element.isF32() || element.isF64());
}

namespace {
/// The options `include` and `exclude`.
class Selection {
public:
  Selection(StringRef include, StringRef exclude) : include(include), exclude(exclude) {
    given = !include.empty();
    excluding = !exclude.empty();
  }

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
  StringRef whyNot(StringRef name, const WeightRoles &roles) {
    if (excluding && exclude.match(name))
      return "excluded by name";
    if (given)
      return include.match(name) ? "" : "not included by name";
    if (roles.embedding)
      return "an embedding, compressed only where 'include' matches it";
    return roles.output ? "makes the model's outputs, compressed only where 'include' matches it" : "";
  }

private:
  llvm::Regex include, exclude;
  bool given, excluding;
};
} // namespace

LogicalResult retort::forEachLinearWeight(ModuleOp module, StringRef method, StringRef include,
                                          StringRef exclude,
                                          llvm::function_ref<void(LinearWeight &)> compress) {
  Selection selection(include, exclude);
  if (failed(selection.verify(module, include, exclude)))
    return failure();
  unsigned found = 0, selected = 0;
  module.walk([&](Operation *op) {
    if (op->getName().getStringRef() != "onnx.initializer")
      return;
    WeightRoles roles = rolesOf(op->getResult(0));
    auto values = onnx::ConstantView::of(op->getResult(0));
    if (!roles.linear || !values || !isFloatMatrix(values->type()))
      return;
    ++found;
    LinearWeight weight(op, *values);
    if (StringRef reason = selection.whyNot(weight.name(), roles); !reason.empty()) {
      weightMissed(weight.loc(), method, weight.name()) << remark::reason("{0}", reason.str());
      return;
    }
    ++selected;
    compress(weight);
  });
  if (!selected)
    return module.emitError() << "'" << method << "' matches no weight: " << found
                              << " constant matrices feed products, include='" << include
                              << "', exclude='" << exclude << "'";
  onnx::releaseUnusedBlobs(module);
  return success();
}

double retort::relativeError(ArrayRef<float> original, ArrayRef<float> changed) {
  double difference = 0, norm = 0;
  for (auto [a, b] : llvm::zip_equal(original, changed)) {
    difference += (double(a) - b) * (double(a) - b);
    norm += double(a) * a;
  }
  return norm > 0 ? std::sqrt(difference / norm) : (difference > 0 ? HUGE_VAL : 0);
}
