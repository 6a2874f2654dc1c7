// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A matrix in one of its forms, not in the graph yet.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_FITTEDFORM_H
#define RETORT_LIB_COMPRESS_ALLOCATE_FITTEDFORM_H

#include "lib/Compress/Allocate/Candidate.h"
#include "lib/Compress/Allocate/OptionsFile.h"
#include "lib/Compress/Allocate/RecordRounding.h"

#include "mlir/IR/Remarks.h"

namespace retort {

class FittedForm {
public:
  virtual ~FittedForm() = default;
  /// What it stands for, a row for each output.
  virtual std::vector<float> rows() const = 0;
  /// Puts it in the place of the weight.
  virtual void replace(LinearWeight &weight) = 0;
  /// What a remark says of it.
  virtual void tell(mlir::remark::detail::InFlightRemark &remark) const = 0;
  /// The codes, where it is made of some: what a file of options keeps.
  virtual const GroupedMatrix *codes() const { return nullptr; }
};

/// A form, and its errors on the rows that were held back.
struct FittedOption {
  std::unique_ptr<FittedForm> form;
  WeightOption option;
};

/// The weight in this form, fitted to the record that `rounding` has. `rows` are those of the
/// weight, `norm` is tr(W H W'). An error where a decomposition does not converge.
llvm::FailureOr<FittedOption> fitForm(const Candidate &candidate, const LinearWeight &weight,
                                      llvm::ArrayRef<float> rows, double norm,
                                      const RecordRounding &rounding);

/// The same of codes that were kept; null where they are not.
std::unique_ptr<FittedForm> keptForm(const Candidate &candidate, const LinearWeight &weight,
                                     const WeightOption &option, const OptionsFile &file);

} // namespace retort

#endif
