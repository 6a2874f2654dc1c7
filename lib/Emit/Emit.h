// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the LLVM dialect to what runs: code in this process, or a shared library, its weights and
// its header. The calling convention of compiled models is described in README.md.
#ifndef RETORT_LIB_EMIT_EMIT_H
#define RETORT_LIB_EMIT_EMIT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace retort {

/// How hard LLVM works on code where nobody says: what RETORT_OPTIMIZE is in the environment, from
/// 0 to 3; 2 where it is nothing of these.
unsigned usualOptimization();

struct EmitOptions {
  /// `native`, or a name that LLVM knows: x86-64-v3, znver4, ...
  std::string targetCpu = "native";
  /// 0 to 3, as in compilers for C.
  unsigned optimize = usualOptimization();
  /// That compile parts of the code beside one another; 0: one for each core. The code is the same.
  unsigned threads = 0;
  /// What `malloc` and `free` of code in this process are; null: the C library's.
  void *(*allocate)(size_t bytes) = nullptr;
  void (*release)(void *memory) = nullptr;
  /// How far sums may be from those of f32, for the manifest: exact, or accurate (some 1e-5).
  std::string numerics = "exact";
};

/// Code compiled into this process.
class JitModel {
public:
  virtual ~JitModel() = default;
  /// The address of `retort_main` and the like.
  virtual llvm::Expected<void *> lookup(llvm::StringRef symbol) = 0;
};

/// An error that names the CPU where LLVM does not know it.
llvm::Error checkTargetCpu(llvm::StringRef cpu);

/// The names, types and places of inputs, outputs, states and weights as JSON text; `lowered` is
/// the module before code generation.
llvm::Expected<std::string> buildManifest(mlir::ModuleOp lowered, const EmitOptions &options);

/// Code generation has happened to `module`; it refers to nothing but `retort_fail`,
/// `retort_parallel`, libm and libc.
llvm::Expected<std::unique_ptr<JitModel>> jitCompile(mlir::ModuleOp module,
                                                     const EmitOptions &options);
llvm::Error emitObject(mlir::ModuleOp module, llvm::StringRef manifest, const EmitOptions &options,
                       llvm::raw_pwrite_stream &stream);
/// Links to a file of this name.
llvm::Error emitSharedLibrary(mlir::ModuleOp module, llvm::StringRef manifest,
                              const EmitOptions &options, llvm::StringRef path);
/// The module as text of LLVM IR, optimized.
llvm::Error emitLlvm(mlir::ModuleOp module, const EmitOptions &options, llvm::raw_ostream &stream);

/// 32 hexadecimal digits that follow from the manifest and the bytes of the weights: code and
/// weights that carry the same id belong together.
std::string contentId(mlir::ModuleOp lowered, llvm::StringRef manifest);
/// The manifest with its id.
std::string withId(llvm::StringRef manifest, llvm::StringRef id);

/// The weights of `lowered`, where the manifest says; 64-byte aligned, to be mapped.
llvm::Error emitWeights(mlir::ModuleOp lowered, llvm::StringRef id, llvm::raw_ostream &stream);

/// A C header that declares the functions of the manifest; `name` is that of the library.
llvm::Error emitHeader(llvm::StringRef manifest, llvm::StringRef name, llvm::raw_ostream &stream);

} // namespace retort

#endif
