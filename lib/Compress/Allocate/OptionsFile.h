// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each form of each matrix came to, and its codes, kept beside the statistics: a second budget
// rounds nothing.
//
// Layout, little-endian: the magic "RETORTO2"; where the text begins (u64); codes, at the places
// that the text gives; the text, which is JSON:
//   {"version": 2, "statistics": HASH, "rounding": WORDS,
//    "weights": {WEIGHT: {"content": HASH, "options": {CANDIDATE:
//      {"bytes": N, "error": tr(E H E'), "norm": tr(W H W'), "nearest": ERROR, "codes": PLACE}}}}}
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_OPTIONSFILE_H
#define RETORT_LIB_COMPRESS_ALLOCATE_OPTIONSFILE_H

#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Support/TemporaryFile.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace retort {

/// One matrix in one form.
struct WeightOption {
  int64_t bytes = 0; ///< of what stands in its place
  double error = 0;  ///< tr(E H E') on the rows that were held back
  double norm = 0;   ///< tr(W H W') on the same
  /// The error where numbers are rounded to nearest; that is what was taken where `error` is no
  /// less.
  std::optional<double> nearest = std::nullopt;
  int64_t codes = 0; ///< their place in the file; 0: they are not kept

  bool isNearest() const { return nearest && *nearest <= error; }
};

/// By the name of a weight, what it holds, and the name of a candidate.
class OptionsFile {
public:
  /// What is in the file, if that is of the same statistics and the same rounding; else nothing.
  static OptionsFile open(llvm::StringRef path, llvm::StringRef statistics,
                          llvm::StringRef rounding);

  /// Null where the file does not know it, or knows it of other numbers.
  const WeightOption *find(llvm::StringRef weight, llvm::StringRef content,
                           llvm::StringRef candidate) const;
  /// From now on codes are written as they are added, about so many bytes of them. False where the
  /// folder takes no file, or the disk has no room.
  bool makeRoom(uint64_t bytes);
  /// `codes` (may be null) are kept where there is room.
  void add(llvm::StringRef weight, llvm::StringRef content, llvm::StringRef candidate,
           WeightOption option, const GroupedMatrix *codes);
  /// Codes, scales and ladder of a matrix of this shape; false where they are not kept.
  bool read(const WeightOption &option, GroupedMatrix &matrix) const;
  /// Writes what was added, and gives it to whoever asks from then on. Nothing is written, and
  /// nothing said, where the folder does not allow it, or where there is another file of this name.
  void keep();

  /// What the codes of a matrix take in the file.
  static uint64_t bytesOfCodes(const GroupedMatrix &matrix);

private:
  struct KnownWeight {
    std::string content;
    std::map<std::string, WeightOption> options;
  };
  void readText(llvm::StringRef text);
  bool beginSpool();
  void dropSpool();
  void writeText(llvm::raw_ostream &stream) const;
  uint64_t textPlace() const;

  std::string path, statistics, rounding;
  std::map<std::string, KnownWeight> weights;
  std::shared_ptr<llvm::MemoryBuffer> file; ///< null where there is none of ours
  std::unique_ptr<TemporaryFile> spool;
  std::unique_ptr<llvm::raw_fd_ostream> stream; ///< into the spool
  bool changed = false, foreign = false, keepsCodes = false;
};

} // namespace retort

#endif
