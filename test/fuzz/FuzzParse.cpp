// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A fuzz target: no text makes the parser of the dialects or their verifiers crash, a refusal says
// why, and what is accepted is printed and read again as the same.
#include "dialects/Compress/Compress.h"
#include "dialects/Fused/Fused.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace retort;

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // Attributes live as long as their context.
  static std::unique_ptr<MLIRContext> context;
  static unsigned runs = 0;
  if (runs++ % 500 == 0) {
    context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
    context->loadDialect<func::FuncDialect, onnx::OnnxDialect, llm::LlmDialect,
                         compress::CompressDialect, linear::LinearDialect, fused::FusedDialect,
                         RetortDialect>();
  }
  bool reported = false;
  ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) {
    reported |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  // MLIR's parser takes a zero for the end of the text, and may ask for one more token behind it,
  // where another program's memory would be: here it is an error.
  std::string text(reinterpret_cast<const char *>(data), size);
  text += '\0';
  text.append(64, '?');
  auto module = parseSourceString<ModuleOp>(StringRef(text.data(), size), context.get());
  if (!module) {
    if (!reported)
      abort(); // a refusal without a reason
    return 0;
  }
  std::string once = print(*module);
  auto again = parseSourceString<ModuleOp>(once, context.get());
  // A resource that is read again into one context gets another key.
  bool hasResources = once.find("dense_resource") != std::string::npos;
  if (!again || (!hasResources && print(*again) != once))
    abort();
  return 0;
}
