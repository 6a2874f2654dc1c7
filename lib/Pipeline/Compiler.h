// The compiler as a row of named phases.
#ifndef RETORT_LIB_PIPELINE_COMPILER_H
#define RETORT_LIB_PIPELINE_COMPILER_H

#include "lib/Pipeline/CompileOptions.h"
#include "lib/Pipeline/Diagnostics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace retort {

class Ledger;

/// In the order of the data; each is the name that --stop-after takes.
enum class Phase { Import, Raise, Recognize, Compress, Lower, Codegen, Emit };

llvm::StringRef nameOf(Phase phase);
std::optional<Phase> phaseNamed(llvm::StringRef name);

/// Compiles one model. The module, its context and the mapped model file live as long as the compiler.
class Compiler {
public:
  explicit Compiler(CompileOptions options);
  ~Compiler();

  /// Reads `path` (.onnx, .mlir or .mlirbc) and runs the phases up to `last`, or to --stop-after where that comes
  /// first. The error says what failed, in one line.
  llvm::Error compile(llvm::StringRef path, Phase last);

  /// What `--emit=onnx` needs: raised, compressed, and returned to onnx.node.
  llvm::Error compileToOnnx(llvm::StringRef path);

  mlir::ModuleOp module() { return *owned; }
  mlir::MLIRContext *context() { return ctx.get(); }
  /// True where --stop-after ended the compilation before `last`.
  bool stoppedEarly() const { return stopped; }

private:
  llvm::Error loadPlugins();
  llvm::Error import(llvm::StringRef path);
  llvm::Error runPhase(Phase phase, llvm::function_ref<llvm::Error(mlir::PassManager &)> build);
  llvm::Error addCompression(mlir::PassManager &pm);
  llvm::Error dump(Phase phase);
  bool reached(Phase phase) const;

  CompileOptions options;
  std::unique_ptr<mlir::MLIRContext> ctx;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<DiagnosticCollector> diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> owned;
  std::string modelPath;
  bool stopped = false;
};

} // namespace retort

#endif
