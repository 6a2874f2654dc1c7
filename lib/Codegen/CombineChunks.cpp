// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Combines what few rows of attention have summed in chunks of columns, in the order of the chunks.
//   m = max m[c], w[c] = exp(m[c] - m)   ->   result = sum w[c] o[c] / sum w[c] l[c]
#include "lib/Codegen/AttentionKernels.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

namespace {
class ChunkCombiner {
public:
  explicit ChunkCombiner(const AttentionPlan &plan) : plan(plan), b(plan) {}
  func::FuncOp build();

private:
  Value weighChunks(Value head);
  void writeVector(ArrayRef<Value> place, Value e, Value factor);
  Value rowOf(Value chunk) { return b.add(firstRow, b.multiply(chunk, b.rowsOfGroup)); }

  const AttentionPlan &plan;
  AttentionBuilder b;
  Value sums, statistics, chunks, firstRow;
};
} // namespace

/// The highest scores become weights; returns 1 / the sum of all powers.
Value ChunkCombiner::weighChunks(Value head) {
  Value start =
      b.sinks ? b.loadAt(b.sinks, head) : b.real(-std::numeric_limits<double>::infinity());
  auto statistic = [&](Value chunk, int64_t which) {
    return b.loadAt(statistics, {rowOf(chunk), b.index(which)});
  };
  Value best = b.loop(chunks, start, [&](Value chunk, ValueRange before) {
                  return Values{b.maximum(statistic(chunk, 0), before[0])};
                }).front();
  Value shift = b.shiftFor(best);
  Value sum = b.sinks ? b.power(start, shift) : b.real(0);
  sum = b.loop(chunks, sum, [&](Value chunk, ValueRange before) {
           Value weight = b.power(statistic(chunk, 0), shift);
           memref::StoreOp::create(b, weight, statistics, ValueRange{rowOf(chunk), b.index(0)});
           return Values{b.multiplyAdd(weight, statistic(chunk, 1), before[0])};
         }).front();
  return b.inverse(sum);
}

void ChunkCombiner::writeVector(ArrayRef<Value> place, Value e, Value factor) {
  Value total = b.loop(chunks, b.splat(0.0), [&](Value chunk, ValueRange before) {
                   Value weight = b.loadAt(statistics, {rowOf(chunk), b.index(0)});
                   Value part = b.loadVector(sums, {rowOf(chunk), e}, {});
                   return Values{b.multiplyAdd(b.broadcast(weight), part, before[0])};
                 }).front();
  int64_t width = b.op.width();
  Value mask = width % b.shape.lanes ? b.maskOf(b.subtract(b.index(width), e)) : Value();
  Values at(place.begin(), place.end());
  at.push_back(e);
  b.storeVector(arith::MulFOp::create(b, total, b.broadcast(factor)), b.init, at, mask);
}

func::FuncOp ChunkCombiner::build() {
  auto buffer = [&](int64_t width) {
    return MemRefType::get({ShapedType::kDynamic, width}, b.getF32Type());
  };
  func::FuncOp kernel = b.startKernel(
      "combine_chunks", TypeRange{buffer(widthOfSums(plan)), buffer(2), b.getIndexType()}, "t");
  auto more = kernel.getArguments().drop_back().take_back(3);
  sums = more[0], statistics = more[1], chunks = more[2];
  Value all = b.multiply(b.multiply(b.batch, b.groups), b.rowsOfGroup);
  b.loop(all, [&](Value i) {
    Value pair = b.divide(i, b.rowsOfGroup), number = b.remainder(i, b.rowsOfGroup);
    firstRow = b.add(b.multiply(b.multiply(pair, chunks), b.rowsOfGroup), number);
    AttentionBuilder::Row row = b.rowOf(b.remainder(pair, b.groups), number);
    Value place[] = {b.divide(pair, b.groups), row.head, row.row};
    Value factor = weighChunks(row.head);
    b.loop(b.index(widthOfSums(plan) / b.shape.lanes),
           [&](Value vector) { writeVector(place, b.multiply(vector, b.shape.lanes), factor); });
  });
  func::ReturnOp::create(b);
  return kernel;
}

func::FuncOp retort::makeCombineChunksKernel(const AttentionPlan &plan) {
  return ChunkCombiner(plan).build();
}
