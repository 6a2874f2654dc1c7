// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The frequencies of extended rotary embeddings, on plain arrays, in double precision.
#ifndef RETORT_LIB_COMPRESS_EXTENDROPE_ROPESCALING_H
#define RETORT_LIB_COMPRESS_EXTENDROPE_ROPESCALING_H

#include "dialects/Onnx/Build.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace retort {

/// What a method is told.
struct RopeScaling {
  /// How many times longer texts are than the `length` of training, in tokens.
  double factor = 2;
  int64_t length = 0;
  /// b of f_k = b^(-2k/D), D twice the number of pairs; 0: the frequencies follow no such law.
  double base = 0;
  /// Turns within that length: pairs above `betaFast` stay, those below `betaSlow` are
  /// interpolated.
  double betaFast = 32, betaSlow = 1;
  /// Blend over the index of the pair, as released code does; false: over the number of turns, as
  /// YaRN (2309.00071), eq. 17.
  bool overIndex = true;
  /// Round the bounds of the blend over the index.
  bool truncate = true;
  /// Turns of Llama 3, of the same meaning as betaSlow and betaFast.
  double lowFrequency = 1, highFrequency = 4;
  /// What LongRoPE divides each frequency by, in texts of at most `length` tokens, and in longer
  /// ones.
  std::vector<double> shortFactors, longFactors;
  /// Of cosines and sines; 0: the method's own.
  double attentionFactor = 0;
};

/// Frequencies in radians per position, one for each pair of coordinates; what cosines and sines
/// are multiplied by.
struct ScaledRope {
  std::vector<double> frequencies;
  double amplitude = 1;
};

/// One way to extend rotary embeddings: a file with a subclass and one static object of it.
class RopeMethod {
public:
  RopeMethod(const RopeMethod &) = delete;

  /// Null where there is none of the name.
  static const RopeMethod *named(llvm::StringRef name);
  /// All, in alphabetical order.
  static std::vector<llvm::StringRef> names();

  llvm::StringRef name() const { return called; }
  /// Whether the frequencies depend on the length of the text. Keys can then not be kept as they
  /// were turned.
  virtual bool isDynamic() const { return false; }
  virtual bool needsBase(const RopeScaling & /*scaling*/) const { return false; }
  /// What is wrong with the options for so many pairs: "expects ..., found ..."; empty: nothing.
  virtual std::string problem(const RopeScaling & /*scaling*/, size_t /*pairs*/) const {
    return "";
  }

  /// For a text of `tokens` tokens; static methods do not ask for it.
  virtual ScaledRope scale(llvm::ArrayRef<double> frequencies, const RopeScaling &scaling,
                           double tokens) const = 0;

  struct Values {
    mlir::Value frequencies; ///< f32, 1 x 1 x pairs
    mlir::Value amplitude;   ///< f32, a scalar; null: 1
  };
  /// The same in a graph, of dynamic methods: `tokens` is a scalar, f32.
  virtual Values build(OnnxBuilder &builder, llvm::ArrayRef<double> frequencies,
                       const RopeScaling &scaling, mlir::Value tokens) const;

protected:
  explicit RopeMethod(llvm::StringRef name);
  ~RopeMethod() = default;

private:
  llvm::StringRef called;
};

/// frequency / factor, in f32 and in the order of released code, 1 / (factor period): a rounding of
/// a frequency is one of angles, as many times as large as the position.
double interpolated(double frequency, double factor);

/// YaRN's sqrt(1/t) = 0.1 ln s + 1 (2309.00071, eq. 22): the factor of cosines and sines; 1 below a
/// factor of 1.
double yarnAttentionFactor(double factor);

/// f32, 1 x 1 x numbers.
mlir::Value makePairs(OnnxBuilder &builder, llvm::ArrayRef<double> numbers);

} // namespace retort

#endif
