// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialects that Retort's phases go through.
#include "lib/Plugin/RegisterDialects.h"
#include "dialects/Compress/Compress.h"
#include "dialects/Fused/Fused.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Retort.h"
#include "lib/Codegen/Steps/RegisterSteps.h"
#include "lib/Differentiate/GradientRules.h"
#include "lib/Formats/RegisterFormats.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

using namespace mlir;

void retort::registerRetortDialects(DialectRegistry &registry) {
  registry.insert<onnx::OnnxDialect, llm::LlmDialect, compress::CompressDialect,
                  linear::LinearDialect, fused::FusedDialect, RetortDialect>();
  registerFormats(registry);
  registerSteps(registry);
  registerGradientRules(registry);
}

void retort::registerDialects(DialectRegistry &registry) {
  registerRetortDialects(registry);
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
}
