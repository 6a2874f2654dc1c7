// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which operations of a Scan's body need one step after the other.
#ifndef RETORT_LIB_RECURRENCE_SCANPARTS_H
#define RETORT_LIB_RECURRENCE_SCANPARTS_H

#include "lib/Recurrence/ScanBody.h"

namespace retort {

/// What depends on itself through states, in the order of the body; or one operation, or one state,
/// that does not.
struct ScanPart {
  llvm::SmallVector<mlir::Operation *> operations;
  llvm::SmallVector<unsigned> states;
  bool isRecurrent = false;
};

/// In an order in which each part stands behind those that it depends on, recurrent ones as late as
/// can be. A recurrent part takes in what reads its values and gives fewer elements: states of all
/// steps would fill memory.
std::vector<ScanPart> findScanParts(ScanBody &body);

} // namespace retort

#endif
