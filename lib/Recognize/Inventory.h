// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is in a model: what recognition found of what there is, weights, inputs and outputs.
#ifndef RETORT_LIB_RECOGNIZE_INVENTORY_H
#define RETORT_LIB_RECOGNIZE_INVENTORY_H

#include "lib/Analysis/RopeDescription.h"

#include "mlir/IR/BuiltinOps.h"

#include <map>

namespace retort {

/// How many of a kind were found of how many that there are, and why others were not.
struct Count {
  unsigned found = 0, all = 0;
  std::vector<std::string> missed;
};

/// Rotary embeddings that are alike.
struct RopeGroup {
  RopeDescription rope;
  unsigned count = 0;
  /// Why it has no description; empty where it has one.
  std::string reason;
};

/// Weights of one element type.
struct WeightGroup {
  unsigned tensors = 0;
  int64_t elements = 0, bytes = 0;
};

struct ModelValue {
  std::string name, type, role;
  /// A size, or the name of one; "?" where it has none.
  std::vector<std::string> shape;
  bool hasDefault = false;
};

/// How a graph keeps what it has read between calls.
enum class CacheKind {
  None,     ///< it reads the whole text each time
  Appended, ///< a call returns the past with new rows behind it
  Buffer,   ///< a call writes new rows into a past of fixed size
  State,    ///< a call returns another state of the same size
};
llvm::StringRef nameOf(CacheKind kind);

struct Inventory {
  std::string producer; ///< name and version
  int64_t irVersion = 0;
  std::vector<std::pair<std::string, int64_t>> opsets; ///< domain and version
  std::vector<ModelValue> inputs, outputs;
  CacheKind cache = CacheKind::None;
  Count attention, retention, rmsNorms, layerNorms;
  std::vector<RopeGroup> ropes;
  /// Why what looks like a rotary embedding is none.
  std::vector<std::string> missedRopes;
  /// Elements of weights, codes of quantized ones instead of their scales and zero points.
  int64_t parameters = 0;
  std::map<std::string, WeightGroup> weights; ///< by element type
};

/// Of a module after the phase `recognize`.
Inventory takeInventory(mlir::ModuleOp module);

} // namespace retort

#endif
