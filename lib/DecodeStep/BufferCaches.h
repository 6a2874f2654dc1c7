// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Caches that are buffers: rows of which a graph writes some and reads all, none more or less.
#ifndef RETORT_LIB_DECODESTEP_BUFFERCACHES_H
#define RETORT_LIB_DECODESTEP_BUFFERCACHES_H

#include "lib/DecodeStep/CacheForms.h"
#include "lib/Analysis/Samples.h"

namespace retort {

/// A write of rows into an argument of the graph, of which an attention reads the result.
struct BufferWrite {
  mlir::Operation *scatter;
  mlir::BlockArgument buffer;
  mlir::Value rows;
  int64_t axis; ///< of rows, in the operands of `scatter`
  CacheAssumption assumption;
};

/// The write behind the keys or values of an attention; nullopt: they are no such buffer.
std::optional<BufferWrite> findBufferWrite(mlir::Value heads, Samples &samples);

/// The rows alone as `heads` has the buffer: B x G x T x D. Null where heads are made in another
/// way than by moving and splitting axes.
mlir::Value headsOfRows(mlir::Value heads, const BufferWrite &write, Samples &samples,
                        mlir::OpBuilder &builder);

/// Brings an attention over buffers of C rows to the form of a past: `forms` gets an argument of
/// the function for the rows of each, and the masks of all C columns.
///   llm.attention(%q, heads(Scatter(%buffer, %k, %start)), ... mask %m)
///     ->  llm.attention(%q, heads(%k), ... past %rows mask onnx.Slice(%m, columns of the text))
void readRowsOfBuffers(llm::AttentionOp op, Samples &samples, CacheForms &forms);

} // namespace retort

#endif
