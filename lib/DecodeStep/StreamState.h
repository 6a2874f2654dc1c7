// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// States of a fixed number of rows for attention to sinks and a window.
#ifndef RETORT_LIB_DECODESTEP_STREAMSTATE_H
#define RETORT_LIB_DECODESTEP_STREAMSTATE_H

#include "dialects/Onnx/Build.h"
#include "lib/Analysis/SinkWindow.h"
#include "lib/DecodeStep/StepInputs.h"

namespace retort {

/// What a state of sinks + window rows holds: token c of the sinks in row c, token t behind them in
/// row sinks + (t - sinks) mod window. A step reads all of it and the new rows behind it, and then
/// keeps what the next one may see.
class StreamState {
public:
  /// Values are made in front of `before`, for all attentions that share them.
  StreamState(SinkWindow shape, mlir::Operation *before, StepInputs &inputs);

  /// i1, T x (sinks + window + T): which columns of state and new rows each new row sees.
  mlir::Value mask() const { return seen; }
  /// i64, sinks + window: which of these columns each row of the next state is.
  mlir::Value kept() const { return next; }
  const SinkWindow shape;

private:
  mlir::Value tokensAt(OnnxBuilder &builder, mlir::Value past);

  mlir::Value slots, seen, next;
};

} // namespace retort

#endif
