// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How llm.attention says what the masks of an attention do.
#ifndef RETORT_LIB_RECOGNIZE_MASKFORM_H
#define RETORT_LIB_RECOGNIZE_MASKFORM_H

#include "lib/Recognize/MaskSampling.h"
#include "lib/Support/Refusal.h"

#include "dialects/Llm/Llm.h"

#include <map>

namespace retort {

struct MaskForm {
  /// What attributes say, and which input says where tokens are (where `rule.padding`).
  MaskRule rule;
  mlir::BlockArgument padding;
  /// What stays a value: added to the scores, or a condition.
  llvm::SmallVector<MaskTerm> biases, conditions;
  llm::MaskedRows hiddenRows = llm::MaskedRows::Zero;
  /// Why values stay that no rule was found for.
  std::string note;
};

/// Finds the forms of a function's masks. Layers share theirs, which are looked at once.
class MaskForms {
public:
  explicit MaskForms(Samples &samples) : samples(samples) {}

  /// The simplest form, without rules if `keepValues`; fails with a reason where llm.attention
  /// cannot say it.
  llvm::FailureOr<MaskForm> find(llvm::ArrayRef<MaskTerm> terms, const ScoreSizesAt &sizesAt,
                                 Refusal &why, bool keepValues = false);

private:
  struct Found {
    llvm::FailureOr<MaskForm> form;
    Refusal why;
  };

  Samples &samples;
  std::map<std::string, Found> known;
};

} // namespace retort

#endif
