// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The names of the attributes that the phases leave on modules, functions, arguments and results of
// other dialects. What each may stand on, and what it may say, is in Retort.td; the dialect
// verifies it.
#ifndef RETORT_DIALECTS_RETORT_NAMES_H
#define RETORT_DIALECTS_RETORT_NAMES_H

#include "llvm/ADT/StringRef.h"

namespace retort::names {

// On modules.
inline constexpr llvm::StringLiteral target = "retort.target", language = "retort.language",
                                     noDecodeStep = "retort.no_decode_step",
                                     weights = "retort.weights",
                                     weightFormats = "retort.weight_formats",
                                     content = "retort.content", statistics = "retort.statistics",
                                     partialResults = "retort.partial_results",
                                     modelFile = "retort.model_file",
                                     staleStatistics = "retort.stale_statistics",
                                     inputScales = "retort.input_scales",
                                     outputScales = "retort.output_scales",
                                     originals = "retort.originals",
                                     keptInputs = "retort.kept_inputs",
                                     segments = "retort.segments",
                                     activations = "retort.activations",
                                     tokenizer = "retort.tokenizer", emission = "retort.emission",
                                     size = "retort.size", sizeBeside = "retort.size_beside";
// On functions.
inline constexpr llvm::StringLiteral context = "retort.context", kernel = "retort.kernel";
// On arguments and results.
inline constexpr llvm::StringLiteral role = "retort.role", element = "retort.element";
// On arguments.
inline constexpr llvm::StringLiteral weight = "retort.weight", state = "retort.state",
                                     work = "retort.work", noalias = "retort.noalias",
                                     defaultWeight = "retort.default";

} // namespace retort::names

#endif
