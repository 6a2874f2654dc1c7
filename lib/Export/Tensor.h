// Constants as TensorProto.
#ifndef RETORT_LIB_EXPORT_TENSOR_H
#define RETORT_LIB_EXPORT_TENSOR_H

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/Support/Error.h"

namespace retort {

/// Where external data go: `data` lies at `offset` of the file `location`, beside the model.
struct ExternalTensor {
  std::string location;
  uint64_t offset = 0;
  /// Owns what is not stored as the file wants it.
  onnx::ConstantView data;
};

/// TensorProto of a constant. `name` is null where the encoding has it. External tensors are appended to `external`, and
/// keep the place that the encoding gives them.
llvm::Expected<std::string> exportTensor(mlir::StringAttr name, mlir::ElementsAttr value,
                                         onnx::MessageAttr encoding,
                                         std::vector<ExternalTensor> &external);

} // namespace retort

#endif
