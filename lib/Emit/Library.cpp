// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes object files, shared libraries, and LLVM IR as text.
#include "lib/Emit/Objects.h"
#include "lib/Emit/Optimize.h"
#include "lib/Support/PendingFile.h"

#include "lld/Common/Driver.h"
#include "llvm/IR/Constants.h"
#include "llvm/Object/ArchiveWriter.h"
#include <dlfcn.h>

LLD_HAS_DRIVER(elf)

using namespace mlir;
using namespace retort;

/// The manifest as the exported symbol `retort_manifest`.
static void addManifest(llvm::Module &module, StringRef manifest) {
  auto *text = llvm::ConstantDataArray::getString(module.getContext(), manifest);
  new llvm::GlobalVariable(module, text->getType(), /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage, text, "retort_manifest");
}

/// Hands the module as optimized LLVM IR to `write`, with the machine that it is for.
static llvm::Error
withCode(ModuleOp module, const EmitOptions &options,
         llvm::function_ref<llvm::Error(llvm::Module &, llvm::TargetMachine &)> write) {
  return withLlvm(module, options, [&](llvm::Module &code, llvm::TargetMachine &target) {
    optimize(code, target, options.optimize);
    return write(code, target);
  });
}

llvm::Error retort::emitObject(ModuleOp module, StringRef manifest, const EmitOptions &options,
                               llvm::raw_pwrite_stream &stream) {
  return withCode(module, options,
                  [&](llvm::Module &code, llvm::TargetMachine &target) -> llvm::Error {
                    addManifest(code, manifest);
                    return writeObject(code, target, stream);
                  });
}

llvm::Error retort::emitLlvm(ModuleOp module, const EmitOptions &options, raw_ostream &stream) {
  return withCode(module, options, [&](llvm::Module &code, llvm::TargetMachine &) {
    code.print(stream, nullptr);
    return llvm::Error::success();
  });
}

/// The file that holds `symbol` in this process, for a dependency by its soname; empty where it is
/// the program itself.
static std::string libraryOf(const char *symbol) {
  Dl_info info;
  void *address = dlsym(RTLD_DEFAULT, symbol);
  if (!address || !dladdr(address, &info) || !info.dli_fname ||
      !StringRef(info.dli_fname).contains(".so"))
    return "";
  return info.dli_fname;
}

/// Links all objects of an archive; what they need of others is found when they are loaded.
static llvm::Error link(StringRef archive, StringRef output) {
  std::vector<std::string> arguments{
      "ld.lld",        "-shared",         "-z",         "now", "-o", output.str(),
      "--gc-sections", "--whole-archive", archive.str()};
  for (const char *symbol : {"retort_fail", "expf", "malloc"})
    if (std::string library = libraryOf(symbol); !library.empty())
      arguments.push_back(library);
  auto pointers =
      llvm::map_to_vector(arguments, [](const std::string &text) { return text.c_str(); });
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  lld::Result result = lld::lldMain(pointers, llvm::nulls(), stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode)
    return llvm::createStringError(StringRef(problem).split('\n').first);
  return llvm::Error::success();
}

/// The objects lie beside the library, where there is room for both.
llvm::Error retort::emitSharedLibrary(ModuleOp module, StringRef manifest,
                                      const EmitOptions &options, StringRef path) {
  auto objects =
      compileToObjects(module, options, [&](llvm::Module &code) { addManifest(code, manifest); });
  if (!objects)
    return objects.takeError();
  std::vector<llvm::NewArchiveMember> members;
  for (const std::unique_ptr<llvm::MemoryBuffer> &object : *objects)
    members.emplace_back(object->getMemBufferRef());
  auto content = llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NoSymtab,
                                            llvm::object::Archive::K_GNU, /*Deterministic=*/true,
                                            /*Thin=*/false);
  if (!content)
    return content.takeError();
  auto archive = PendingFile::create((path + ".o").str());
  if (!archive)
    return archive.takeError();
  if (llvm::Error error = archive->write([&](llvm::raw_pwrite_stream &stream) {
        stream << (*content)->getBuffer();
        return llvm::Error::success();
      }))
    return error;
  return link(archive->temporaryPath(), path);
}
