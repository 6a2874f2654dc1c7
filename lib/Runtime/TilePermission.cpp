// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks the system for tiles: their registers are eight kilobytes that it has to save for each
// thread, so a process gets them on demand alone. Older systems, sandboxes, and those where a
// thread has a signal stack too small for them refuse.
#include "lib/Runtime/TilePermission.h"

#include "lib/Runtime/CpuFeatures.h"
#include "retort/Runtime.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

using namespace retort::runtime;

/// Empty where the system grants them.
static std::string askSystem() {
#if defined(__linux__) && defined(__x86_64__)
  // Linux, arch/x86/include/uapi/asm/prctl.h: ARCH_REQ_XCOMP_PERM of the state of tile data.
  constexpr long request = 0x1023, tileData = 18;
  if (syscall(SYS_arch_prctl, request, tileData) == 0)
    return "";
  return std::string("the system does not grant them: ") + std::strerror(errno);
#else
  return "the system has none";
#endif
}

TilePermission::TilePermission() {
  const char *wish = std::getenv("RETORT_TILES");
  if (wish && std::string(wish) == "0")
    reason = "RETORT_TILES is 0";
  else if (!missingCpuFeatures({"+amx-tile"}).empty())
    reason = "the processor has none";
  else
    reason = askSystem();
}

const TilePermission &TilePermission::ofProcess() {
  static const TilePermission permission;
  return permission;
}

int32_t retort_permits_tiles(void) { return TilePermission::ofProcess().isGranted(); }
