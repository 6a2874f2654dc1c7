// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the softmax of an attention back to the product of queries and keys, and on to that with the
// values.
#ifndef RETORT_LIB_RECOGNIZE_SCOREPATH_H
#define RETORT_LIB_RECOGNIZE_SCOREPATH_H

#include "lib/Analysis/Samples.h"
#include "lib/Recognize/Product.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// A cold value that hides scores, or is added to them.
struct MaskTerm {
  enum Kind {
    Add,    ///< score + factor * value
    Choose, ///< value is a condition: the score, or factor * fill
    Filter, ///< score + fill where value is 0; batch x columns, or batch x rows x columns
  } kind;
  mlir::Value value;
  double factor = 1;
  bool hiddenWhere = false; ///< what the condition is where it hides
  double fill = 0;
  /// The scores at this place: batch and heads in the leading axes, then rows and columns. Null
  /// where the value broadcasts to batch x heads x rows x columns itself.
  mlir::Value scores;
};

/// softmax(softcap(scale * product) + masks), with the sinks as one more column.
struct ScorePath {
  mlir::Operation *softmax = nullptr;
  Product product;
  double scale = 1;
  std::optional<double> softcap;
  llvm::SmallVector<MaskTerm> masks;
  mlir::Value sinks;
  /// Whether there is a product of two hot values; `why` says what is in its way.
  bool isAttention = false;
  Refusal why;
};

/// From a softmax back to the product of queries and keys; `why` says why it is none.
ScorePath findScores(mlir::Operation *softmax, Samples &samples);

/// What follows the softmax.
struct ValuePath {
  Product product;
  /// Whether the shares of the columns are the left operand of the product.
  bool sharesLeft = true;
  /// Rows of NaN, which softmax makes of rows of -inf, become zero.
  bool nanToZero = false;
  bool dropsSink = false;
  bool found = false;
  Refusal why;
};

/// From a softmax on to the product with the values; `why` says why it is none.
ValuePath findValues(mlir::Operation *softmax, Samples &samples);

} // namespace retort

#endif
