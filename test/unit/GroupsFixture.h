// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with codes of whatever form, and the numbers that these mean.
#ifndef RETORT_TEST_UNIT_GROUPSFIXTURE_H
#define RETORT_TEST_UNIT_GROUPSFIXTURE_H

#include "test/unit/LinearFixture.h"

namespace retort {

/// One way of quantizing a matrix KxN.
struct Quantized {
  int64_t depth, columns, bits;
  bool isSigned;
  int64_t block; // 0: by column
  bool hasZeros, isSwapped;
  int64_t n = 0, m = 0; // of each m rows of a column n have a code; 0: all have

  int64_t groups() const { return block ? (depth + block - 1) / block : 1; }
  /// Row k, column n of a matrix of so many rows in the order in which it is stored.
  int64_t place(int64_t k, int64_t n, int64_t rows) const {
    return isSwapped ? n * rows + k : k * columns + n;
  }
  SmallVector<int64_t> stored(int64_t rows) const {
    return isSwapped ? SmallVector<int64_t>{columns, rows} : SmallVector<int64_t>{rows, columns};
  }
  SmallVector<int64_t> table() const {
    return block ? stored(groups()) : SmallVector<int64_t>{columns};
  }
  bool isKept(int64_t k, int64_t column) const { return m == 0 || (k % m + column) % m < n; }
  std::string codeType() const { return (isSigned ? "i" : "ui") + std::to_string(bits); }
};

inline void PrintTo(const Quantized &q, std::ostream *os) {
  *os << q.depth << "x" << q.columns << " of " << q.bits << " bits, block " << q.block;
}

class GroupsFixture : public LinearFixture {
protected:
  WeightText quantize(const Quantized &q);
  std::string textOf(const Quantized &q);
  /// Rows of numbers a hundred times as large as their neighbours, of the smallest and of the
  /// largest.
  void checkNumbersOfAnySize(const Quantized &q, int64_t rows);
};

inline std::string GroupsFixture::textOf(const Quantized &q) {
  std::string codes = dims(q.stored(q.depth)), table = dims(q.table()),
              name = q.isSwapped ? "d" : "w";
  std::string made = constant("c", codes + q.codeType()) + constant("s", table + "f32") +
                     (q.hasZeros ? constant("z", table + q.codeType()) : "");
  bool alongFirst = bool(q.block) != q.isSwapped;
  made += llvm::formatv(
      "  %{0} = onnx.DequantizeLinear(%c, %s{1}) {{axis = {2} : i64, block_size = {3} : i64} : "
      "(tensor<{4}{5}>, tensor<{6}f32>{7}) -> tensor<{4}f32>\n",
      name, q.hasZeros ? ", %z" : "", alongFirst ? 0 : 1, q.block, codes, q.codeType(), table,
      q.hasZeros ? ", tensor<" + table + q.codeType() + ">" : "");
  if (q.isSwapped)
    made += llvm::formatv("  %w = onnx.Transpose(%d) {{perm = array<i64: 1, 0>} : (tensor<{0}f32>) "
                          "-> tensor<{1}f32>\n",
                          codes, dims({q.depth, q.columns}));
  return made;
}

inline WeightText GroupsFixture::quantize(const Quantized &q) {
  auto element = IntegerType::get(&context, q.bits,
                                  q.isSigned ? IntegerType::Signless : IntegerType::Unsigned);
  double low = q.isSigned ? -double(1 << (q.bits - 1)) : 0, high = low + (1 << q.bits);
  auto codes = random(q.depth * q.columns, low, high, true);
  auto scales = random(q.groups() * q.columns, 0.01, 0.1);
  auto zeros = random(q.groups() * q.columns, low, high, true);
  for (int64_t k = 0; k < q.depth; ++k)
    for (int64_t n = 0; n < q.columns; ++n)
      if (!q.isKept(k, n))
        codes[q.place(k, n, q.depth)] =
            q.hasZeros ? zeros[q.block ? q.place(k / q.block, n, q.groups()) : n] : 0;
  WeightText weight{textOf(q), {}, std::vector<double>(q.depth * q.columns)};
  weight.constants.push_back(integers(q.stored(q.depth), element, codes));
  weight.constants.push_back(floats(q.table(), Float32Type::get(&context), scales));
  if (q.hasZeros)
    weight.constants.push_back(integers(q.table(), element, zeros));
  for (int64_t k = 0; k < q.depth; ++k)
    for (int64_t n = 0; n < q.columns; ++n) {
      int64_t group = q.block ? q.place(k / q.block, n, q.groups()) : n;
      double zero = q.hasZeros ? zeros[group] : 0;
      weight.values[k * q.columns + n] = (codes[q.place(k, n, q.depth)] - zero) * scales[group];
    }
  return weight;
}

inline void GroupsFixture::checkNumbersOfAnySize(const Quantized &q, int64_t rows) {
  WeightText weight = quantize(q);
  compile(product(q.depth, q.columns, weight.made), weight.constants);
  for (double size : {1.0, 1e-30, 1e-38, 1e-44, 1e30, 1e36}) {
    SCOPED_TRACE(size);
    std::vector<double> drawn = random(rows * q.depth, -size, size);
    for (size_t i = 0; i < drawn.size(); i += 29)
      drawn[i] *= 100;
    std::vector<float> x(drawn.begin(), drawn.end());
    compare(x, run(x, q.depth, q.columns), q.depth, q.columns, weight.values);
  }
}

} // namespace retort

#endif
