// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of cosines and sines that a step computes: at long contexts they would be megabytes.
#ifndef RETORT_LIB_DECODESTEP_ANGLEROWS_H
#define RETORT_LIB_DECODESTEP_ANGLEROWS_H

#include "lib/DecodeStep/ColdValues.h"

namespace retort {

/// Row i of a table is factor * cos(i * frequencies), or sin.
struct AngleRows {
  bool isSine = false;
  float factor = 1;
  onnx::Tensor frequencies; ///< of the shape of the table, but one row

  /// Of a table for the whole context of a value that is made of cosines or sines of angles which
  /// are position times frequency; nullopt where it is not, or so small that it may as well be
  /// kept.
  static std::optional<AngleRows> of(mlir::Value value, const onnx::Tensor &table, int64_t axis,
                                     ColdValues &cold);
};

} // namespace retort

#endif
