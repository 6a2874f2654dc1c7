// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compares the constants of a model before and after its compression.
#include "lib/Weights/LeftAlone.h"
#include "lib/Analysis/WeightUses.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace retort;

/// What is smaller is not worth a line.
static constexpr int64_t smallElements = 1024;

/// Constants by their data, in the order of the module.
using Constants = llvm::MapVector<Attribute, Operation *>;

static Constants constantsOf(ModuleOp module) {
  Constants constants;
  module.walk([&](Operation *op) {
    if (isa<onnx::InitializerOp, onnx::ConstantOp>(op))
      constants.insert({op->getAttr("value"), op});
  });
  return constants;
}

static uint64_t bytesOf(Attribute value) {
  auto type = dyn_cast<RankedTensorType>(cast<ElementsAttr>(value).getType());
  return type && onnx::elementBits(type.getElementType()) ? onnx::encodedBytes(type) : 0;
}

static bool isLargeFloat(Attribute value) {
  auto type = cast<ElementsAttr>(value).getShapedType();
  return isa<FloatType>(type.getElementType()) && type.getNumElements() > smallElements;
}

static std::string nameOf(Operation *constant) {
  std::string name = onnx::valueName(constant->getResult(0)).str();
  auto type = dyn_cast<RankedTensorType>(constant->getResult(0).getType());
  if (name.empty() && type)
    llvm::raw_string_ostream(name) << "constant_" << llvm::interleaved(type.getShape(), "x");
  return name;
}

static std::string reasonOf(Operation *constant) {
  Value value = constant->getResult(0);
  if (value.use_empty())
    return "nothing reads it";
  WeightRoles roles = rolesOf(value);
  if (roles.linear || roles.embedding)
    return "no method was asked to compress it";
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (type && llvm::count_if(type.getShape(), [](int64_t size) { return size > 1; }) < 2)
    return "a vector";
  Operation *user = *value.user_begin();
  StringRef reader = user->getName().getStringRef();
  if (auto node = dyn_cast<onnx::NodeOp>(user))
    reader = node.getOpType();
  return "read by '" + reader.str() + "', which is no product";
}

Compression retort::compareWeights(ModuleOp before, ModuleOp after) {
  Constants was = constantsOf(before), is = constantsOf(after);
  Compression result;
  for (auto &[value, op] : was) {
    result.bytesBefore += bytesOf(value);
    result.numbers += uint64_t(cast<ElementsAttr>(value).getNumElements());
    if (!isLargeFloat(value))
      continue;
    ++result.weights;
    if (Operation *stayed = is.lookup(value))
      result.left.push_back({nameOf(stayed), bytesOf(value), reasonOf(stayed)});
  }
  for (auto &[value, op] : is)
    result.bytesAfter += bytesOf(value);
  return result;
}
