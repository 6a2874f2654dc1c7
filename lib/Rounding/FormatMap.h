// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which form a weight gets, by its name: what methods that round weights take as `formats`.
#ifndef RETORT_LIB_ROUNDING_FORMATMAP_H
#define RETORT_LIB_ROUNDING_FORMATMAP_H

#include "lib/Rounding/CodeForm.h"

#include "llvm/Support/Regex.h"

namespace retort {

/// `REGEX=BITS:GROUP[:FORM],...`, the first that a name of the weight matches; else the form that
/// the method's own options say. FORM is integers or levels, that of the options where it is left
/// out, as everything else is that an entry does not say.
class FormatMap {
public:
  /// An error at the module where `text` is no such list.
  static mlir::FailureOr<FormatMap> parse(mlir::ModuleOp module, llvm::StringRef text,
                                          const CodeForm &otherwise);

  const CodeForm &formOf(const LinearWeight &weight);
  /// A `missed` remark of `method` for each expression that no weight matched so far.
  void reportUnused(mlir::ModuleOp module, llvm::StringRef method) const;

private:
  struct Entry {
    std::string text;
    std::shared_ptr<llvm::Regex> pattern;
    CodeForm form;
    bool isUsed = false;
  };
  static mlir::FailureOr<Entry> parseEntry(mlir::ModuleOp module, llvm::StringRef pattern,
                                           llvm::ArrayRef<llvm::StringRef> format, CodeForm form);

  CodeForm otherwise;
  std::vector<Entry> entries;
};

} // namespace retort

#endif
