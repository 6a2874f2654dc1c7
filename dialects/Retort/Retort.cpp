// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the retort dialect, and verifies the target.
#include "dialects/Retort/Retort.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;

#include "dialects/Retort/RetortDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Retort/RetortAttributes.cpp.inc"

void RetortDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Retort/RetortAttributes.cpp.inc"
      >();
}

bool TargetAttr::has(StringRef feature) const {
  return llvm::any_of(getFeatures(), [&](StringAttr each) { return each.getValue() == feature; });
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef cpu,
                                 int64_t vectorBits, int64_t vectorRegisters,
                                 ArrayRef<StringAttr> features, ArrayRef<int64_t> caches) {
  if (cpu.empty())
    return emitError() << "expects a name as 'cpu', found none";
  if (!llvm::is_sorted(features,
                       [](StringAttr a, StringAttr b) { return a.getValue() < b.getValue(); }))
    return emitError() << "expects 'features' in the order of the alphabet";
  if (vectorBits < 64 || vectorBits > 2048 || vectorBits % 64 != 0)
    return emitError() << "expects 'vector_bits' as a multiple of 64 up to 2048, found "
                       << vectorBits;
  if (vectorRegisters < 8 || vectorRegisters > 1024)
    return emitError() << "expects 'vector_registers' from 8 to 1024, found " << vectorRegisters;
  for (int64_t bytes : caches)
    if (bytes < 1)
      return emitError() << "expects 'caches' of at least one byte, found " << bytes;
  return success();
}
