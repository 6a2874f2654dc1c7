// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of ONNX's schemas, as its users see it.
#include "dialects/Onnx/Schema/Schema.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

TEST(OnnxSchema, FindsTheVersionInForce) {
  ASSERT_TRUE(onnx::findSchema("", "ReduceMean", 17));
  EXPECT_EQ(onnx::findSchema("", "ReduceMean", 17)->version, 13);
  EXPECT_EQ(onnx::findSchema("", "ReduceMean", 18)->version, 18);
  EXPECT_EQ(onnx::findSchema("ai.onnx", "ReduceMean", 18)->version, 18);
  EXPECT_FALSE(onnx::findSchema("", "RMSNormalization", 22));
  EXPECT_FALSE(onnx::findSchema("", "NoSuchOperation", 22));
  EXPECT_FALSE(onnx::findSchema("no.such.domain", "Add", 22));
}

TEST(OnnxSchema, KeepsTheHistoryInOrder) {
  int last = 0;
  for (const onnx::Schema &schema : onnx::schemaHistory("", "Split")) {
    EXPECT_GT(schema.version, last);
    last = schema.version;
  }
  EXPECT_EQ(last, 18);
}

TEST(OnnxSchema, HoldsOperationsOfOnnxRuntime) {
  const onnx::Schema *schema = onnx::findSchema("com.microsoft", "GroupQueryAttention", 1);
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->inputs()[0].name, "query");
  EXPECT_EQ(schema->inputs()[3].occurrence, onnx::Occurrence::Optional);
  EXPECT_TRUE(schema->attribute("num_heads")->required);
  EXPECT_STREQ(schema->attribute("k_quant_type")->defaultValue, "\"NONE\"");
  EXPECT_TRUE(onnx::findSchema("", "SimplifiedLayerNormalization", 14));
}

TEST(OnnxSchema, ReadsDefaultsAsFloat32) {
  const onnx::Schema *schema = onnx::findSchema("", "LayerNormalization", 17);
  EXPECT_STREQ(schema->attribute("epsilon")->defaultValue, "1.0e-05 : f32");
  EXPECT_STREQ(schema->attribute("axis")->defaultValue, "-1 : i64");
}

TEST(OnnxSchema, ChecksTypes) {
  MLIRContext context;
  Builder builder(&context);
  auto tensor = [](Type element) { return RankedTensorType::get({2}, element); };
  const onnx::Parameter &input = onnx::findSchema("", "Relu", 13)->inputs()[0];
  EXPECT_TRUE(input.accepts(tensor(builder.getF32Type())));
  EXPECT_TRUE(input.accepts(tensor(builder.getBF16Type())));
  EXPECT_FALSE(input.accepts(tensor(builder.getI32Type())));
  EXPECT_FALSE(input.accepts(tensor(builder.getIntegerType(8, /*isSigned=*/false))));
  EXPECT_TRUE(onnx::findSchema("", "Relu", 14)->inputs()[0].accepts(tensor(builder.getI32Type())));
  EXPECT_EQ(onnx::onnxTypeName(tensor(builder.getIntegerType(8, /*isSigned=*/false))),
            "tensor(uint8)");
  EXPECT_EQ(onnx::onnxTypeName(tensor(builder.getI1Type())), "tensor(bool)");
}

TEST(OnnxSchema, RepeatsOnlyVariadicParameters) {
  const onnx::Schema *concat = onnx::findSchema("", "Concat", 13),
                     *add = onnx::findSchema("", "Add", 13);
  EXPECT_EQ(onnx::parameterAt(concat->inputs(), 7), &concat->inputs().back());
  EXPECT_EQ(onnx::parameterAt(add->inputs(), 2), nullptr);
}
