// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with matrices of which only the elements that are not zero are kept.
#include "lib/Emit/Emit.h"
#include "lib/Runtime/ThreadPool.h"
#include "test/unit/LinearFixture.h"

using namespace retort;

namespace {
/// n of each m rows (m 0: no pattern), of a matrix KxN in either stored order.
struct Sparsity {
  int64_t depth, columns, n, m;
  bool isSwapped, isQuantized;

  int64_t rows() const { return isSwapped ? columns : depth; }
  int64_t width() const { return isSwapped ? depth : columns; }
  /// Row k of the weight and its column at position `i` of the stored matrix.
  std::pair<int64_t, int64_t> at(int64_t i) const {
    int64_t row = i / width(), column = i % width();
    return isSwapped ? std::pair(column, row) : std::pair(row, column);
  }
  bool isKept(int64_t i) const {
    auto [k, column] = at(i);
    if (m == 0)
      return (k * 7 + column * 3) % 5 < 2;
    bool isLast = k / m == depth / m; // a shorter block
    return (isLast ? k % m : (k % m + column) % m) < n;
  }
  int64_t keptOfColumn() const { return depth / m * n + std::min(n, depth % m); }
};

class LinearSparseTest : public LinearFixture {
protected:
  WeightText thin(const Sparsity &p);
  std::string textOf(const Sparsity &p, ArrayRef<int64_t> shape);
};
} // namespace

std::string LinearSparseTest::textOf(const Sparsity &p, ArrayRef<int64_t> shape) {
  std::string mask = std::to_string((p.rows() * p.width() + 7) / 8), values = dims(shape),
              type = dims({p.rows(), p.width()}) + "f32", made = constant("m", mask + "xui8");
  if (p.isQuantized)
    made +=
        constant("c", values + "i4") + constant("s", dims({p.columns}) + "f32") +
        llvm::formatv("  %v = onnx.DequantizeLinear(%c, %s) {{axis = {0} : i64} : (tensor<{1}i4>, "
                      "tensor<{2}xf32>) -> tensor<{1}f32>\n",
                      p.isSwapped ? 0 : 1, values, p.columns)
            .str();
  else
    made += constant("v", values + "f32");
  std::string pattern = p.m ? llvm::formatv(" {{axis = {0} : i64, n = {1} : i64, m = {2} : i64}",
                                            int(p.isSwapped), p.n, p.m)
                                  .str()
                            : "";
  made += llvm::formatv(
      "  %{0} = compress.decode_sparse(%m, %v){1} : (tensor<{2}xui8>, tensor<{3}f32>) -> "
      "tensor<{4}>\n",
      p.isSwapped ? "d" : "w", pattern, mask, values, type);
  if (p.isSwapped)
    made += llvm::formatv(
        "  %w = onnx.Transpose(%d) {{perm = array<i64: 1, 0>} : (tensor<{0}>) -> tensor<{1}f32>\n",
        type, dims({p.depth, p.columns}));
  return made;
}

WeightText LinearSparseTest::thin(const Sparsity &p) {
  int64_t size = p.rows() * p.width(), count = 0;
  std::vector<double> mask((size + 7) / 8);
  for (int64_t i = 0; i < size; ++i)
    if (p.isKept(i)) {
      mask[i / 8] += 1 << (i % 8);
      ++count;
    }
  SmallVector<int64_t> shape{count};
  if (p.m)
    shape = p.isSwapped ? SmallVector<int64_t>{p.columns, p.keptOfColumn()}
                        : SmallVector<int64_t>{p.keptOfColumn(), p.columns};
  auto stored = p.isQuantized ? random(count, -8, 8, true) : random(count, -1, 1);
  auto scales = random(p.columns, 0.1, 0.2);
  auto f32 = Float32Type::get(&context);
  WeightText weight{textOf(p, shape), {}, std::vector<double>(size)};
  weight.constants.push_back(
      integers({int64_t(mask.size())}, IntegerType::get(&context, 8, IntegerType::Unsigned), mask));
  weight.constants.push_back(p.isQuantized ? integers(shape, IntegerType::get(&context, 4), stored)
                                           : floats(shape, f32, stored));
  if (p.isQuantized)
    weight.constants.push_back(floats({p.columns}, f32, scales));
  // The kept elements in the order of the format: of each column from its first row on, or of all.
  std::vector<int64_t> next(p.columns);
  for (int64_t i = 0, all = 0; i < size; ++i) {
    if (!p.isKept(i))
      continue;
    auto [k, column] = p.at(i);
    int64_t r = p.m ? next[column]++ : all++;
    int64_t place = !p.m ? r : p.isSwapped ? column * p.keptOfColumn() + r : r * p.columns + column;
    weight.values[k * p.columns + column] = stored[place] * (p.isQuantized ? scales[column] : 1);
  }
  return weight;
}

RETORT_LINEAR_CPUS(LinearSparseTest);

TEST_P(LinearSparseTest, MultipliesWhatIsKept) {
  for (Sparsity p : {Sparsity{64, 40, 2, 4, false, false},
                     {70, 33, 1, 4, false, false},
                     {64, 40, 4, 8, true, false},
                     {80, 40, 4, 16, false, false},
                     {64, 40, 3, 4, false, false},
                     {64, 40, 2, 4, false, true},
                     {64, 40, 2, 4, true, true},
                     {64, 40, 0, 0, false, false}}) {
    SCOPED_TRACE(std::to_string(p.n) + " of " + std::to_string(p.m));
    WeightText weight = thin(p);
    compile(product(p.depth, p.columns, weight.made), weight.constants);
    check(p.depth, p.columns, weight.values);
  }
}
