// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors in files: NumPy's .npy and ONNX's TensorProto (.pb).
#ifndef RETORT_LIB_RUNTIME_TENSORFILE_H
#define RETORT_LIB_RUNTIME_TENSORFILE_H

#include "lib/Runtime/Result.h"
#include "lib/Runtime/Tensor.h"

#include <string_view>

namespace retort::runtime {

struct NamedTensor {
  std::string name; // empty where the file names none
  Tensor tensor;
};

/// Reads a file by its ending; messages name the file.
Result<NamedTensor> readTensorFile(const std::string &path);

Result<Tensor> parseNpy(std::string_view bytes);
Result<NamedTensor> parseTensorProto(std::string_view bytes);

/// The bytes of a TensorProto with raw data.
std::string serializeTensorProto(const Tensor &tensor, std::string_view name);
/// The bytes of a .npy file; types that NumPy lacks (bf16, below 8 bits) become float32.
std::string serializeNpy(const Tensor &tensor);

} // namespace retort::runtime

#endif
