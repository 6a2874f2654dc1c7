// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One weight: how its elements are read and replaced.
#include "lib/Weights/LinearWeights.h"

#include "dialects/Onnx/ValueNames.h"
#include "dialects/Retort/Names.h"
#include "llvm/Support/InterleavedRange.h"

#include <cmath>

using namespace mlir;
using namespace retort;

LinearWeight::LinearWeight(compress::WeightExpression given, WeightRoles roles,
                           std::shared_ptr<llvm::StringSet<>> names)
    : op(given.op()), values(std::move(given)), roles(roles), taken(std::move(names)) {
  label = onnx::valueName(op->getResult(0)).str();
  if (label.empty())
    label = values.name().str();
  if (label.empty())
    llvm::raw_string_ostream(label) << "weight_" << llvm::interleaved(type().getShape(), "x");
}

LinearWeight LinearWeight::inCopy(Operation *copy) const {
  return LinearWeight(*compress::WeightExpression::of(copy->getResult(0)), roles,
                      std::make_shared<llvm::StringSet<>>(*taken));
}

SmallVector<StringRef> LinearWeight::names() const {
  SmallVector<StringRef> all{label};
  if (auto sources = op->getAttrOfType<ArrayAttr>(onnx::sourcesKey))
    for (auto name : sources.getAsRange<StringAttr>())
      all.push_back(name);
  return all;
}

compress::Groups LinearWeight::groups(int64_t size) const {
  compress::Groups groups;
  int64_t axis = inputAxis();
  for (auto [i, length] : llvm::enumerate(type().getShape()))
    (int64_t(i) < axis    ? groups.outer
     : int64_t(i) == axis ? groups.length
                          : groups.inner) *= length;
  groups.group = size > 0 ? size : groups.length;
  return groups;
}

std::vector<float> LinearWeight::floats() const {
  std::vector<float> result(values.size());
  values.read(0, result);
  return result;
}

void LinearWeight::setFloats(ArrayRef<float> replacement) {
  rewrite(1, [&](int64_t begin, MutableArrayRef<float> piece) {
    llvm::copy(replacement.slice(begin, piece.size()), piece.begin());
  });
}

/// The names of constants that go with an expression: who makes one again may have them.
static void freeNames(Operation *expression, llvm::StringSet<> &taken) {
  for (Value operand : expression->getOperands())
    if (operand && operand.hasOneUse() && operand.getDefiningOp()) {
      taken.erase(onnx::valueName(operand));
      freeNames(operand.getDefiningOp(), taken);
    }
}

void LinearWeight::rewrite(int64_t slab,
                           llvm::function_ref<void(int64_t, MutableArrayRef<float>)> change) {
  FloatType element = this->element();
  auto fill = [&](MutableArrayRef<char> bytes) {
    values.forEachPiece(slab, [&](int64_t begin, MutableArrayRef<float> piece) {
      change(begin, piece);
      compress::encodeFloats(element, piece, bytes.data() + begin * (element.getWidth() / 8));
    });
  };
  if (!values.isPlain()) {
    Value plain = addNamed(name().str(), type(), fill);
    freeNames(op, *taken);
    return replaceBy(plain);
  }
  op->setAttr("value", onnx::makeConstant(type(), name(), fill));
  values = *compress::WeightExpression::of(op->getResult(0));
}

Value LinearWeight::addNamed(std::string name, RankedTensorType type,
                             llvm::function_ref<void(MutableArrayRef<char>)> fill) {
  OpBuilder builder(op);
  ElementsAttr value = onnx::makeConstant(type, name, fill);
  Value result = onnx::InitializerOp::create(builder, op->getLoc(), type, name, value, {});
  return result;
}

Value LinearWeight::addConstant(StringRef suffix, RankedTensorType type,
                                llvm::function_ref<void(MutableArrayRef<char>)> fill) {
  std::string wanted = (name() + suffix).str(), free = wanted;
  for (int number = 2; !taken->insert(free).second; ++number)
    free = wanted + "_" + std::to_string(number);
  return addNamed(free, type, fill);
}

/// What reads statistics later wants to know what a weight was before it became codes. Nothing is
/// copied: the attribute is the one that the constant had.
static void keepOriginal(Operation *constant, StringRef name) {
  auto module = constant->getParentOfType<ModuleOp>();
  auto value = constant->getAttrOfType<ElementsAttr>("value");
  if (!module || !value || !module->hasAttr(names::statistics))
    return;
  NamedAttrList list(module->getAttrOfType<DictionaryAttr>(names::originals));
  list.set(name, value);
  module->setAttr(names::originals, list.getDictionary(module.getContext()));
}

void LinearWeight::replaceBy(Value expression) {
  auto after = compress::WeightExpression::of(expression);
  if (values.isPlain() && after && after->isQuantized())
    keepOriginal(op, name());
  compress::replaceExpression(op, expression);
  op = expression.getDefiningOp();
  values = *compress::WeightExpression::of(expression);
}

std::optional<onnx::ConstantView> LinearWeight::original() const {
  auto module = op->getParentOfType<ModuleOp>();
  auto all = module ? module->getAttrOfType<DictionaryAttr>(names::originals) : DictionaryAttr();
  Attribute value = all ? all.get(name()) : Attribute();
  auto view = value ? onnx::ConstantView::of(value) : std::nullopt;
  return view && view->type() == type() ? view : std::nullopt;
}

void LinearWeight::forgetOriginal() const {
  auto module = op->getParentOfType<ModuleOp>();
  auto all = module ? module->getAttrOfType<DictionaryAttr>(names::originals) : DictionaryAttr();
  if (!all)
    return;
  NamedAttrList list(all);
  list.erase(name());
  module->setAttr(names::originals, list.getDictionary(module.getContext()));
}

LogicalResult LinearWeight::checkFinite() const {
  int64_t bad = -1;
  float found = 0;
  values.forEachPiece(1, [&](int64_t begin, ArrayRef<float> piece) {
    for (size_t i = 0; bad < 0 && i < piece.size(); ++i)
      if (!std::isfinite(piece[i]))
        bad = begin + i, found = piece[i];
  });
  if (bad < 0)
    return success();
  return emitError() << "holds " << found << " at element " << bad << ": expects finite numbers";
}

InFlightDiagnostic LinearWeight::emitError() const {
  return mlir::emitError(loc()) << "weight '" << name() << "' ";
}

void RelativeError::add(float original, float changed) {
  seen.add(original);
  difference += (double(original) - changed) * (double(original) - changed);
  norm += double(original) * original;
}

void RelativeError::add(ArrayRef<float> original, ArrayRef<float> changed) {
  seen.add(original);
  for (auto [a, b] : llvm::zip_equal(original, changed)) {
    difference += (double(a) - b) * (double(a) - b);
    norm += double(a) * a;
  }
}

double RelativeError::value() const {
  return norm > 0 ? std::sqrt(difference / norm) : (difference > 0 ? HUGE_VAL : 0);
}

double retort::relativeError(ArrayRef<float> original, ArrayRef<float> changed) {
  RelativeError error;
  error.add(original, changed);
  return error.value();
}
