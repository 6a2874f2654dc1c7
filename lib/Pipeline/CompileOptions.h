// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a user may ask of the compiler: what the flags say that every command takes wherever an ONNX
// file is given.
#ifndef RETORT_LIB_PIPELINE_COMPILEOPTIONS_H
#define RETORT_LIB_PIPELINE_COMPILEOPTIONS_H

#include "lib/Support/FilePlan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace retort {

class Progress;

struct CompileOptions {
  /// A named recipe or a file that holds one; pass arguments in MLIR's pipeline syntax.
  std::string recipe;
  /// Further compression passes, after those of the recipe.
  std::string compress;
  /// The processor to compile for: `native`, or a name that LLVM knows.
  std::string targetCpu = "native";
  /// How far sums may be from those of f32: `exact`, `accurate` or `fast`; and whether products are
  /// computed without the instructions that only some processors have.
  std::string numerics = "exact";
  bool portableSteps = false;
  /// How hard LLVM works on the code, 0 to 3; as EmitOptions have it where nothing is said.
  std::optional<unsigned> optimize = {};
  /// Opset of an exported model; 0: the lowest that carries it, from the imported one up.
  int64_t opset = 0;
  /// How compressed weights are written to ONNX: `standard` operations, or those of com.microsoft
  /// (`contrib`).
  std::string onnxWeights = "standard";
  /// How retention is written to ONNX: as the `standard` operation, that of com.microsoft
  /// (`contrib`), or `expanded` into its parts.
  std::string onnxRetention = "standard";
  /// A written module refers to the weights that lie in the files of the model, or carries them.
  bool referToWeights = false;
  /// Lowering leaves upstream dialects alone, for other compilers; without assertions of sizes and
  /// indices where `checks` is false.
  bool upstreamLinalg = false, checks = true;
  /// Shared libraries with further passes.
  std::vector<std::string> plugins;
  /// Name of the last phase to run; empty: all that the output needs.
  std::string stopAfter;
  /// Hash of the vocabulary that files of tokens must be of which methods read; 0: of any.
  uint64_t tokenizer = 0;
  /// Folder that receives the module after each phase.
  std::string dumpPhases;
  /// Arguments of passes that are skipped.
  std::vector<std::string> disabled;
  /// File that receives the ledger of the compression methods.
  std::string ledger;
  /// File of statistics that the methods fit to; see lib/Statistics.
  std::string calibration;
  /// A method that was asked for a size of the file chooses what it takes for right, and learns
  /// from the file that is written; and what it takes beside the matrices that are chosen for,
  /// where a file has told.
  bool measuresSize = false;
  std::optional<int64_t> sizeBeside = {};
  /// Nothing is written but the ledger; what would be is told.
  bool dryRun = false;
  /// What weights are multiplied with is a result of the graph: of those whose names match.
  bool exposeActivations = false;
  std::string exposeInclude, exposeExclude;
  /// File for what methods have made of weights so far, from which the same command goes on where
  /// it is interrupted; empty: none. See lib/Weights/PartialResults.
  std::string partialResults;
  /// Whether a function that decodes token by token is derived.
  bool decodeStep = false;
  /// Longest context of the derived decode step, in tokens; 0: the trained length.
  int64_t context = 0;
  /// Threads that a model runs on in this process; 0: one for each core.
  unsigned threads = 0;
  /// What the command reads and writes beside the files that are named here.
  FilePlan files;
  /// Who is told how far the compilation is; may be null.
  Progress *progress = nullptr;
  /// A model that runs in this process has each buffer between pages that must not be touched.
  bool guardMemory = false;
};

} // namespace retort

#endif
