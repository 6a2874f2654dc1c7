// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The identity of the service, which host and passes share.
#include "lib/Replay/ModelScore.h"

MLIR_DEFINE_EXPLICIT_TYPE_ID(retort::ScoresModels)
