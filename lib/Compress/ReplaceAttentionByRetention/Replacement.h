// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What takes the place of one attention.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_REPLACEMENT_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_REPLACEMENT_H

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Build.h"

namespace retort {

enum class RetentionForm {
  Plain,      ///< sum over j of D_ij s_ij v_j
  Expansion,  ///< (sum over j of D_ij (1 + s_ij) v_j) / (sum over j of D_ij)
  Normalized, ///< sum over j of D_ij (c + s_ij) v_j, through the norm of a root mean square, times
              ///< a weight
};

/// What of a retention is fitted: of G key-value and H query heads.
struct RetentionParameters {
  std::vector<float> logDecays; ///< G
  std::vector<float> constants; ///< H, of Normalized alone: c
  std::vector<float> norm;      ///< H x E, of Normalized alone

  /// Before anything is fitted. `Normalized` begins with half-lives of 4 to 90 rows, and ones.
  static RetentionParameters initial(llm::AttentionOp op, RetentionForm form);
};

/// The same as values, in f32; null where the form has none.
struct RetentionValues {
  mlir::Value logDecays; ///< 1xGx1x1
  mlir::Value constants; ///< 1xHx1x1
  mlir::Value norm;      ///< 1xHx1xE
};

class Replacement {
public:
  /// Builds at the builder.
  Replacement(mlir::OpBuilder &builder, llm::AttentionOp op, RetentionValues parameters);

  /// The result in place of attention's.
  mlir::Value run(RetentionForm form);
  /// What `retain` and `average` of AttentionRows.h give, for several rounds of decays
  /// (1x(K*G)x1x1, one round after the other), merged: B x T x (K * G * (H/G + 1) * E). In a round
  /// and a group come the query heads, each E wide, and the average.
  mlir::Value runSeparated(int64_t rounds);
  /// What `average` gives for several rounds of decays: B x T x (K * G * E).
  mlir::Value runAverages(int64_t rounds);
  /// All keys and values, the past included.
  mlir::Value keys, values;

private:
  void prepare();
  mlir::Value separatedQuery();
  mlir::Value rounds(mlir::Value tensor, int64_t count);
  mlir::Value ones(mlir::Value like, int64_t heads);
  mlir::Value mergedParts(mlir::Value result);
  mlir::Value retainAll(mlir::Value query, mlir::Value key, mlir::Value value, double scale);
  mlir::Value repeated(mlir::Value ofGroups);
  mlir::Value withCoordinate(mlir::Value tensor, mlir::Value number, int64_t heads);
  mlir::Value rows(mlir::Value all, bool past);
  mlir::Value counts();
  mlir::Value oneMinusExp(mlir::Value x);
  mlir::Value divisor();
  llm::RetentionOp retain(mlir::Value query, mlir::Value key, mlir::Value value, mlir::Value state,
                          double scale);

  llm::AttentionOp op;
  OnnxBuilder b;
  mlir::Type element;
  int64_t heads, groups;
  RetentionValues parameters;
  mlir::Value visible; ///< B x 1 x S x 1, in the element type; null where all columns are
  mlir::Value pastRows, decay;
};

} // namespace retort

#endif
