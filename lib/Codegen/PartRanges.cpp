// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which rounds of its loops a part of a kernel does.
//   4 parts, 2 threads, rows x panels   ->   part 1: rows of thread 0, second half of the panels
#include "lib/Codegen/PartRanges.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace retort;

/// The runtime makes so many parts for each thread, one behind the other.
static constexpr int64_t partsOfThread = 4;

/// Tiles for each thread from which on the rows are shared, and each thread reads the whole weight:
/// a dense one is large, and then it should not be read more often than what the rows are.
static constexpr int64_t tilesOfThread = 2, tilesOfThreadForDense = 32;

namespace {
/// One of so many parts.
struct Part {
  Value number, count;
};

class RangeBuilder {
public:
  RangeBuilder(ImplicitLocOpBuilder &b, ArrayRef<SharedLoop> loops, ArrayRef<Value> sizes,
               Part all);
  SmallVector<Value> build();

private:
  Value index(int64_t i) { return arith::ConstantIndexOp::create(b, i); }
  Value flag(bool value) { return arith::ConstantOp::create(b, b.getBoolAttr(value)); }
  Value invert(Value flag) { return arith::XOrIOp::create(b, flag, this->flag(true)); }
  Value choose(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }
  Value unitsOf(unsigned loop);
  Value isLong(unsigned loop);
  void addRange(unsigned loop, Value isShared, Part part);

  ImplicitLocOpBuilder &b;
  ArrayRef<SharedLoop> loops;
  ArrayRef<Value> sizes;
  Part all, thread, own; // of all parts, of the threads, of a thread's parts
  const SharedLoop *weight;
  SmallVector<Value> ranges;
};
} // namespace

RangeBuilder::RangeBuilder(ImplicitLocOpBuilder &b, ArrayRef<SharedLoop> loops,
                           ArrayRef<Value> sizes, Part all)
    : b(b), loops(loops), sizes(sizes), all(all),
      weight(llvm::find_if(
          loops, [](const SharedLoop &loop) { return loop.kind == 'w' || loop.kind == 'd'; })) {
  // There is one part in all where nobody shares.
  own.count = arith::MinUIOp::create(b, all.count, index(partsOfThread));
  own.number = arith::RemUIOp::create(b, all.number, own.count);
  thread.number = arith::DivUIOp::create(b, all.number, own.count);
  thread.count = arith::DivUIOp::create(b, all.count, own.count);
}

/// Multiples of the grain in the loop.
Value RangeBuilder::unitsOf(unsigned loop) {
  int64_t grain = loops[loop].grain;
  if (grain == 1)
    return sizes[loop];
  Value more = arith::AddIOp::create(b, sizes[loop], index(grain - 1));
  return arith::DivUIOp::create(b, more, index(grain));
}

/// Elements are many; of tiles there is to be one for each part, or some for each thread.
Value RangeBuilder::isLong(unsigned loop) {
  Value least = all.count;
  if (loops[loop].kind == 'p')
    least = thread.count;
  else if (weight != loops.end())
    least = arith::MulIOp::create(
        b, thread.count, index(weight->kind == 'd' ? tilesOfThreadForDense : tilesOfThread));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::uge, unitsOf(loop), least);
}

/// Parts differ by one unit at most.
void RangeBuilder::addRange(unsigned loop, Value isShared, Part part) {
  Value units = unitsOf(loop), size = sizes[loop];
  auto begin = [&](Value number) -> Value {
    Value first = arith::DivUIOp::create(b, arith::MulIOp::create(b, number, units), part.count);
    first = arith::MulIOp::create(b, first, index(loops[loop].grain));
    return arith::MinUIOp::create(b, first, size);
  };
  Value next = arith::AddIOp::create(b, part.number, index(1));
  ranges.push_back(choose(isShared, begin(part.number), index(0)));
  ranges.push_back(choose(isShared, begin(next), size));
}

SmallVector<Value> RangeBuilder::build() {
  // 1. The first that is long enough.
  Value isTaken = flag(false);
  SmallVector<Value> isShared;
  for (unsigned i = 0; i < loops.size(); ++i) {
    Value isThis = flag(false);
    if (&loops[i] != weight)
      isThis = arith::AndIOp::create(b, isLong(i), invert(isTaken));
    isShared.push_back(isThis);
    isTaken = arith::OrIOp::create(b, isTaken, isThis);
  }
  // 2. Else the last, or the weight.
  bool hasWeight = weight != loops.end();
  if (!hasWeight)
    isShared.back() = arith::OrIOp::create(b, isShared.back(), invert(isTaken));
  for (unsigned i = 0; i < loops.size(); ++i) {
    if (&loops[i] != weight)
      addRange(i, isShared[i], hasWeight ? thread : all);
    else
      addRange(i, flag(true),
               {choose(isTaken, own.number, all.number), choose(isTaken, own.count, all.count)});
  }
  return ranges;
}

SmallVector<Value> retort::rangesOfPart(ImplicitLocOpBuilder &b, ArrayRef<SharedLoop> loops,
                                        ArrayRef<Value> sizes, Value number, Value count) {
  return RangeBuilder(b, loops, sizes, {number, count}).build();
}
