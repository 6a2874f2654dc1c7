// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of levels with scales that are codes: compress.decode_levels, and its form in ONNX.
#ifndef RETORT_LIB_FORMATS_LEVELS_LEVELSWEIGHT_H
#define RETORT_LIB_FORMATS_LEVELS_LEVELSWEIGHT_H

#include "dialects/Compress/Levels.h"
#include "dialects/Compress/WeightExpression.h"

namespace retort {

class LevelsWeight : public compress::WeightReader {
public:
  /// Null where the operation is none, or its constants do not fit.
  static std::shared_ptr<const LevelsWeight> of(mlir::Operation *op);

  float at(int64_t i) const override {
    return levels[codes->intAt(i)] * ladder.at(scales->intAt(groups.entryOf(i)));
  }
  uint64_t bytes() const override;
  llvm::StringRef name() const override;
  std::optional<WeightMatrix> matrix(bool isSwapped) const override;

private:
  friend struct LevelsLookups;
  bool isValid();

  mlir::Value codeConstant;
  std::optional<onnx::ConstantView> codes, scales;
  std::vector<float> levels;
  compress::ScaleLadder ladder;
  uint64_t tableBytes = 0; ///< of levels and ladder, as they are written
  compress::Groups groups;
  int64_t axis = 0, block = 0;
};

} // namespace retort

#endif
