// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations that the places of kept values select, in one row.
#include "lib/Formats/Sparse/SelectActivations.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;

/// Empty where the vectors have none: eight lanes are those of AVX2, sixteen those of AVX-512. All
/// of them ignore the higher bits of a place.
static StringRef selectInstruction(int64_t lanes, int64_t m) {
  bool isWithinFour = m == 2 || m == 4;
  if (lanes == 8)
    return isWithinFour ? "llvm.x86.avx.vpermilvar.ps.256" : m == 8 ? "llvm.x86.avx2.permps" : "";
  if (lanes == 16)
    return isWithinFour        ? "llvm.x86.avx512.vpermilvar.ps.512"
           : m == 8 || m == 16 ? "llvm.x86.avx512.permvar.sf.512"
                               : "";
  return "";
}

bool retort::canSelect(int64_t lanes, int64_t m) { return !selectInstruction(lanes, m).empty(); }

Value retort::loadBlock(TileBuilder &b, Value position, int64_t m) {
  auto type = VectorType::get(m, b.getF32Type());
  Value x = vector::LoadOp::create(b, type, b.packed, ValueRange{b.tile, b.index(0), position});
  SmallVector<int64_t> repeated;
  for (int64_t lane = 0; lane < b.shape.lanes; ++lane)
    repeated.push_back(lane % m);
  return m == b.shape.lanes ? x : vector::ShuffleOp::create(b, x, x, repeated).getResult();
}

Value retort::selectByPlace(TileBuilder &b, Value activations, Value places, int64_t m) {
  StringRef instruction = selectInstruction(b.shape.lanes, m);
  return LLVM::CallIntrinsicOp::create(b, activations.getType(), b.getStringAttr(instruction),
                                       ValueRange{activations, places})
      .getResult(0);
}
