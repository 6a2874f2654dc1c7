// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs the rows of a product, group by group, as its step says.
//   rows MxK   ->   packed [tile][row][k], and what the step keeps for each row beside it
#include "lib/Codegen/LinearKernels.h"

#include "dialects/Retort/Names.h"

using namespace mlir;
using namespace retort;

static func::FuncOp startKernel(RowBuilder &b, const KernelPlan &plan) {
  linear::ProductOp product = plan.product;
  SmallVector<Type> types{product.getRows().getType()};
  llvm::append_range(types, plan.scratch());
  types.push_back(b.getIndexType());
  auto kernel = func::FuncOp::create(b, "pack", b.getFunctionType(types, {}));
  kernel.setArgAttr(types.size() - 1, names::work, b.getUnitAttr());
  kernel.setPrivate();
  kernel->setAttr(names::kernel, b.getStringAttr("t"));
  kernel.setArgAttr(1, names::noalias, b.getUnitAttr());
  b.setInsertionPointToStart(kernel.addEntryBlock());
  b.rows = kernel.getArgument(0);
  llvm::append_range(b.scratch, kernel.getArguments().drop_front().drop_back());
  return kernel;
}

func::FuncOp retort::makePackKernel(const KernelPlan &plan) {
  auto product = plan.product;
  RowBuilder b(product.getLoc(), product.getContext(), plan.shape,
               plan.step.packOrder(plan.weight));
  func::FuncOp kernel = startKernel(b, plan);
  Value lastRow = arith::SubIOp::create(b, memref::DimOp::create(b, b.rows, 0), b.index(1));
  b.loop(memref::DimOp::create(b, b.scratch[0], 0), [&](Value tile) {
    b.tile = tile;
    b.loop(b.index(b.shape.rows), [&](Value r) {
      b.rowInTile = r;
      b.row = arith::MinUIOp::create(b, b.add(b.multiply(b.tile, b.shape.rows), r), lastRow);
      b.loop(b.index(b.order.groups()), [&](Value group) {
        b.group = group;
        plan.step.packGroup(b, plan.weight);
      });
    });
  });
  func::ReturnOp::create(b);
  return kernel;
}
