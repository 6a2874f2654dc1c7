// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect of the operators of my.domain.
#ifndef SIGNALS_SIGNALS_H
#define SIGNALS_SIGNALS_H

#include "retort/Operation.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"

#include "Signals/SignalsDialect.h.inc"

#define GET_OP_CLASSES
#include "Signals/Signals.h.inc"

#endif
