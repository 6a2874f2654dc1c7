// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes to be written, in pieces: what the encoder makes is owned, weights are only pointed at.
#ifndef RETORT_LIB_EXPORT_BYTES_H
#define RETORT_LIB_EXPORT_BYTES_H

#include "dialects/Onnx/Weights.h"

#include "llvm/Support/raw_ostream.h"

namespace retort {

/// A sequence of bytes. Appending a weight, or another sequence, copies no weight, so a model takes
/// the memory of its structure however large its tensors are.
class Bytes {
public:
  Bytes() = default;
  Bytes(llvm::StringRef text) { append(text); }

  size_t size() const { return total; }
  bool empty() const { return total == 0; }

  void append(llvm::StringRef text) {
    if (text.empty())
      return;
    if (pieces.empty() || pieces.back().weight)
      pieces.emplace_back();
    pieces.back().text += text;
    total += text.size();
  }
  /// The bytes of a constant in ONNX's encoding.
  void append(const onnx::ConstantView &weight) {
    Piece piece;
    piece.weight = weight;
    size_t size = piece.weight->bytes().size();
    if (size == 0)
      return;
    pieces.push_back(std::move(piece));
    total += size;
  }
  void append(Bytes &&other) {
    for (Piece &piece : other.pieces) {
      if (!piece.weight && !pieces.empty() && !pieces.back().weight)
        pieces.back().text += piece.text;
      else
        pieces.push_back(std::move(piece));
    }
    total += other.total;
    other = Bytes();
  }

  void write(llvm::raw_ostream &stream) const {
    for (const Piece &piece : pieces) {
      llvm::ArrayRef<char> bytes = piece.weight
                                       ? piece.weight->bytes()
                                       : llvm::ArrayRef<char>(piece.text.data(), piece.text.size());
      stream.write(bytes.data(), bytes.size());
    }
  }

private:
  struct Piece {
    std::string text;
    /// Keeps what had to be converted, too.
    std::optional<onnx::ConstantView> weight;
  };
  std::vector<Piece> pieces;
  size_t total = 0;
};

} // namespace retort

#endif
