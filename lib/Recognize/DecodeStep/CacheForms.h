// The forms in which graphs keep what an attention has seen.
#ifndef RETORT_LIB_RECOGNIZE_DECODESTEP_CACHEFORMS_H
#define RETORT_LIB_RECOGNIZE_DECODESTEP_CACHEFORMS_H

#include "dialects/Llm/Llm.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// What a form takes for granted, in one number for each place of the text.
struct CacheAssumption {
  enum Kind {
    Index,  ///< every element is the number of rows of the past: where new rows are written
    Padding ///< all but the end of axis 2 is as it is: elements other than [6] of 8 are zero
  };
  Kind kind;
  mlir::Value value;
  mlir::Operation *user;
};

/// Through operations that only change in which order axes lie.
mlir::Value withoutTranspositions(mlir::Value value);

/// Brings the attentions of a function whose keys and values are rows behind those of an argument,
/// joined by Concat or written into a buffer, to the form of an attention with a past:
///   llm.attention(%q, onnx.Concat(%past, %k), ...)   ->   llm.attention(%q, %k, ... past %past,
///   ...)
llvm::SmallVector<CacheAssumption> joinPastAndAttention(mlir::func::FuncOp function);

/// Takes the angles of rows from tables that are computed, instead of their places in these: a
/// table that has a row for each new token is no table for the whole text.
///   llm.rope(%x, %cos, %sin at %positions)   ->   llm.rope(%x, onnx.Gather(%cos, %positions), ...)
void lookUpAngles(mlir::func::FuncOp function);

} // namespace retort

#endif
