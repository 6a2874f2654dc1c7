// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A format that says what a weight is, and not how it is multiplied.
#include "dialects/Linear/Linear.h"
#include "lib/Codegen/Passes.h"
#include "lib/Plugin/RegisterDialects.h"

#include "mlir/IR/DialectImplementation.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
/// Numbers, row by row.
class RowsAttr : public Attribute::AttrBase<RowsAttr, Attribute, AttributeStorage,
                                            linear::LinearFormat::Trait> {
public:
  using Base::Base;
  static constexpr StringLiteral name = "bare.rows";

  SmallVector<linear::WeightPart> getParts(int64_t depth, int64_t columns) const {
    return {{"values", {depth, columns}, [](Type type) { return type.isF32(); }, "f32"}};
  }
  double read(ArrayRef<onnx::ConstantView> parts, int64_t k, int64_t n) const {
    return parts[0].floatAt(k * parts[0].type().getDimSize(1) + n);
  }
};

class BareDialect : public Dialect {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BareDialect)
  explicit BareDialect(MLIRContext *context)
      : Dialect("bare", context, TypeID::get<BareDialect>()) {
    addAttributes<RowsAttr>();
  }
  static StringRef getDialectNamespace() { return "bare"; }
  Attribute parseAttribute(DialectAsmParser &parser, Type) const override {
    return succeeded(parser.parseKeyword("rows")) ? RowsAttr::get(getContext()) : RowsAttr();
  }
  void printAttribute(Attribute, DialectAsmPrinter &printer) const override { printer << "rows"; }
};
} // namespace

TEST(FormatWithoutKernel, IsRefusedWhereItIsMultiplied) {
  DialectRegistry registry;
  registerDialects(registry);
  registry.insert<BareDialect>();
  MLIRContext context(registry);
  context.disableMultithreading();
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += diagnostic.str();
    return success();
  });
  auto module = parseSourceString<ModuleOp>(
      "func.func private @f(%x: memref<?x8xf32>, %w: memref<8x32xf32>, %y: memref<?x32xf32>) {"
      "  linear.product #bare.rows %x, %w into %y :"
      "    memref<?x8xf32>, memref<8x32xf32> into memref<?x32xf32>"
      "  return }",
      &context);
  ASSERT_TRUE(module) << said;
  PassManager pm(&context);
  pm.addPass(createScheduleLinearPass());
  EXPECT_TRUE(failed(pm.run(*module)));
  EXPECT_EQ(said, "'linear.product' op has no kernel for the format #bare.rows");
}
