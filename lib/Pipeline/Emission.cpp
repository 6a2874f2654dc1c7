// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `retort compile` writes.
#include "lib/Pipeline/Emission.h"
#include "lib/Emit/Emit.h"
#include "lib/Export/Export.h"
#include "lib/Import/ModelFiles.h"
#include "lib/Import/ReferredWeights.h"
#include "lib/Pipeline/CodeFiles.h"
#include "lib/Pipeline/Companions.h"
#include "lib/Pipeline/Progress.h"
#include "lib/Pipeline/WriteLinalg.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Support/PendingFile.h"
#include "lib/Weights/PartialResults.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;

static Phase lastPhase(EmitKind kind) {
  if (kind == EmitKind::Mlir)
    return Phase::Compress;
  return kind == EmitKind::Linalg ? Phase::Lower : Phase::Codegen;
}

/// Bytecode where the name says so, else text without the weights' bytes.
static llvm::Error writeModule(ModuleOp module, StringRef path, bool referToWeights) {
  std::optional<ReferredWeights> referred;
  if (referToWeights)
    referred.emplace(module);
  return writeFile(path, [&](raw_ostream &stream) -> llvm::Error {
    if (!path.ends_with(".mlirbc"))
      module.print(stream, OpPrintingFlags().elideLargeResourceString(0));
    else if (failed(writeBytecodeToFile(module, stream)))
      return makeError("the module has no bytecode");
    return llvm::Error::success();
  });
}

/// Whether a product reads codes that ONNX Runtime would multiply in its own way.
static bool hasQuantizedProduct(ModuleOp module) {
  auto result = module.walk([](onnx::NodeOp node) {
    bool isProduct = node.getOpType() == "MatMul" || node.getOpType() == "Gemm";
    bool readsCodes = llvm::any_of(node->getOperands(), [](Value operand) {
      auto source = operand.getDefiningOp<onnx::NodeOp>();
      return source && source.getOpType() == "DequantizeLinear";
    });
    return isProduct && readsCodes ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

static void noteQuantizedProducts(ModuleOp module) {
  if (hasQuantizedProduct(module))
    llvm::errs()
        << "note: ONNX Runtime rounds the activations of quantized products to int8 unless "
           "the session option session.qdq_matmulnbits_accuracy_level is 1\n";
}

static uint64_t sizeOf(ArrayRef<std::string> files) {
  uint64_t sum = 0;
  for (const std::string &file : files)
    if (uint64_t size = 0; !llvm::sys::fs::file_size(file, size))
      sum += size;
  return sum;
}

/// The bytes of the model's files.
static uint64_t sizeOfModel(StringRef model) {
  std::vector<std::string> files = filesOfModel(model, registerDialects);
  files.push_back(model.str());
  return sizeOf(files);
}

/// Those of what holds the model now: code or linalg and its weights, a model and its data.
static uint64_t sizeOfOutput(EmitKind kind, StringRef output, const CompileOptions &options) {
  if (kind == EmitKind::Onnx && options.stopAfter.empty())
    return sizeOfModel(output);
  std::vector<std::string> files{output.str()};
  bool hasWeights = kind == EmitKind::SharedLibrary || kind == EmitKind::Object ||
                    (kind == EmitKind::Linalg && options.referToWeights);
  if (hasWeights && options.stopAfter.empty())
    files.push_back(CodeNames(output).weights);
  return sizeOf(files);
}

/// What compression has come to, in two lines.
static void report(const Compression &compression, const WrittenSizes &sizes,
                   const CompileOptions &options) {
  llvm::errs() << llvm::formatv("weights: {0} bytes before, {1} after; files: {2} bytes before, "
                                "{3} after; {4:F2} bits a weight\n",
                                sizes.weightsBefore, sizes.weightsAfter, sizes.filesBefore,
                                sizes.filesAfter, sizes.bitsPerWeight);
  llvm::errs() << llvm::formatv("{0} of {1} weights stayed as they were{2}\n",
                                compression.left.size(), compression.weights,
                                options.ledger.empty() ? " (--ledger=FILE says why)" : "");
}

/// What an output takes where the model stays as large as it is; compression to two bits leaves a
/// sixteenth, and nobody knows what a recipe asks for.
static uint64_t leastBytes(StringRef model, const CompileOptions &options) {
  bool compresses = !options.recipe.empty() || !options.compress.empty();
  return sizeOfModel(model) / (compresses ? 16 : 1);
}

/// The files of an output.
static void planOutput(FilePlan &files, EmitKind kind, StringRef model, StringRef output,
                       const CompileOptions &options) {
  bool isOnnx = kind == EmitKind::Onnx && options.stopAfter.empty();
  if (isOnnx)
    planOnnx(files, model, output);
  else
    files.write(output, "-o");
  bool isCode = kind == EmitKind::SharedLibrary || kind == EmitKind::Object;
  CodeNames names(output);
  if (isCode) {
    files.write(names.weights, "-o");
    files.write(names.header, "-o");
  }
  if (kind == EmitKind::Linalg && options.referToWeights) {
    files.write(names.weights, "-o");
    files.write(names.weights + ".json", "-o");
  }
  if (isCode || isOnnx)
    files.expectBytes(isCode ? names.weights : output.str(), leastBytes(model, options));
}

namespace {
/// Methods that fit to a sample take long: what they have done stays where the process is killed,
/// and only then.
class PartFile {
public:
  PartFile(CompileOptions &options, StringRef output) {
    bool isFile = !output.empty() && output != "-" &&
                  (!llvm::sys::fs::exists(output) || llvm::sys::fs::is_regular_file(output));
    if (options.calibration.empty() || options.dryRun || !isFile)
      return;
    path = options.partialResults = (output + ".part").str();
    options.files.write(path, "-o");
  }
  PartFile(const PartFile &) = delete;
  ~PartFile() {
    if (!path.empty())
      PartialResults::discard(path);
  }

private:
  std::string path;
};
} // namespace

/// Up to what is written.
static llvm::Error compileFor(EmitKind kind, Compiler &compiler, StringRef model) {
  return kind == EmitKind::Onnx ? compiler.compileToOnnx(model)
                                : compiler.compile(model, lastPhase(kind));
}

static llvm::Error write(EmitKind kind, Compiler &compiler, StringRef output,
                         const CompileOptions &options) {
  bool writesModule = kind == EmitKind::Mlir || kind == EmitKind::Linalg;
  if (options.upstreamLinalg)
    return writeLinalg(compiler.module(), output, options.referToWeights);
  if (compiler.stoppedEarly() || writesModule)
    return writeModule(compiler.module(), output, options.referToWeights);
  if (kind == EmitKind::Onnx)
    return failed(exportOnnx(compiler.module(), output)) ? compiler.error("cannot be written")
                                                         : llvm::Error::success();
  compiler.beginPhase(Phase::Emit);
  EmitOptions emission = emissionOf(options);
  if (kind != EmitKind::Llvm)
    return writeCode(kind == EmitKind::Object ? CodeKind::Object : CodeKind::SharedLibrary,
                     compiler.module(), compiler.manifest(), output, emission);
  return writeFile(
      output, [&](raw_ostream &stream) { return emitLlvm(compiler.module(), emission, stream); });
}

/// What is a model by itself, of some size.
static bool isModelFile(EmitKind kind, const CompileOptions &options) {
  bool isKind =
      kind == EmitKind::SharedLibrary || kind == EmitKind::Object || kind == EmitKind::Onnx;
  return isKind && options.stopAfter.empty();
}

/// Writes into a folder that is gone afterwards, under the name of the output, and tells the size.
static llvm::Expected<uint64_t> sizeWhenWritten(EmitKind kind, Compiler &compiler, StringRef output,
                                                const CompileOptions &options) {
  SmallString<128> folder;
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("retort-size", folder))
    return makeError("cannot make a temporary folder: " + code.message());
  llvm::scope_exit clean([&] { (void)llvm::sys::fs::remove_directories(folder); });
  SmallString<128> path = folder;
  llvm::sys::path::append(path, output.empty() ? "model" : llvm::sys::path::filename(output));
  if (llvm::Error error = write(kind, compiler, path, options))
    return std::move(error);
  return sizeOfOutput(kind, path, options);
}

/// Compiles; again and again where a method was asked for a size, until that is what a file has.
static llvm::Expected<std::unique_ptr<Compiler>>
compileToSize(EmitKind kind, StringRef model, StringRef output, CompileOptions &options) {
  SizeSearch search;
  options.measuresSize = isModelFile(kind, options);
  for (;;) {
    auto compiler = std::make_unique<Compiler>(options);
    if (llvm::Error error = compileFor(kind, *compiler, model))
      return std::move(error);
    if (!options.measuresSize || !compiler->sizeGoal())
      return std::move(compiler);
    auto written = sizeWhenWritten(kind, *compiler, output, options);
    if (!written)
      return written.takeError();
    auto beside = search.next(*compiler->sizeGoal(), int64_t(*written));
    if (!beside)
      return makeError(model + ": " + llvm::toString(beside.takeError()));
    if (!*beside)
      return std::move(compiler);
    options.sizeBeside = **beside;
  }
}

/// What would be written, and nothing else.
static llvm::Error tellPlan(EmitKind kind, Compiler &compiler, StringRef output,
                            const CompileOptions &options, uint64_t sizeBefore) {
  uint64_t size = 0;
  bool isMeasured = isModelFile(kind, options);
  if (isMeasured) {
    auto written = sizeWhenWritten(kind, compiler, output, options);
    if (!written)
      return written.takeError();
    size = *written;
  }
  if (options.progress)
    options.progress->clear();
  compiler.plan().print(llvm::outs());
  llvm::outs() << llvm::formatv("files: {0} bytes before", sizeBefore);
  if (isMeasured)
    llvm::outs() << llvm::formatv(", {0} after", size);
  llvm::outs() << "; nothing was written\n";
  return llvm::Error::success();
}

llvm::Error retort::compileTo(EmitKind kind, StringRef model, StringRef path,
                              const CompileOptions &given, WrittenSizes *sizes) {
  // The linker resets the options of the command line, whose text the path may be.
  const std::string output = path.str();
  CompileOptions options = given;
  if (!options.dryRun)
    planOutput(options.files, kind, model, output, options);
  bool writesModule = kind == EmitKind::Mlir || kind == EmitKind::Linalg;
  if (options.referToWeights && !writesModule)
    return makeError("--weights=refer: expects --emit=mlir or --emit=linalg; code and ONNX carry "
                     "their weights");
  PartFile part(options, output);
  options.upstreamLinalg = kind == EmitKind::Linalg && options.stopAfter.empty();
  // The output may take the model's place.
  uint64_t sizeBefore = sizeOfModel(model);
  auto compiled = compileToSize(kind, model, output, options);
  if (!compiled)
    return compiled.takeError();
  Compiler &compiler = **compiled;
  if (options.dryRun)
    return tellPlan(kind, compiler, output, options, sizeBefore);
  if (llvm::Error error = write(kind, compiler, output, options))
    return error;
  if (kind == EmitKind::Onnx && !compiler.stoppedEarly()) {
    noteQuantizedProducts(compiler.module());
    if (llvm::Error error = copyCompanions(model, output))
      return error;
  }
  if (!compiler.compression())
    return llvm::Error::success();
  const Compression &compression = *compiler.compression();
  WrittenSizes found{sizeBefore, sizeOfOutput(kind, output, options), compression.bytesBefore,
                     compression.bytesAfter,
                     8. * double(compression.bytesAfter) /
                         double(std::max<uint64_t>(compression.numbers, 1))};
  report(compression, found, options);
  if (sizes)
    *sizes = found;
  return llvm::Error::success();
}
