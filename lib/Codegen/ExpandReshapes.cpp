// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes the strides of reshaped buffers.
//   memref.expand_shape %a [[0, 1]] output_shape [%m, %n]   ->   memref.reinterpret_cast %a sizes:
//   [%m, %n], strides: [%n, 1]
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {
#define GEN_PASS_DEF_EXPANDRESHAPESPASS
#include "lib/Codegen/ExpandReshapes.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static void expandReshape(memref::ExpandShapeOp op) {
  auto type = cast<MemRefType>(op.getType());
  int64_t offset;
  SmallVector<int64_t> known;
  if (cast<MemRefType>(op.getSrc().getType()).getRank() != 1 ||
      failed(type.getStridesAndOffset(known, offset)))
    return;
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, op.getSrc());
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape(), strides(sizes.size());
  OpFoldResult stride = metadata.getConstifiedMixedStrides().front();
  for (int64_t i = sizes.size() - 1; i >= 0; --i) {
    strides[i] =
        ShapedType::isDynamic(known[i]) ? stride : OpFoldResult(builder.getIndexAttr(known[i]));
    if (i > 0) // each stride counts the elements behind it
      stride = builder.createOrFold<arith::MulIOp>(
          getValueOrCreateConstantIndexOp(builder, op.getLoc(), strides[i]),
          getValueOrCreateConstantIndexOp(builder, op.getLoc(), sizes[i]));
  }
  for (auto [stride, size] : llvm::zip(strides, known)) // the type names only strides that it knows
    if (ShapedType::isDynamic(size))
      stride = getValueOrCreateConstantIndexOp(builder, op.getLoc(), stride);
  OpFoldResult start = ShapedType::isDynamic(offset) ? OpFoldResult(metadata.getOffset())
                                                     : builder.getIndexAttr(offset);
  op.replaceAllUsesWith(memref::ReinterpretCastOp::create(builder, type, metadata.getBaseBuffer(),
                                                          start, sizes, strides)
                            .getResult());
  op.erase();
}

namespace {
struct ExpandReshapesPass : retort::impl::ExpandReshapesPassBase<ExpandReshapesPass> {
  void runOnOperation() override {
    getOperation().walk([](memref::ExpandShapeOp op) { expandReshape(op); });
  }
};
} // namespace
