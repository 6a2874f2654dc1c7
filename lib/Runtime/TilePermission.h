// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether this process may use tiles (AMX).
#ifndef RETORT_LIB_RUNTIME_TILEPERMISSION_H
#define RETORT_LIB_RUNTIME_TILEPERMISSION_H

#include <string>

namespace retort::runtime {

/// Asks the system, once; what it grants holds for all threads of the process.
class TilePermission {
public:
  static const TilePermission &ofProcess();

  bool isGranted() const { return reason.empty(); }
  /// Why not; empty where it is granted.
  const std::string &whyNot() const { return reason; }

private:
  TilePermission();
  std::string reason;
};

} // namespace retort::runtime

#endif
