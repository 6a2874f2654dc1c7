// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the LLVM dialect to object code, on several threads.
#include "lib/Emit/Objects.h"

#include "lib/Emit/Optimize.h"
#include "lib/Emit/SplitModule.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace mlir;
using namespace retort;

llvm::Error retort::writeObject(llvm::Module &code, llvm::TargetMachine &target,
                                llvm::raw_pwrite_stream &stream) {
  llvm::legacy::PassManager passes;
  if (target.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("this target writes no object files");
  passes.run(code);
  return llvm::Error::success();
}

/// A part, in a context of its own.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
compilePart(ArrayRef<char> bitcode, llvm::TargetMachine &target, unsigned level) {
  llvm::LLVMContext context;
  auto code = llvm::parseBitcodeFile(
      llvm::MemoryBufferRef(StringRef(bitcode.data(), bitcode.size()), "part"), context);
  if (!code)
    return code.takeError();
  optimize(**code, target, level);
  SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  if (llvm::Error error = writeObject(**code, target, stream))
    return std::move(error);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object),
                                                         /*RequiresNullTerminator=*/false);
}

/// What a thread has freed stays its own, of which others have no use: what passes took before LLVM
/// begins, and what LLVM's threads took when they are gone, tens of MB each.
static void returnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

/// One machine for each part: threads must not share any.
static llvm::Expected<std::vector<std::unique_ptr<llvm::TargetMachine>>>
createTargetMachines(ModuleOp module, const EmitOptions &options, size_t count) {
  std::vector<std::unique_ptr<llvm::TargetMachine>> targets;
  for (size_t i = 0; i < count; ++i) {
    auto target = createTargetMachine(module, options);
    if (!target)
      return target.takeError();
    targets.push_back(std::move(*target));
  }
  return targets;
}

llvm::Expected<Objects> retort::compileToObjects(ModuleOp module, const EmitOptions &options,
                                                 llvm::function_ref<void(llvm::Module &)> extend) {
  std::vector<SmallVector<char, 0>> parts;
  if (llvm::Error error = withLlvm(module, options, [&](llvm::Module &code, llvm::TargetMachine &) {
        extend(code);
        parts = splitModule(code);
        return llvm::Error::success();
      }))
    return std::move(error);
  auto targets = createTargetMachines(module, options, parts.size());
  if (!targets)
    return targets.takeError();
  Objects objects(parts.size());
  std::vector<std::string> problems(parts.size());
  returnFreedMemory();
  {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.threads));
    for (size_t i = 0; i < parts.size(); ++i)
      pool.async([&, i] {
        if (auto object = compilePart(parts[i], *(*targets)[i], options.optimize))
          objects[i] = std::move(*object);
        else
          problems[i] = llvm::toString(object.takeError());
        parts[i] = {};
      });
  }
  returnFreedMemory();
  for (const std::string &problem : problems)
    if (!problem.empty())
      return llvm::createStringError(problem);
  return objects;
}
