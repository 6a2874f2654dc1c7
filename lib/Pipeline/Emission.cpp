// What `retort compile` writes.
#include "lib/Pipeline/Emission.h"
#include "lib/Emit/Emit.h"
#include "lib/Export/Export.h"
#include "lib/Pipeline/OutputFiles.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;

static Phase lastPhase(EmitKind kind) {
  if (kind == EmitKind::Mlir)
    return Phase::Compress;
  return kind == EmitKind::Linalg ? Phase::Lower : Phase::Codegen;
}

/// Bytecode where the name says so, else text without the weights' bytes.
static llvm::Error printModule(ModuleOp module, bool bytecode, llvm::raw_ostream &stream) {
  if (!bytecode)
    module.print(stream, OpPrintingFlags().elideLargeResourceString(0));
  else if (failed(writeBytecodeToFile(module, stream)))
    return makeError("the module has no bytecode");
  stream.flush();
  auto *file = static_cast<llvm::raw_fd_ostream *>(&stream);
  if (!file->has_error())
    return llvm::Error::success();
  std::error_code code = file->error();
  file->clear_error();
  return makeError(code.message());
}

static llvm::Error writeModule(ModuleOp module, StringRef path) {
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &stream) {
    return printModule(module, path.ends_with(".mlirbc"), stream);
  });
  if (!error)
    return llvm::Error::success();
  std::string reason = llvm::toString(std::move(error));
  StringRef text = reason;
  text.consume_front(("'" + path + "': ").str()); // LLVM names the file where it cannot be made
  return makeError("cannot write '" + path + "': " + text);
}

/// `name.weights` for `name.so`.
static std::string beside(StringRef output, StringRef extension) {
  SmallString<256> path(output);
  llvm::sys::path::replace_extension(path, extension);
  return std::string(path);
}

/// The code, its weights and its header.
static llvm::Error writeCode(EmitKind kind, Compiler &compiler, StringRef output,
                             const CompileOptions &options) {
  OutputFiles files;
  std::string staged[3];
  const std::string paths[3] = {output.str(), beside(output, "weights"), beside(output, "h")};
  for (auto [name, path] : llvm::zip(staged, paths)) {
    auto temporary = files.stage(path);
    if (!temporary)
      return temporary.takeError();
    name = *temporary;
  }
  EmitOptions emission;
  emission.targetCpu = options.targetCpu;
  auto emit = kind == EmitKind::Object ? emitObject : emitSharedLibrary;
  if (llvm::Error error = emitWeights(compiler.module(), staged[1]))
    return error;
  if (llvm::Error error = emitHeader(compiler.manifest(), staged[2], llvm::sys::path::stem(output)))
    return error;
  if (llvm::Error error = emit(compiler.module(), compiler.manifest(), staged[0], emission))
    return error;
  return files.commit();
}

static llvm::Error writeOnnx(Compiler &compiler, StringRef output) {
  if (failed(exportOnnx(compiler.module(), output)))
    return compiler.error("cannot be written");
  return llvm::Error::success();
}

llvm::Error retort::compileTo(EmitKind kind, StringRef model, StringRef output,
                              const CompileOptions &options) {
  if (options.referToWeights)
    return makeError("--weights=refer: bytecode that refers to its model is not written yet; "
                     "use --weights=carry");
  Compiler compiler(options);
  if (llvm::Error error = kind == EmitKind::Onnx ? compiler.compileToOnnx(model)
                                                 : compiler.compile(model, lastPhase(kind)))
    return error;
  if (compiler.stoppedEarly() || kind == EmitKind::Mlir || kind == EmitKind::Linalg)
    return writeModule(compiler.module(), output);
  if (kind == EmitKind::Onnx)
    return writeOnnx(compiler, output);
  if (kind == EmitKind::Llvm) {
    EmitOptions emission;
    emission.targetCpu = options.targetCpu;
    return emitLlvm(compiler.module(), output, emission);
  }
  return writeCode(kind, compiler, output, options);
}
