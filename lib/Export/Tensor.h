// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants as TensorProto.
#ifndef RETORT_LIB_EXPORT_TENSOR_H
#define RETORT_LIB_EXPORT_TENSOR_H

#include "lib/Export/Bytes.h"
#include "lib/Export/ExternalData.h"

#include "llvm/Support/Error.h"

namespace retort {

/// Where tensors go.
struct Placement {
  /// Those that were outside go here; to their old places where it is empty.
  std::string location;
  /// Large initializers that were inside go outside too.
  bool all = false;
  /// Offsets there are multiples of it; by default as the standard asks, so that they can be
  /// mapped.
  uint64_t alignment = 4096;
};

/// TensorProto of a constant. `name` is null where the encoding has it. Fails where the constant
/// has no data or a type that ONNX has not.
llvm::Expected<Bytes> exportTensor(mlir::StringAttr name, mlir::ElementsAttr value,
                                   onnx::MessageAttr encoding, const Placement &placement,
                                   ExternalData &external);

} // namespace retort

#endif
