// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention to the first tokens of a text and a window of the last ones.
#ifndef RETORT_LIB_ANALYSIS_SINKWINDOW_H
#define RETORT_LIB_ANALYSIS_SINKWINDOW_H

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Build.h"

namespace retort {

/// Row i sees columns j <= i that are among the first `sinks`, or for which i - j < `window`
/// (StreamingLLM, 2309.17453). The mask of the attention says so; attributes beside it let a decode
/// step hold so many rows alone.
struct SinkWindow {
  int64_t sinks, window;

  int64_t rows() const { return sinks + window; }
  bool sees(int64_t row, int64_t column) const {
    return column <= row && (column < sinks || row - column < window);
  }
  /// The same of i64 tensors that broadcast, as operations; but for columns behind their row.
  mlir::Value seesBefore(OnnxBuilder &b, mlir::Value rows, mlir::Value columns) const {
    auto number = [&](int64_t value) { return b.number(double(value), b.raw().getI64Type()); };
    mlir::Value isSink = b.less(columns, number(sinks)),
                isNear = b.less(b.subtract(rows, columns), number(window));
    return b.invert(b.both(b.invert(isSink), b.invert(isNear)));
  }

  static constexpr llvm::StringLiteral sinksAttr = "llm.sink_tokens",
                                       windowAttr = "llm.sink_window";
  static std::optional<SinkWindow> of(llm::AttentionOp op) {
    auto first = op->getAttrOfType<mlir::IntegerAttr>(sinksAttr),
         last = op->getAttrOfType<mlir::IntegerAttr>(windowAttr);
    if (!first || !last || first.getInt() < 0 || last.getInt() < 1)
      return std::nullopt;
    return SinkWindow{first.getInt(), last.getInt()};
  }
  void setOn(llm::AttentionOp op) const {
    mlir::Builder builder(op->getContext());
    op->setAttr(sinksAttr, builder.getI64IntegerAttr(sinks));
    op->setAttr(windowAttr, builder.getI64IntegerAttr(window));
  }
};

} // namespace retort

#endif
