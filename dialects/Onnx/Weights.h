// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one way to read and to make weights. Small constants are dense attributes; larger ones are
// resources whose bytes lie outside the IR: in the mapped model file, on the heap, or in an
// unlinked mapped file.
#ifndef RETORT_DIALECTS_ONNX_WEIGHTS_H
#define RETORT_DIALECTS_ONNX_WEIGHTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Value.h"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace retort::onnx {

/// The elements of a constant, read where they lie. A bool is one byte; types of less than a byte
/// are packed as in ONNX, the first element in the low bits.
class ConstantView {
public:
  /// nullopt where the attribute holds no data (an elided resource) or data of another length than
  /// its type asks for: MLIR checks neither.
  static std::optional<ConstantView> of(mlir::Attribute attribute);
  /// The constant that defines the value: onnx.initializer, onnx.Constant, arith.constant.
  static std::optional<ConstantView> of(mlir::Value value);

  mlir::RankedTensorType type() const { return tensorType; }
  int64_t size() const { return tensorType.getNumElements(); }
  bool isSplat() const { return splat; }

  /// All elements in ONNX's encoding, little endian. Points into the attribute where that is how it
  /// stores them, else into memory that lives as long as the view or any copy of it.
  llvm::ArrayRef<char> bytes() const;
  /// How many those are; a splat need not be expanded for it.
  int64_t byteCount() const;

  /// Element `i`, converted. Data need not be aligned.
  double floatAt(int64_t i) const;
  int64_t intAt(int64_t i) const;
  /// Its bits, of a type of at most 64.
  uint64_t bitsAt(int64_t i) const;
  /// Of a constant of bytes that hold packed numbers of `width` bits (1 to 8), the first in the low
  /// bits: number `i`, zero-extended.
  unsigned packedAt(unsigned width, int64_t i) const;
  /// Elements `begin` to `begin + count`.
  std::vector<float> floats(int64_t begin, int64_t count) const;
  /// The same into the caller's array, which says how many.
  void readFloats(int64_t begin, llvm::MutableArrayRef<float> result) const;

private:
  mlir::RankedTensorType tensorType;
  unsigned bits = 0;
  bool splat = false;
  /// One element where splat, else all.
  llvm::ArrayRef<char> data;
  /// Keeps what had to be converted.
  std::shared_ptr<std::vector<char>> converted;
  /// All elements of a splat, made when they are first asked for. Copies of the view share them.
  struct Expansion {
    std::once_flag once;
    std::vector<char> bytes;
  };
  std::shared_ptr<Expansion> expansion;
};

/// Bits of an element in ONNX's encoding: 8 for bool, 0 for types that have none.
unsigned elementBits(mlir::Type element);
/// Bytes of a tensor in ONNX's encoding.
int64_t encodedBytes(mlir::RankedTensorType type);

/// Whether so many bytes in ONNX's encoding are large: kept outside the IR as a resource, an
/// argument of compiled code, a matrix that kernels read. Smaller constants are dense attributes,
/// part of the code, and copied freely.
constexpr bool isLarge(int64_t bytes) { return bytes > 1024; }
/// The same of a constant of this type; false where its size is not known.
bool isLarge(mlir::Type type);

/// Element `i` of a packed array of elements of 1 to 8 bits, zero-extended. Widths that do not
/// divide 8, which ONNX lacks, are packed as a stream of bits: an element may lie across two bytes.
inline unsigned loadBits(const char *data, unsigned bits, int64_t i) {
  int64_t first = i * bits;
  unsigned shift = first % 8, pair = uint8_t(data[first / 8]);
  if (shift + bits > 8)
    pair |= unsigned(uint8_t(data[first / 8 + 1])) << 8;
  return (pair >> shift) & ((1u << bits) - 1);
}
/// Writes the low `bits` bits of `value` as element `i`; the place must be zero.
inline void storeBits(char *data, unsigned bits, int64_t i, unsigned value) {
  int64_t first = i * bits;
  unsigned pair = (value & ((1u << bits) - 1)) << (first % 8);
  data[first / 8] |= char(pair);
  if (pair >> 8)
    data[first / 8 + 1] |= char(pair >> 8);
}

/// A constant from bytes in ONNX's encoding: dense up to 1 KiB, else a resource whose key is made
/// of `name`. Below 1 MiB it lies on the heap, above in a mapped, unlinked file, so that memory
/// stays free for others.
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes,
                                llvm::StringRef name);
/// The same, with the bytes written in place by `fill`.
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, llvm::StringRef name,
                                llvm::function_ref<void(llvm::MutableArrayRef<char>)> fill);

/// Frees the data of every resource that no attribute below the modules names; resources otherwise
/// live as long as their context. For its owner alone, who knows all modules that are alive in it.
void releaseUnusedBlobs(llvm::ArrayRef<mlir::ModuleOp> alive);

} // namespace retort::onnx

#endif
