// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What training makes small, as operations behind the logits.
#ifndef RETORT_LIB_DIFFERENTIATE_LOSS_H
#define RETORT_LIB_DIFFERENTIATE_LOSS_H

#include "dialects/Onnx/Build.h"

#include "llvm/Support/Error.h"

#include <string>

namespace retort {

/// With p = softmax(z / T) of the student's logits z, u the same of the teacher's, and y the next
/// token, a row has the loss
///
///     ce          -log p_y, at T = 1
///     forward-kl  T^2 sum u (log u - log p)                          Hinton, 1503.02531
///     reverse-kl  T^2 sum p (log p - log u)                          MiniLLM, 2306.08543
///     jsd         b KL(u, m) + (1 - b) KL(p, m), m = b u + (1 - b) p GKD, 2306.13649
///     skew-kl     KL(u, m), the same m                               DistiLLM, 2402.03898
///     rows        z itself: a graph that computes losses in place of logits, Tx1
///
/// and, where `mix` < 1, mix times that and (1 - mix) times ce. With `topK` forward-kl knows the
/// teacher's most probable ids alone, all others being one class.
struct LossOptions {
  std::string kind = "ce";
  double temperature = 1, beta = .5, mix = 1;
  int64_t topK = 0;

  /// Success, or what is expected and found.
  llvm::Error check() const;
  bool readsTeacher() const { return kind != "ce" && kind != "rows" && mix > 0; }
};

/// -log p of each row's label, T: `logits` are TxV, `labels` Tx1.
mlir::Value crossEntropy(OnnxBuilder &build, mlir::Value logits, mlir::Value labels);

/// Of tokens, 1xT, what each row predicts, Tx1: row i token i + 1. Nobody knows what comes behind
/// the last one, whose weight is to be 0.
mlir::Value labelsOf(OnnxBuilder &build, mlir::Value tokens);

/// The sum over rows of weight times loss, a scalar. `logits` and `teacher` are RxV, `labels` Rx1,
/// `weights` R.
mlir::Value lossOfRows(OnnxBuilder &build, const LossOptions &options, mlir::Value logits,
                       mlir::Value teacher, mlir::Value labels, mlir::Value weights);

/// The same of a whole text, whose tokens are 1xT.
mlir::Value buildLoss(OnnxBuilder &build, const LossOptions &options, mlir::Value logits,
                      mlir::Value teacher, mlir::Value tokens, mlir::Value weights);

} // namespace retort

#endif
