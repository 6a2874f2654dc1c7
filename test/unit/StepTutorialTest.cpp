// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The step of docs/write-a-step.md: rows in 16 bits, times codes. The page quotes this file.
#include "dialects/Linear/MultiplyStep.h"
#include "lib/Codegen/Passes.h"
#include "lib/Emit/Emit.h"
#include "lib/Runtime/ThreadPool.h"
#include "test/unit/GroupsFixture.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace retort;

namespace {
class MultiplyInt16 : public MultiplyStep {
public:
  StringRef name() const override { return "multiply-int16"; }
  Numerics numerics() const override { return Numerics::Accurate; }
  std::string refusal(const StepWeight &weight) const override;

  StepOperand rows(const StepWeight &weight, MLIRContext *context) const override;
  StepOperand columns(const StepWeight &weight, MLIRContext *context) const override;
  Type accumulator(MLIRContext *context) const override { return IntegerType::get(context, 32); }
  int64_t depth() const override { return 1; }
  SmallVector<StepTile> tiles(TargetAttr target, const StepWeight &weight) const override;

  SmallVector<StepScratch> beside(const StepWeight &weight, MLIRContext *context) const override;
  void packGroup(RowBuilder &b, const StepWeight &weight) const override;
  VectorBuilder::Values sumTile(TileBuilder &b, const StepWeight &weight,
                                bool isPortable) const override;
};
} // namespace

std::string MultiplyInt16::refusal(const StepWeight &weight) const {
  auto codes = weight.codes();
  if (!codes)
    return "the weight is not made of codes";
  return codes->size > 256 ? "sums of more than 256 rows may not fit 32 bits" : "";
}

StepOperand MultiplyInt16::rows(const StepWeight &weight, MLIRContext *context) const {
  auto places = llvm::seq<int64_t>(0, weight.codes()->perWord());
  return {IntegerType::get(context, 16), 1, llvm::to_vector(places)};
}

StepOperand MultiplyInt16::columns(const StepWeight &, MLIRContext *context) const {
  return {IntegerType::get(context, 32)};
}

SmallVector<StepTile> MultiplyInt16::tiles(TargetAttr target, const StepWeight &) const {
  auto tile = [&](int64_t fromRows, int64_t rows) {
    TileShape shape{rows, 2, target.lanes()};
    int64_t live = (shape.rows + 1) * shape.vectors + 1;
    return StepTile{fromRows, shape, live, 0.1 / double(rows)};
  };
  return {tile(1, 1), tile(3, 4)};
}

SmallVector<StepScratch> MultiplyInt16::beside(const StepWeight &weight,
                                               MLIRContext *context) const {
  int64_t groups = weight.order().groups();
  return {{Float32Type::get(context), groups}, {IntegerType::get(context, 32), groups}};
}

/// x = scale * q with |q| <= 32767, and the sum of q.
void MultiplyInt16::packGroup(RowBuilder &b, const StepWeight &) const {
  auto number = [&](float value) -> Value {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  };
  auto forEach = [&](Value start, llvm::function_ref<Value(Value, int64_t, Value)> body) {
    return b
        .loop(b.index(b.order.wordsPerGroup()), start,
              [&](Value word, ValueRange carried) {
                Value value = carried.front();
                for (int64_t place = 0; place < b.order.perWord; ++place)
                  value = body(word, place, value);
                return RowBuilder::Values{value};
              })
        .front();
  };
  Value largest = forEach(number(1e-30f), [&](Value word, int64_t place, Value so) -> Value {
    return arith::MaximumFOp::create(b, so, math::AbsFOp::create(b, b.read(word, place)));
  });
  Value scale = arith::DivFOp::create(b, largest, number(32767));
  Value none = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  Value sum = forEach(none, [&](Value word, int64_t place, Value so) -> Value {
    Value q = math::RoundEvenOp::create(b, arith::DivFOp::create(b, b.read(word, place), scale));
    q = arith::FPToSIOp::create(b, b.getI32Type(), q);
    Value position = b.add(b.multiply(b.wordOfAll(word), b.order.perWord), b.index(place));
    b.store(arith::TruncIOp::create(b, b.getIntegerType(16), q), 0, position);
    return arith::AddIOp::create(b, so, q);
  });
  b.store(scale, 1, b.group);
  b.store(sum, 2, b.group);
}

/// For each group: (sum of codes * q - zero * sum of q) * scale of x * scale of the weight.
VectorBuilder::Values MultiplyInt16::sumTile(TileBuilder &b, const StepWeight &weight, bool) const {
  CodeParts codes = *weight.codes();
  RowOrder order = weight.order();
  auto integers = b.vectorOf(b.getI32Type());
  auto splat = [&](int64_t value) { return b.splat(b.getI32IntegerAttr(int32_t(value))); };
  auto loadRow = [&](unsigned part, int64_t r, Value position) -> Value {
    return memref::LoadOp::create(b, b.scratch[part], ValueRange{b.tile, b.index(r), position});
  };
  auto addGroup = [&](Value group, ValueRange whole) {
    VectorBuilder::Values zeros(b.shape.vectors, splat(codes.zero)), start, result;
    if (codes.zeros)
      for (auto [zero, part] : llvm::zip(zeros, b.load(b.weight[*codes.zeros], group)))
        zero = arith::ExtUIOp::create(b, integers, part);
    for (int64_t r = 0; r < b.shape.rows; ++r)
      for (Value zero : zeros) {
        Value sum = b.broadcast(loadRow(2, r, group));
        start.push_back(arith::SubIOp::create(b, splat(0), arith::MulIOp::create(b, sum, zero)));
      }
    auto sums = b.loop(b.index(order.wordsPerGroup()), start, [&](Value w, ValueRange before) {
      Value word = b.add(b.multiply(group, order.wordsPerGroup()), w);
      VectorBuilder::Values words = b.load(b.weight[codes.words], word), next(before);
      for (int64_t place = 0; place < order.perWord; ++place)
        for (auto [i, sum] : llvm::enumerate(next)) {
          Value code =
              arith::ShRUIOp::create(b, words[i % b.shape.vectors], splat(place * codes.bits));
          code = arith::AndIOp::create(b, code, splat((1 << codes.bits) - 1));
          Value position = b.add(b.multiply(word, order.perWord), b.index(place));
          Value q = loadRow(0, int64_t(i) / b.shape.vectors, position);
          q = b.broadcast(arith::ExtSIOp::create(b, b.getI32Type(), q));
          sum = arith::AddIOp::create(b, sum, arith::MulIOp::create(b, code, q));
        }
      return next;
    });
    VectorBuilder::Values scales = b.load(b.weight[codes.scales], group);
    for (auto [i, sum] : llvm::enumerate(sums)) {
      Value scale = b.broadcast(loadRow(1, int64_t(i) / b.shape.vectors, group));
      Value scaled = arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), sum);
      scaled = arith::MulFOp::create(b, scaled, scale);
      result.push_back(b.multiplyAdd(scaled, scales[i % b.shape.vectors], whole[i]));
    }
    return result;
  };
  return b.loop(b.index(order.groups()), b.zeros(), addGroup);
}

namespace {
class StepTutorialTest : public GroupsFixture {
protected:
  StepTutorialTest() {
    numerics = "accurate";
    addStep(context, std::make_unique<MultiplyInt16>());
  }
  /// Half a step of 16 bits of the largest number that a row of these tests may have.
  double rounding(ArrayRef<float> row, ArrayRef<double> weight, int64_t column) const override {
    double off = 0;
    for (size_t k = 0, columns = weight.size() / row.size(); k < row.size(); ++k)
      off += std::abs(weight[k * columns + column]) / 32767 / 2;
    return off;
  }
};
} // namespace

RETORT_LINEAR_CPUS(StepTutorialTest);

TEST_P(StepTutorialTest, MultipliesCodes) {
  for (const Quantized &q : {Quantized{64, 96, 8, true, 0, false, false},
                             {45, 70, 8, true, 0, true, true},
                             {172, 40, 4, false, 32, true, true},
                             {90, 33, 4, true, 20, true, true},
                             {83, 63, 2, false, 0, true, true}}) {
    SCOPED_TRACE(testing::PrintToString(q));
    WeightText weight = quantize(q);
    compile(product(q.depth, q.columns, weight.made), weight.constants);
    bool packsInt16 = false;
    module->walk([&](LLVM::SExtOp op) { packsInt16 |= op.getArg().getType().isInteger(16); });
    EXPECT_TRUE(packsInt16);
    check(q.depth, q.columns, weight.values, {1, 2, 3, 7, 17});
  }
}

/// A host may have registered no step: products are then refused, and those of attention too.
TEST_P(StepTutorialTest, IsMissedWhereThereIsNone) {
  context.getLoadedDialect<linear::LinearDialect>()->steps.clear();
  auto refusal = [&](StringRef text, std::unique_ptr<Pass> pass) {
    std::string message;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &error) {
      message += error.str();
      return success();
    });
    auto module = parseSourceString<ModuleOp>(text, &context);
    PassManager manager(&context);
    manager.addPass(std::move(pass));
    EXPECT_TRUE(module && failed(manager.run(*module)));
    return message;
  };
  std::string product = refusal(
      "func.func private @f(%x: memref<?x8xf32>, %w: memref<1x8x32xf32>, %y: memref<?x32xf32>) {"
      "  linear.product #linear.dense %x, %w into %y :"
      "    memref<?x8xf32>, memref<1x8x32xf32> into memref<?x32xf32>"
      "  return }",
      createScheduleLinearPass());
  EXPECT_EQ(product, "'linear.product' op has no step that multiplies it");
  EXPECT_EQ(refusal("", createTileProductsPass()), "no step multiplies numbers");
}

TEST(StepTutorialPage, QuotesThisFile) {
  std::string root = getenv("RETORT_SOURCE") ? getenv("RETORT_SOURCE") : ".";
  auto page = llvm::MemoryBuffer::getFile(root + "/docs/write-a-step.md"),
       file = llvm::MemoryBuffer::getFile(root + "/test/unit/StepTutorialTest.cpp");
  ASSERT_TRUE(page && file);
  SmallVector<StringRef> parts;
  (*page)->getBuffer().split(parts, "```");
  unsigned quotes = 0;
  for (StringRef part : parts)
    if (part.consume_front("c++\n")) {
      ++quotes;
      EXPECT_TRUE((*file)->getBuffer().contains(part)) << part.str();
    }
  EXPECT_GE(quotes, 4u);
}
