// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compiler as a row of named phases.
#ifndef RETORT_LIB_PIPELINE_COMPILER_H
#define RETORT_LIB_PIPELINE_COMPILER_H

#include "lib/Pipeline/CompileOptions.h"
#include "lib/Pipeline/CompressionPlan.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/SizeGoal.h"
#include "lib/Weights/LeftAlone.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace retort {

class Ledger;

/// In the order of the data; each is the name that --stop-after takes.
enum class Phase { Import, Raise, Recognize, Compress, Lower, Codegen, Emit };

llvm::StringRef nameOf(Phase phase);
/// nullopt where no phase has the name.
std::optional<Phase> phaseNamed(llvm::StringRef name);

struct EmitOptions;

/// What emission is asked for by the options of a compilation.
EmitOptions emissionOf(const CompileOptions &options);

/// Compiles one model. The module, its context and the mapped model file live as long as the
/// compiler.
class Compiler {
public:
  explicit Compiler(CompileOptions options);
  ~Compiler();

  /// Reads `path` (.onnx, .mlir or .mlirbc) and runs the phases up to `last`, or to --stop-after
  /// where that comes first. The error says what failed, in one line.
  llvm::Error compile(llvm::StringRef path, Phase last);

  /// Adds the step of decoding to a recognized module, or leaves in it why there is none.
  llvm::Error deriveDecodeStep();

  /// What `--emit=onnx` needs: compressed as for any other output, and returned to onnx.node. What
  /// the methods did not change is what the file said.
  llvm::Error compileToOnnx(llvm::StringRef path);

  /// Says that a phase begins, to whoever wants to know.
  void beginPhase(Phase phase) const;

  mlir::ModuleOp module() { return *owned; }
  /// What the lowered module says of itself; see lib/Emit/README.md.
  llvm::StringRef manifest() const { return manifestText; }
  /// What the methods did to the weights; nullopt where none were asked for.
  const std::optional<Compression> &compression() const { return changes; }
  /// The size of the file that a method was asked for; nullopt where none was.
  const std::optional<SizeGoal> &sizeGoal() const { return goal; }
  /// What became of each weight; only where options.dryRun is set.
  const CompressionPlan &plan() const { return planned; }
  /// With options.exposeActivations: the graph before it was lowered, for whoever runs it block by
  /// block.
  mlir::OwningOpRef<mlir::ModuleOp> takeExposed() { return std::move(exposed); }
  /// True where --stop-after ended the compilation before its last phase.
  bool stoppedEarly() const { return stopped; }
  /// The first error that was reported on the context, or `otherwise`.
  llvm::Error error(llvm::StringRef otherwise) { return diagnostics->take(otherwise); }

private:
  using BuildPipeline = llvm::function_ref<llvm::Error(mlir::PassManager &)>;

  llvm::Error checkOptions();
  llvm::Error loadPlugins();
  llvm::Error import(llvm::StringRef path);
  llvm::Error runPhase(Phase phase, BuildPipeline build);
  llvm::Error runPhase(Phase phase, const std::string &pipeline);
  llvm::Error addExposure(mlir::PassManager &pm);
  llvm::Error addCompression(mlir::PassManager &pm);
  /// Those beside the one that passes run on, whose weights must stay.
  llvm::SmallVector<mlir::ModuleOp> otherModules();
  bool compresses() const { return !options.recipe.empty() || !options.compress.empty(); }
  llvm::Error recognize();
  llvm::Error compress();
  llvm::Error compressToOnnx();
  llvm::Error rewriteToOnnx();
  llvm::Error restore();
  llvm::Error writeNodes();
  void countWritten();
  llvm::Error writeLedger();
  llvm::Error lower();
  llvm::Error dump(Phase phase);

  CompileOptions options;
  std::unique_ptr<mlir::MLIRContext> ctx;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<DiagnosticCollector> diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> owned;
  /// The model as it was read, where it is wanted again, as methods found it, and as they left it.
  mlir::OwningOpRef<mlir::ModuleOp> source, before, compressed;
  mlir::OwningOpRef<mlir::ModuleOp> exposed;
  std::optional<Compression> changes;
  std::optional<SizeGoal> goal;
  CompressionPlan planned;
  std::string modelPath, manifestText;
  bool stopped = false;
};

} // namespace retort

#endif
