// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms in which graphs keep what an attention has seen.
#ifndef RETORT_LIB_DECODESTEP_CACHEFORMS_H
#define RETORT_LIB_DECODESTEP_CACHEFORMS_H

#include "dialects/Llm/Llm.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// What a form takes for granted, in one number for each place of the text.
struct CacheAssumption {
  enum Kind {
    Index,   ///< every element is the number of rows of the past: where new rows are written
    Places,  ///< elements at i of `axis` are that number + i
    Padding, ///< all but the end of axis 2 is as it is: elements other than [6] of 8 are zero
  };
  Kind kind;
  mlir::Value value;
  mlir::Operation *user;
  int64_t axis = 0;
};

/// A part of an argument: `past` stands for the rows of the text in it, in heads. Of a cache of a
/// fixed number of rows, `scatter` writes into it; else the argument is a stack of keys and values,
/// and this is what it holds at `place`.
struct BufferRows {
  mlir::BlockArgument past, buffer;
  mlir::Operation *scatter;
  llm::AttentionOp attention;
  bool holdsKeys;
  int64_t place = 0;
};

/// What an attention over a buffer says of all its columns; null where it says nothing.
struct BufferColumns {
  mlir::Value mask, bias;
  int64_t count;
};

/// Keys that are kept as they were, and turn by tables for all of them when an attention reads
/// them.
struct TurnedKeys {
  llm::AttentionOp attention;
  mlir::Value cos, sin;
  bool interleaved;
};

struct CacheForms {
  int64_t context = 0; // rows of buffers whose size the graph leaves open
  llvm::SmallVector<CacheAssumption> assumptions;
  llvm::SmallVector<BufferRows> rows;
  llvm::DenseMap<mlir::Operation *, BufferColumns> buffers; // by attention
  llvm::SmallVector<TurnedKeys> turned;
};

/// Through operations that only change in which order axes lie.
mlir::Value withoutTranspositions(mlir::Value value);

/// Brings the attentions of a function whose keys and values are rows behind those of an argument,
/// joined by Concat or written into a buffer, to the form of an attention with a past:
///   llm.attention(%q, onnx.Concat(%past, %k), ...)   ->   llm.attention(%q, %k, ... past %past,
///   ...)
CacheForms joinPastAndAttention(mlir::func::FuncOp function, int64_t context);

/// Takes keys from before a rotary embedding whose angles follow from the length of the text
/// (followsLengthAttr): what is kept must not have turned yet.
///   llm.attention(%q, llm.rope(%k, %cos, %sin), ...)   ->   llm.attention(%q, %k, ...)
llvm::SmallVector<TurnedKeys> takeUnturnedKeys(mlir::func::FuncOp function);

/// Takes the angles of rows from tables that are computed, instead of their places in these: a
/// table that has a row for each new token is no table for the whole text.
///   llm.rope(%x, %cos, %sin at %positions)   ->   llm.rope(%x, onnx.Gather(%cos, %positions), ...)
void lookUpAngles(mlir::func::FuncOp function);

} // namespace retort

#endif
