// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the data of tensors lie that are not in the file of the model.
#ifndef RETORT_LIB_EXPORT_EXTERNALDATA_H
#define RETORT_LIB_EXPORT_EXTERNALDATA_H

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

namespace retort {

/// Where ONNX's `external_data` says that a tensor lies.
struct ExternalPlace {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

/// Collects tensors, then writes each file with those that lie in it, in the order of their
/// offsets.
class ExternalData {
public:
  /// At the place that the imported model gave it.
  void keep(ExternalPlace place, const onnx::ConstantView &data);
  /// Behind what lies in `location` already, or where the same bytes lie: tied weights stay tied.
  ExternalPlace append(llvm::StringRef location, const onnx::ConstantView &data,
                       uint64_t alignment);

  bool empty() const { return files.empty(); }
  /// Names of the files, relative to the folder of the model.
  llvm::SmallVector<llvm::StringRef> locations() const;
  /// Why the tensors cannot lie in new files of `folder` at the places that were kept; empty where
  /// they can. `imported` says how many tensors each file had.
  std::string whyNot(llvm::StringRef folder, mlir::DictionaryAttr imported) const;
  /// The largest power of two, at most a page, that divides the offset of every tensor.
  uint64_t alignment() const;
  void write(llvm::StringRef location, llvm::raw_ostream &stream) const;

private:
  struct Tensor {
    uint64_t offset;
    std::optional<uint64_t> length;
    /// Owns what is not stored as the file wants it.
    onnx::ConstantView data;
    uint64_t end() const { return offset + data.bytes().size(); }
  };
  /// By offset, larger tensors first.
  using File = std::multimap<std::pair<uint64_t, uint64_t>, Tensor>;
  void insert(llvm::StringRef location, Tensor tensor);

  std::map<std::string, File> files;
  llvm::DenseMap<std::pair<const char *, size_t>, uint64_t> appended;
  uint64_t end = 0;
};

} // namespace retort

#endif
