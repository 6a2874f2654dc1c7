// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads a compiled model: the shared library, and the mapped weights beside it.
#include "lib/Runtime/CpuFeatures.h"
#include "lib/Runtime/Model.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace retort::runtime;

// The first page of a weights file: the magic, the size of the file, the id of the content.
static constexpr std::string_view weightsMagic = "RETORTW1";
static constexpr size_t idAt = weightsMagic.size() + sizeof(uint64_t), idSize = 32;

namespace {
/// A file mapped for reading.
class MappedFile {
public:
  explicit MappedFile(const std::string &path) {
    int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
      throw Failure("cannot open '" + path + "': " + std::strerror(errno));
    struct stat facts;
    if (fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > 0)
      memory = mmap(nullptr, size_t(facts.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (memory == MAP_FAILED)
      throw Failure("cannot read '" + path + "': not a regular file with content");
    length = size_t(facts.st_size);
  }
  ~MappedFile() { munmap(memory, length); }
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  const char *data() const { return static_cast<const char *>(memory); }
  uint64_t size() const { return length; }

private:
  void *memory = MAP_FAILED;
  size_t length = 0;
};

/// What keeps a loaded model alive; the library goes after nothing uses its code any more.
struct LoadedLibrary {
  void *handle = nullptr;
  std::unique_ptr<MappedFile> weights;
  ~LoadedLibrary() {
    if (handle)
      dlclose(handle);
  }
};
} // namespace

/// The loader dies of a bus error on a library that is cut off, so its tables are checked first.
static void checkIsWholeLibrary(const std::string &path) {
  MappedFile file(path);
  Elf64_Ehdr header;
  if (file.size() < sizeof(header) || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0)
    throw Failure("'" + path + "' is not a compiled model");
  std::memcpy(&header, file.data(), sizeof(header));
  if (header.e_shoff + uint64_t(header.e_shnum) * header.e_shentsize > file.size())
    throw Failure("'" + path + "' is cut off");
}

static void *openLibrary(const std::string &path) {
  checkIsWholeLibrary(path);
  // With a slash in it, the loader does not search for the name.
  std::string place = path.find('/') == std::string::npos ? "./" + path : path;
  void *handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    throw Failure("cannot load '" + path + "': " + dlerror());
  return handle;
}

static Manifest parseManifest(const char *text, const std::string &path) {
  try {
    return Manifest::parse(text);
  } catch (const Failure &problem) {
    throw Failure("'" + path + "': " + problem.what());
  }
}

static void checkCpu(const Manifest &manifest, const std::string &path) {
  std::vector<std::string> missing = missingCpuFeatures(manifest.features);
  if (missing.empty())
    return;
  std::string names;
  for (const std::string &name : missing)
    names += (names.empty() ? "" : ", ") + name;
  throw Failure("'" + path + "' was compiled for " + manifest.cpu + ", this processor lacks " +
                names);
}

/// Of a whole weights file.
static std::string idOf(const MappedFile &file, const std::string &path) {
  uint64_t size = 0;
  if (file.size() >= idAt + idSize)
    std::memcpy(&size, file.data() + weightsMagic.size(), sizeof(size));
  if (size == 0 || std::string_view(file.data(), weightsMagic.size()) != weightsMagic)
    throw Failure("'" + path + "' is not a weights file");
  if (size != file.size())
    throw Failure("'" + path + "' is cut off: expects " + std::to_string(size) + " bytes, found " +
                  std::to_string(file.size()));
  return std::string(file.data() + idAt, idSize);
}

static std::unique_ptr<MappedFile> openWeights(const Manifest &manifest, const std::string &path) {
  auto file = std::make_unique<MappedFile>(path);
  std::string found = idOf(*file, path);
  if (!manifest.id.empty() && found != manifest.id)
    throw Failure("'" + path + "' belongs to another library: expects content " + manifest.id +
                  ", found " + (found[0] ? found : "none"));
  return file;
}

/// Beside the library under their usual name or, where a compilation was ended before they got
/// that, under the one with the id. A running compilation may rename them in between.
static std::unique_ptr<MappedFile> findWeights(const Manifest &manifest, const std::string &path) {
  for (const std::string &name : {path, path + "." + manifest.id})
    try {
      return openWeights(manifest, name);
    } catch (const Failure &) {
    }
  return openWeights(manifest, path);
}

static std::vector<WeightBytes> locateWeights(const Manifest &manifest, const MappedFile &file,
                                              const std::string &path) {
  std::vector<WeightBytes> weights;
  for (const WeightInfo &weight : manifest.weights) {
    if (weight.offset > file.size() || weight.bytes > file.size() - weight.offset)
      throw Failure("'" + path + "' belongs to another model: it ends at byte " +
                    std::to_string(file.size()) + ", a weight at byte " +
                    std::to_string(weight.offset + weight.bytes));
    weights.push_back({file.data() + weight.offset, weight.bytes});
  }
  return weights;
}

static std::string weightsPath(const std::string &path) {
  size_t dot = path.rfind('.'), slash = path.rfind('/');
  bool hasEnding = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  return (hasEnding ? path.substr(0, dot) : path) + ".weights";
}

static std::unique_ptr<Model> loadLibrary(const std::string &path) {
  auto library = std::make_shared<LoadedLibrary>();
  library->handle = openLibrary(path);
  auto *text = static_cast<const char *>(dlsym(library->handle, "retort_manifest"));
  if (!text)
    throw Failure("'" + path + "' is not a compiled model: it has no manifest");
  Manifest manifest = parseManifest(text, path);
  checkCpu(manifest, path);
  std::vector<WeightBytes> weights;
  if (!manifest.weights.empty()) {
    library->weights = findWeights(manifest, weightsPath(path));
    weights = locateWeights(manifest, *library->weights, weightsPath(path));
  }
  void *handle = library->handle;
  SymbolResolver resolve = [handle, path](const std::string &symbol) -> Result<void *> {
    if (void *code = dlsym(handle, symbol.c_str()))
      return code;
    return Error{"'" + path + "' has no symbol '" + symbol + "'"};
  };
  auto model = Model::create(text, std::move(resolve), std::move(weights), std::move(library));
  if (!model)
    throw Failure("'" + path + "': " + model.error());
  return std::move(*model);
}

Result<std::unique_ptr<Model>> Model::load(const std::string &path) {
  return catching<std::unique_ptr<Model>>([&] { return loadLibrary(path); });
}
