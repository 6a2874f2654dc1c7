// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What of ScratchMemory the process holds.
#ifndef RETORT_DIALECTS_RETORT_SCRATCHPAGES_H
#define RETORT_DIALECTS_RETORT_SCRATCHPAGES_H

namespace retort {

/// Lets all ScratchMemory lie in its files alone until it is read again: what was worked on once is
/// no longer the process's.
void leaveScratchOnDisk();

} // namespace retort

#endif
