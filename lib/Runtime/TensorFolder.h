// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder with one tensor per file: the layout of ONNX's backend tests (input_0.pb, output_0.pb
// ...), or NAME.npy.
#ifndef RETORT_LIB_RUNTIME_TENSORFOLDER_H
#define RETORT_LIB_RUNTIME_TENSORFOLDER_H

#include "lib/Runtime/Manifest.h"
#include "lib/Runtime/Result.h"

#include <optional>

namespace retort::runtime {

/// The tensor number `k`: `<kind>_k.pb`, `<kind>_k.npy` or `<its name>.npy`; nothing where no such
/// file exists. In file names a name's slashes are underscores.
Result<std::optional<Tensor>> readFromFolder(const std::string &folder, const std::string &kind,
                                             size_t k, const std::string &name);

/// Every input of a function, in its order; Tensor() where there is none and the input has a
/// default. Numbers in names of files count the inputs without defaults first. An error names the
/// input that is missing, and the files that were looked for, or a `NAME.npy` that is neither an
/// input nor an output.
Result<std::vector<Tensor>> readInputs(const std::string &folder, const FunctionInfo &function);

/// Makes the folder, and writes `output_K.pb` for each tensor.
Status writeOutputs(const std::string &folder, const FunctionInfo &function,
                    const std::vector<Tensor> &tensors);

} // namespace retort::runtime

#endif
