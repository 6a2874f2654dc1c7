// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the format is: the parts of a packed weight, and what they mean.
#include "Codebook/Codebook.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;
using linear::WeightPart;

#include "Codebook/CodebookDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "Codebook/CodebookAttributes.cpp.inc"

void codebook::CodebookDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "Codebook/CodebookAttributes.cpp.inc"
      >();
  compress::addForm(*getContext(), makeForm());
}

SmallVector<WeightPart> codebook::PanelsAttr::getParts(int64_t depth, int64_t columns) const {
  auto isCode = [](Type type) { return type.isInteger(32); };
  auto isFloat = [](Type type) { return type.isF32(); };
  return {WeightPart::panels("codes", llvm::divideCeil(depth, perWord), columns, isCode, "i32"),
          {"book", {bookSize}, isFloat, "f32"},
          WeightPart::panels("scales", 1, columns, isFloat, "f32")};
}

double codebook::PanelsAttr::read(ArrayRef<onnx::ConstantView> parts, int64_t k, int64_t n) const {
  uint64_t word = parts[0].bitsAt(linear::placeInPanels(parts[0], k / perWord, n));
  int64_t code = word >> (k % perWord * codeBits) & (bookSize - 1);
  return parts[1].floatAt(code) * parts[2].floatAt(linear::placeInPanels(parts[2], 0, n));
}
