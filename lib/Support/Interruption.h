// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Users who end what would rather keep what is done.
#ifndef RETORT_LIB_SUPPORT_INTERRUPTION_H
#define RETORT_LIB_SUPPORT_INTERRUPTION_H

namespace retort {

/// While it lives, the signals by which users end a process are noted once; a second one ends it.
/// One at a time.
class Interruption {
public:
  Interruption();
  Interruption(const Interruption &) = delete;
  ~Interruption();

  static bool isAsked();
};

} // namespace retort

#endif
