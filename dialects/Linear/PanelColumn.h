// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Columns of packed weights, by the place where they lie.
#ifndef RETORT_DIALECTS_LINEAR_PANELCOLUMN_H
#define RETORT_DIALECTS_LINEAR_PANELCOLUMN_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort::linear {

/// A column by its panel and its lane, which is below 32: what reads it in loops over both
/// (readInPanels) then reads along the panel, without a division.
mlir::Value columnInPanel(mlir::ImplicitLocOpBuilder &builder, mlir::Value panel, mlir::Value lane);

} // namespace retort::linear

#endif
