// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytecode in which one byte is another: what no writer made is an error that says what was
// expected.
#include "lib/Plugin/RegisterDialects.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

TEST(Bytecode, WithAnotherKindOfAttributeIsRefused) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(
      "module attributes {onnx.model = #onnx.message<\"name\" = \"n\", \"version\" = 21 : i64>} {}",
      &context);
  ASSERT_TRUE(module);
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  ASSERT_TRUE(succeeded(writeBytecodeToFile(*module, stream)));
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += diagnostic.str();
    return success();
  });
  // One of the first bytes is the code of the attribute's kind.
  bool isRefused = false;
  for (size_t i = 0; i < bytes.size() && !isRefused; ++i) {
    std::string changed = bytes;
    changed[i] = char(changed[i] ^ 2);
    said.clear();
    bool isRead = bool(parseSourceString<ModuleOp>(changed, &context));
    EXPECT_TRUE(isRead || !said.empty()) << "at " << i;
    isRefused = StringRef(said).contains("expects an attribute of onnx, found code ");
  }
  EXPECT_TRUE(isRefused);
}
