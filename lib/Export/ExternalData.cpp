// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Places tensors in files beside the model.
#include "lib/Export/ExternalData.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;
using onnx::ConstantView;

static constexpr uint64_t pageSize = 4096;

void ExternalData::insert(StringRef location, Tensor tensor) {
  std::pair key(tensor.offset, ~tensor.data.bytes().size());
  files[location.str()].emplace(key, std::move(tensor));
}

void ExternalData::keep(ExternalPlace place, const ConstantView &data) {
  insert(place.location, {place.offset, place.length, data});
}

ExternalPlace ExternalData::append(StringRef location, const ConstantView &data,
                                   uint64_t alignment) {
  ArrayRef<char> bytes = data.bytes();
  auto [known, isNew] = appended.try_emplace({bytes.data(), bytes.size()}, 0);
  if (isNew) {
    known->second = llvm::alignTo(end, alignment);
    end = known->second + bytes.size();
    insert(location, {known->second, bytes.size(), data});
  }
  return {location.str(), known->second, bytes.size()};
}

SmallVector<StringRef> ExternalData::locations() const {
  return llvm::map_to_vector(files, [](auto &file) { return StringRef(file.first); });
}

uint64_t ExternalData::alignment() const {
  uint64_t bits = pageSize;
  for (auto &entry : files)
    for (auto &tensor : entry.second)
      bits |= tensor.second.offset;
  return bits & -bits;
}

std::string ExternalData::whyNot(StringRef folder, DictionaryAttr imported) const {
  namespace path = llvm::sys::path;
  for (auto &[location, tensors] : files) {
    // The bytes of those that are gone would stay as a gap.
    auto count = imported ? imported.getAs<IntegerAttr>(location) : nullptr;
    if (count && count.getInt() != int64_t(tensors.size()))
      return "of the " + std::to_string(count.getInt()) + " tensors in '" + location + "' " +
             std::to_string(tensors.size()) + " are left";
    if (path::is_absolute(location) ||
        llvm::is_contained(llvm::make_range(path::begin(location), path::end(location)), ".."))
      return "'" + location + "' leaves the folder of the model";
    SmallString<256> file(folder);
    path::append(file, location);
    if (llvm::sys::fs::exists(file))
      return "'" + file.str().str() +
             "' exists"; // it may be the data of the model that was imported
    const Tensor *last = nullptr;
    for (auto &entry : tensors) {
      const Tensor &tensor = entry.second;
      ArrayRef<char> bytes = tensor.data.bytes();
      if (tensor.length && *tensor.length != bytes.size())
        return "a tensor has another size now";
      if (last && tensor.offset < last->end()) {
        size_t skip = tensor.offset - last->offset;
        if (tensor.end() > last->end() || last->data.bytes().slice(skip, bytes.size()) != bytes)
          return "tensors that shared their bytes differ now";
        continue;
      }
      last = &tensor;
    }
  }
  return "";
}

void ExternalData::write(StringRef location, llvm::raw_ostream &stream) const {
  uint64_t at = 0;
  for (auto &entry : files.at(location.str())) {
    const Tensor &tensor = entry.second;
    if (tensor.offset < at)
      continue; // it shares the bytes of the one before
    for (; at < tensor.offset; at += std::min<uint64_t>(tensor.offset - at, pageSize))
      stream.write_zeros(std::min<uint64_t>(tensor.offset - at, pageSize));
    ArrayRef<char> bytes = tensor.data.bytes();
    stream.write(bytes.data(), bytes.size());
    at = tensor.end();
  }
}
