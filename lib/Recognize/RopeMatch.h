// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotary embedding written out in smaller operations, found by what it does to sample vectors.
#ifndef RETORT_LIB_RECOGNIZE_ROPEMATCH_H
#define RETORT_LIB_RECOGNIZE_ROPEMATCH_H

#include "lib/Analysis/Samples.h"
#include "lib/Recognize/LinearSegment.h"
#include "lib/Recognize/RopeTable.h"
#include "lib/Recognize/Rotation.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// A segment that is a rotation of the rows of its input, whose last axis is a head's coordinates.
struct RopeMatch {
  mlir::Value input, output;
  llvm::SmallVector<mlir::Operation *> ops;
  Rotation rotation;
  int64_t rowAxis = 0;
  int64_t batchAxis = -1; ///< -1: there is none
  RopeTable cos, sin;
};

/// A part of a graph that multiplies by tables as a rotary embedding does, and is none.
struct RopeMiss {
  llvm::SmallVector<mlir::Operation *> ops; ///< last first
  Refusal why;
};

/// Of matches that lie in one another, those to replace: the outer one (a partial rotary embedding
/// with the coordinates that pass), unless it needs to put coordinates in another order.
std::vector<RopeMatch> selectMatches(llvm::ArrayRef<RopeMatch> matches);

/// Finds rotary embeddings in a function by probing. It remembers cold values, so one object serves
/// a whole function.
class RopeMatcher {
public:
  explicit RopeMatcher(Samples &samples);

  /// The rotation that ends in `output`, or behind it where what follows only moves elements;
  /// nullopt where none does. `miss` says why where a segment with tables was there; its reason is
  /// empty otherwise.
  std::optional<RopeMatch> match(mlir::Value output, RopeMiss &miss);

private:
  bool hasTables(const LinearSegment &segment);
  llvm::SmallVector<RopeMatch, 1> axesToTry(const LinearSegment &segment);
  /// Why the segment is no rotation along these axes; empty where it is.
  Refusal complete(const LinearSegment &segment, RopeMatch &match);
  std::optional<RowMaps> probe(const LinearSegment &segment, const RopeMatch &match);
  llvm::FailureOr<onnx::Tensor> apply(const LinearSegment &segment, const onnx::Tensor &input,
                                      onnx::Cone &cold);
  std::optional<RopeTable> findTable(const LinearSegment &segment, const RopeMatch &match,
                                     llvm::ArrayRef<double> wanted);
  bool verify(const LinearSegment &segment, const RopeMatch &match);

  Samples &samples;
  Sample first, second;
  onnx::Cone &coneOf(const Sample &sample, std::optional<onnx::Cone> &cone);
  /// Made when something looks like a rotation: both infer all shapes of the graph.
  std::optional<onnx::Cone> firstCone, secondCone;
  std::string problem; // of the last evaluation
};

/// The rotary embeddings that are written out in a function, and what looks like one and is none.
struct RopeSearch {
  std::vector<RopeMatch> found;
  std::vector<RopeMiss> missed;
};
RopeSearch searchRopes(mlir::func::FuncOp function, Samples &samples);

/// Why an operation that is a rotary embedding does not become llm.rope; empty where it does, and
/// for all others.
Refusal whyNoRope(mlir::Operation *op);

} // namespace retort

#endif
