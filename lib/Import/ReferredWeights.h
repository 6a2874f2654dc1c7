// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights that stay in the files of their model: a written module names their places.
#ifndef RETORT_LIB_IMPORT_REFERREDWEIGHTS_H
#define RETORT_LIB_IMPORT_REFERREDWEIGHTS_H

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"

namespace retort {

/// While it lives, the weights of the module that lie in mapped files are empty, and its attribute
/// `onnx.referred_weights` says where they are: what is printed or written meanwhile refers to
/// them. Other weights stay as they are.
class ReferredWeights {
public:
  explicit ReferredWeights(mlir::ModuleOp module);
  ReferredWeights(const ReferredWeights &) = delete;
  ~ReferredWeights();

private:
  struct Taken {
    mlir::DialectResourceBlobManager::BlobEntry *weight;
    mlir::AsmResourceBlob bytes;
  };

  mlir::ModuleOp module;
  std::vector<Taken> taken;
};

/// The files that the module refers to.
std::vector<std::string> filesReferredTo(mlir::ModuleOp module);

/// Maps the weights that the module refers to, and removes the attribute. Fails, with an error
/// reported, where a file is missing or is not what it was.
mlir::LogicalResult resolveWeights(mlir::ModuleOp module);

} // namespace retort

#endif
