// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TensorProto as a constant.
#ifndef RETORT_LIB_IMPORT_TENSOR_H
#define RETORT_LIB_IMPORT_TENSOR_H

#include "dialects/Onnx/Wire/Fields.h"
#include "lib/Import/MappedFile.h"

#include "llvm/ADT/StringMap.h"

#include <map>

namespace retort {

struct ImportedTensor {
  std::string name;
  mlir::ElementsAttr value;
  /// As in onnx.initializer; null where the file stores `raw_data` and nothing else.
  onnx::MessageAttr encoding;
};

/// Imports the tensors of one model. What lies in a file as it is needed stays there, mapped;
/// numbers that are encoded one by one are decoded to constants of their own.
class TensorImporter {
public:
  /// `model` keeps the bytes that are imported where they are.
  TensorImporter(mlir::MLIRContext *context, std::shared_ptr<void> model, std::string folder)
      : context(context), model(std::move(model)), folder(std::move(folder)) {}

  /// `keepName`: the name goes into the encoding, as the attribute of a node has no place for it.
  llvm::Expected<ImportedTensor> import(llvm::StringRef bytes, bool keepName);

  /// How many tensors lie in which file beside the model.
  const std::map<std::string, int64_t> &outside() const { return references; }

private:
  struct Parts;
  llvm::Error readHeader(llvm::StringRef bytes, Parts &parts);
  llvm::Error readFields(llvm::StringRef bytes, bool keepName, Parts &parts);
  llvm::Error readData(llvm::StringRef field, const onnx::WireField &wire, Parts &parts);
  llvm::Error readExternal(Parts &parts);
  llvm::Expected<mlir::ElementsAttr> makeValue(const Parts &parts);
  llvm::Expected<std::shared_ptr<MappedFile>> fileAt(llvm::StringRef location);

  mlir::MLIRContext *context;
  std::shared_ptr<void> model;
  std::string folder;
  llvm::StringMap<std::shared_ptr<MappedFile>> files;
  std::map<std::string, int64_t> references;
};

} // namespace retort

#endif
