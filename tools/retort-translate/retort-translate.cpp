// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort-translate: ONNX files to MLIR and back, byte for byte.
#include "lib/Export/Export.h"
#include "lib/Import/LoadModule.h"
#include "lib/Import/ModelFiles.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Support/ErrorLine.h"
#include "lib/Support/FilePlan.h"
#include "lib/Support/PendingFile.h"
#include "tools/Version.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace retort;
namespace cl = llvm::cl;

static cl::OptionCategory category("retort-translate options");
static cl::opt<std::string> importPath("import-onnx", cl::desc("ONNX file to read"),
                                       cl::value_desc("MODEL.onnx"), cl::cat(category));
static cl::opt<std::string> exportPath("export-onnx", cl::desc("MLIR file to write as ONNX"),
                                       cl::value_desc("MODEL.mlirbc"), cl::cat(category));
static cl::opt<std::string> outputPath("o",
                                       cl::desc("file to write; bytecode where it ends in .mlirbc"),
                                       cl::value_desc("FILE"), cl::init("-"), cl::cat(category));

static int fail(const llvm::Twine &message, int code = 1) {
  llvm::errs() << errorLine(message.str()) << "\n";
  return code;
}

static llvm::Error writeModule(ModuleOp module) {
  bool isBytecode = StringRef(outputPath).ends_with(".mlirbc");
  return writeFile(outputPath, [&](llvm::raw_ostream &stream) -> llvm::Error {
    if (!isBytecode)
      module.print(stream, OpPrintingFlags().elideLargeResourceString(0));
    else if (failed(writeBytecodeToFile(module, stream)))
      return llvm::createStringError("the module has no bytecode");
    return llvm::Error::success();
  });
}

/// An ONNX model alone may be replaced, by the ONNX model that it becomes.
static llvm::Error checkFiles(StringRef path, bool importing) {
  FilePlan files;
  if (importing)
    files.write(outputPath, "-o");
  else
    planOnnx(files, path, outputPath);
  if (files.writesNothing())
    return llvm::Error::success();
  files.read(path, "the model");
  for (const std::string &file : filesOfModel(path, registerDialects))
    files.read(file, ("a file of the model '" + path + "'").str());
  return files.check();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  setVersion("retort-translate");
  explainBusErrors();
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "ONNX to MLIR and back\n");
  if (importPath.empty() == exportPath.empty())
    return fail("expects one of --import-onnx and --export-onnx", 2);
  bool importing = !importPath.empty();
  std::string path = importing ? importPath : exportPath;
  if (llvm::Error error = checkFiles(path, importing))
    return fail(toString(std::move(error)));

  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  bool reported = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error || reported)
      return success();
    reported = true;
    std::string text = diagnostic.str();
    fail(StringRef(text).contains(path) ? text : path + ": " + text);
    return success();
  });
  OwningOpRef<ModuleOp> module = loadModule(path, &context);
  if (!module || (!importing && failed(exportOnnx(*module, outputPath))))
    return reported ? 1 : fail(path + ": cannot be read");
  if (llvm::Error error = importing ? writeModule(*module) : llvm::Error::success())
    return fail(toString(std::move(error)));
  return 0;
}
