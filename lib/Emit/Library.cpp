// Writes object files and shared libraries, through a temporary file beside the output.
#include "lib/Emit/Optimize.h"

#include "lld/Common/Driver.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/FileSystem.h"
#include <dlfcn.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace mlir;
using namespace retort;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Error cannotWrite(StringRef path, const llvm::Twine &reason) {
  return makeError("cannot write '" + path + "': " + reason);
}

/// Lets `write` fill a new file beside `path`, which then takes the name; the file is removed where
/// anything fails, a signal included.
static llvm::Error replaceFile(StringRef path, unsigned mode,
                               llvm::function_ref<llvm::Error(StringRef, int)> write) {
  auto file = llvm::sys::fs::TempFile::create(path + ".%%%%%%", mode);
  if (!file)
    return cannotWrite(path, llvm::toString(file.takeError()));
  if (llvm::Error error = write(file->TmpName, file->FD))
    return llvm::joinErrors(std::move(error), file->discard());
  if (llvm::Error error = file->keep(path))
    return cannotWrite(path, llvm::toString(std::move(error)));
  return llvm::Error::success();
}

/// Writes what `print` prints; a full disk is an error.
static llvm::Error writeStream(StringRef path, int descriptor,
                               llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> print) {
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/false);
  if (llvm::Error error = print(stream))
    return error;
  stream.flush();
  if (!stream.has_error())
    return llvm::Error::success();
  std::string reason = stream.error().message();
  stream.clear_error();
  return cannotWrite(path, reason);
}

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
  auto target = createTargetMachine(options);
  if (!target)
    return target.takeError();
  llvm::LLVMContext context;
  auto code = translateAndOptimize(module, context, **target, options.optimize);
  if (!code)
    return code.takeError();
  return write(**code, **target);
}

static llvm::Error generateObject(ModuleOp module, StringRef manifest, const EmitOptions &options,
                                  llvm::raw_pwrite_stream &stream) {
  return withCode(
      module, options, [&](llvm::Module &code, llvm::TargetMachine &target) -> llvm::Error {
        addManifest(code, manifest);
        llvm::legacy::PassManager passes;
        if (target.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
          return makeError("this target writes no object files");
        passes.run(code);
        return llvm::Error::success();
      });
}

llvm::Error retort::emitObject(ModuleOp module, StringRef manifest, StringRef path,
                               const EmitOptions &options) {
  return replaceFile(path, 0666, [&](StringRef, int descriptor) {
    return writeStream(path, descriptor, [&](llvm::raw_pwrite_stream &stream) {
      return generateObject(module, manifest, options, stream);
    });
  });
}

llvm::Error retort::emitLlvm(ModuleOp module, StringRef path, const EmitOptions &options) {
  return withCode(module, options, [&](llvm::Module &code, llvm::TargetMachine &) {
    return replaceFile(path, 0666, [&](StringRef, int descriptor) {
      return writeStream(path, descriptor, [&](llvm::raw_pwrite_stream &stream) {
        code.print(stream, nullptr);
        return llvm::Error::success();
      });
    });
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

/// Links one object; what it needs of others is found when it is loaded.
static llvm::Error link(StringRef object, StringRef output) {
  std::vector<std::string> arguments{"ld.lld", "-shared",    "-z",        "now",
                                     "-o",     output.str(), object.str()};
  for (const char *symbol : {"retort_fail", "expf", "malloc"})
    if (std::string library = libraryOf(symbol); !library.empty())
      arguments.push_back(library);
  auto pointers =
      llvm::map_to_vector(arguments, [](const std::string &text) { return text.c_str(); });
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  lld::Result result = lld::lldMain(pointers, llvm::nulls(), stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode)
    return makeError(StringRef(problem).split('\n').first);
  return llvm::Error::success();
}

llvm::Error retort::emitSharedLibrary(ModuleOp module, StringRef manifest, StringRef path,
                                      const EmitOptions &options) {
  auto object = llvm::sys::fs::TempFile::create(path + ".%%%%%%.o", 0600);
  if (!object)
    return cannotWrite(path, llvm::toString(object.takeError()));
  llvm::Error error = writeStream(path, object->FD, [&](llvm::raw_pwrite_stream &stream) {
    return generateObject(module, manifest, options, stream);
  });
  if (!error)
    error =
        replaceFile(path, 0777, [&](StringRef name, int) { return link(object->TmpName, name); });
  return llvm::joinErrors(std::move(error), object->discard());
}
