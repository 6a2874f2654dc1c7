// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A plugin of another Retort: its plugin API is not the one of this tree.
#define RETORT_PLUGIN_API_VERSION 99
#include "retort/Plugin.h"

static void registerNothing() {}

RETORT_PLUGIN("OtherVersion", "1.0", registerNothing)
