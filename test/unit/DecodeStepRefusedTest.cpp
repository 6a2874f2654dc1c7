// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Why graphs have no decode step: one for each way in which an operation stands in the way.
#include "lib/DecodeStep/DecodeStep.h"
#include "lib/Plugin/RegisterDialects.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
/// Computes %y: tensor<?x?x4xf32> of %x, the rows of the text, or of %cols, these as columns.
struct Graph {
  const char *body, *reason;
  const char *inputs = "", *results = "";
};

class DecodeStepRefused : public testing::TestWithParam<Graph> {
protected:
  DecodeStepRefused() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.disableMultithreading();
  }

  static std::string text(const Graph &graph) {
    std::string values, types, returned;
    SmallVector<StringRef> results;
    StringRef(graph.results).split(results, ';', -1, /*KeepEmpty=*/false);
    for (StringRef each : results) {
      auto [value, type] = each.split(':');
      values += ", " + value.str();
      types += ", " + type.str();
      returned += ", " + type.split(" {").first.str();
    }
    return std::string("func.func @main(%ids: tensor<?x?xi64> {onnx.name = \"input_ids\"}") +
           graph.inputs + ") -> (tensor<?x?x40xf32> {onnx.name = \"logits\"}" + types + R"() {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %n = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %none = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %lengths = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %length = onnx.Gather(%lengths, %n) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %wide = onnx.Cast(%length) {to = 1 : i64} : (tensor<i64>) -> tensor<f32>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %cols = onnx.Transpose(%x) {perm = array<i64: 0, 2, 1>} : (tensor<?x?x4xf32>) -> tensor<?x4x?xf32>
  %heads = onnx.Unsqueeze(%x, %one) : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x?x4xf32>
)" + graph.body +
           R"(
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits)" +
           values + " : tensor<?x?x40xf32>" + returned + "\n}";
  }

  MLIRContext context;
};
} // namespace

TEST_P(DecodeStepRefused, SaysWhy) {
  const Graph &graph = GetParam();
  auto module = parseSourceString<ModuleOp>(text(graph), &context);
  ASSERT_TRUE(module) << text(graph);
  Refusal refusal;
  EXPECT_TRUE(failed(deriveDecodeStep(module->lookupSymbol<func::FuncOp>("main"), 16, refusal)));
  EXPECT_EQ(refusal.reason, graph.reason) << graph.body;
  EXPECT_FALSE(module->lookupSymbol("step"));
}

// clang-format off
#define FILTER(shape) "%w = onnx.Constant() {value = dense<1.0> : tensor<" shape "xf32>} : () -> tensor<" shape "xf32>\n"
#define CONV(attributes) "%b = onnx.Conv(%cols, %w) {group = 4 : i64, " attributes "} : (tensor<?x4x?xf32>, tensor<4x1x2xf32>) -> tensor<?x4x?xf32>\n"
#define BACK "%y = onnx.Transpose(%b) {perm = array<i64: 0, 2, 1>} : (tensor<?x4x?xf32>) -> tensor<?x?x4xf32>"
#define HEADS "tensor<?x1x?x4xf32>"
#define ATTENTION(operands, types) "%a, %pk, %pv = llm.attention(" operands ") {causal, scale = 1.0 : f32} : (" types ") -> (" HEADS ", " HEADS ", " HEADS ")\n"
#define THREE HEADS ", " HEADS ", " HEADS
#define FLAT(value) "%y = onnx.Squeeze(" value ", %one) : (" HEADS ", tensor<1xi64>) -> tensor<?x?x4xf32>"

#define LAST "%p = onnx.Sub(%length, %n) : (tensor<i64>, tensor<i64>) -> tensor<i64>\n" \
    "%last = onnx.Gather(%x, %p) {axis = 1 : i64} : (tensor<?x?x4xf32>, tensor<i64>) -> tensor<?x4xf32>\n"
#define POSITIONS "%range = onnx.Range(%none, %length, %n) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>\n" \
    "%places = onnx.Unsqueeze(%range, %zero) : (tensor<?xi64>, tensor<1xi64>) -> tensor<1x?xi64>\n"

static const Graph convolutions[] = {
    {FILTER("4x1x2") CONV("strides = array<i64: 2>, pads = array<i64: 1, 0>") BACK,
     "'onnx.Conv' op mixes the rows of the text: its strides leave out some"},
    {FILTER("4x1x2") CONV("auto_pad = \"SAME_LOWER\"") BACK,
     "'onnx.Conv' op mixes the rows of the text: 'auto_pad' puts zeros where the length of the text says"},
    {FILTER("4x1x2") CONV("pads = array<i64: 2, 0>") BACK,
     "'onnx.Conv' op mixes the rows of the text: a row reads none but such before it"},
    {FILTER("4x1x2") CONV("pads = array<i64: 0, 1>") BACK,
     "'onnx.Conv' op mixes the rows of the text: a row reads some that follow it"},
    {FILTER("4x1x2") CONV("pads = array<i64: 1, 1>") BACK,
     "'onnx.Conv' op mixes the rows of the text: what it makes behind the text is not cut off"},
    {"%m = onnx.ReduceMax(%cols, %two) {keepdims = 1 : i64} : (tensor<?x4x?xf32>, tensor<1xi64>) -> tensor<?x4x1xf32>\n"
     "%w = onnx.Transpose(%m) {perm = array<i64: 1, 0, 2>} : (tensor<?x4x1xf32>) -> tensor<4x?x1xf32>\n"
     "%b = onnx.Conv(%cols, %w) {group = 4 : i64} : (tensor<?x4x?xf32>, tensor<4x?x1xf32>) -> tensor<?x4x?xf32>\n" BACK,
     "'onnx.ReduceMax' op mixes the rows of the text: no axis of its result is theirs"},
};

static const Graph kernels[] = {
    {FILTER("1x1x3x1") "%h = onnx.Conv(%heads, %w) {pads = array<i64: 2, 0, 0, 0>} : (" HEADS ", tensor<1x1x3x1xf32>) -> " HEADS "\n" FLAT("%h"),
     "'onnx.Conv' op mixes the rows of the text: its kernel is not one of a known size along them alone"},
    {LAST "%shape = onnx.Constant() {value = dense<[4, 1, 1]> : tensor<3xi64>} : () -> tensor<3xi64>\n"
     "%w = onnx.Reshape(%last, %shape) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<4x1x1xf32>\n"
     "%b = onnx.Conv(%cols, %w) {group = 4 : i64} : (tensor<?x4x?xf32>, tensor<4x1x1xf32>) -> tensor<?x4x?xf32>\n" BACK,
     "'onnx.Conv' op mixes the rows of the text: its kernel depends on the tokens"},
    {FILTER("4x1x1") "%shape = onnx.Constant() {value = dense<[-1, 4, 1]> : tensor<3xi64>} : () -> tensor<3xi64>\n"
     "%r = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<3xi64>) -> tensor<?x4x1xf32>\n"
     "%b = onnx.Conv(%r, %w) {group = 4 : i64} : (tensor<?x4x1xf32>, tensor<4x1x1xf32>) -> tensor<?x4x1xf32>\n"
     "%back = onnx.Constant() {value = dense<[1, -1, 4]> : tensor<3xi64>} : () -> tensor<3xi64>\n"
     "%y = onnx.Reshape(%b, %back) : (tensor<?x4x1xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>",
     "'onnx.Conv' op mixes the rows of the text: they do not lie along its last axis"},
};

static const Graph lengths[] = {
    {"%c = onnx.Constant() {value = dense<1.0> : tensor<2x3x1xf32>} : () -> tensor<2x3x1xf32>\n"
     "%j = onnx.Concat(%x, %c) {axis = 2 : i64} : (tensor<?x?x4xf32>, tensor<2x3x1xf32>) -> tensor<?x?x5xf32>\n"
     "%w = onnx.Constant() {value = dense<1.0> : tensor<5x4xf32>} : () -> tensor<5x4xf32>\n"
     "%y = onnx.MatMul(%j, %w) : (tensor<?x?x5xf32>, tensor<5x4xf32>) -> tensor<?x?x4xf32>",
     "the sizes of the graph contradict each other for one text"},
    {"%y = onnx.Mul(%x, %wide) : (tensor<?x?x4xf32>, tensor<f32>) -> tensor<?x?x4xf32>",
     "'onnx.Mul' op takes a value that depends on the length of the text"},
    {"%r = onnx.RandomNormalLike(%wide) : (tensor<f32>) -> tensor<f32>\n"
     "%y = onnx.Mul(%x, %r) : (tensor<?x?x4xf32>, tensor<f32>) -> tensor<?x?x4xf32>",
     "'onnx.Mul' op needs a value that cannot be computed for 16 tokens: no evaluator for onnx.RandomNormalLike"},
    // A shorter context would do.
    {"%cos = onnx.Constant() {value = dense<1.0> : tensor<8x2xf32>} : () -> tensor<8x2xf32>\n" POSITIONS
     "%t = llm.rope(%heads, %cos, %cos at %places) : (" HEADS ", tensor<8x2xf32>, tensor<8x2xf32>, tensor<1x?xi64>) -> " HEADS "\n" FLAT("%t"),
     "'llm.rope' op has tables of 8 rows"},
    {"%end = onnx.Unsqueeze(%length, %zero) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>\n"
     "%p = onnx.Slice(%x, %zero, %end, %two) : (tensor<?x?x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?x?xf32>\n"
     "%s = onnx.ReduceSum(%p, %two) {keepdims = 1 : i64} : (tensor<?x?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>\n"
     "%y = onnx.Add(%x, %s) : (tensor<?x?x4xf32>, tensor<?x?x1xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Slice' op has a result of a size that is not known for one text"},
};

static const Graph rows[] = {
    {"%g = onnx.Gather(%x, %zero) {axis = 1 : i64} : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x4xf32>\n"
     "%y = onnx.Add(%x, %g) : (tensor<?x?x4xf32>, tensor<?x1x4xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Gather' op mixes the rows of the text: of 3 it chooses number 0, not the last"},
    {"%last = onnx.Sub(%length, %n) : (tensor<i64>, tensor<i64>) -> tensor<i64>\n"
     "%i = onnx.Unsqueeze(%last, %zero) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>\n"
     "%g = onnx.Gather(%x, %i) {axis = 1 : i64} : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x4xf32>\n"
     "%y = onnx.Add(%x, %g) : (tensor<?x?x4xf32>, tensor<?x1x4xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Add' op mixes the rows of the text: it joins the last one with all"},
    {"%y = onnx.CumSum(%x, %n) : (tensor<?x?x4xf32>, tensor<i64>) -> tensor<?x?x4xf32>",
     "'onnx.CumSum' op mixes the rows of the text: a row of its result follows from several"},
    {"%y = onnx.Identity(%x) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>",
     "no attention carries the text from row to row"},
    {"%c = onnx.Less(%wide, %wide) : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
     "%y = onnx.If(%c) {\n onnx.yield %x : tensor<?x?x4xf32>\n} {\n onnx.yield %x : tensor<?x?x4xf32>\n} : (tensor<i1>) -> tensor<?x?x4xf32>",
     "'onnx.If' op holds graphs that depend on the tokens"},
};

static const Graph attentions[] = {
    {"%k = onnx.Constant() {value = dense<1.0> : tensor<1x1x2x4xf32>} : () -> tensor<1x1x2x4xf32>\n"
     "%a, %pk, %pv = llm.attention(%heads, %k, %k) {causal, scale = 1.0 : f32} : (" HEADS ", tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> (" HEADS ", tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)\n" FLAT("%a"),
     "'llm.attention' op takes queries, keys or values that are not rows of the text"},
    {"%k = onnx.Constant() {value = dense<1.0> : tensor<1x1x2x4xf32>} : () -> tensor<1x1x2x4xf32>\n"
     "%a, %pk, %pv = llm.attention(%heads, %heads, %heads past %k, %k) {causal, scale = 1.0 : f32} : (" THREE ", tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> (" THREE ")\n" FLAT("%a"),
     "'llm.attention' op has a past that is no input of the graph"},
    {"%s = onnx.Unsqueeze(%wide, %zero) : (tensor<f32>, tensor<1xi64>) -> tensor<1xf32>\n"
     ATTENTION("%heads, %heads, %heads sinks %s", THREE ", tensor<1xf32>") FLAT("%a"),
     "'llm.attention' op has sinks that depend on the text"},
    {"%m = onnx.Constant() {value = dense<true> : tensor<1x1x3x5xi1>} : () -> tensor<1x1x3x5xi1>\n"
     ATTENTION("%heads, %heads, %heads mask %m", THREE ", tensor<1x1x3x5xi1>") FLAT("%a"),
     "'llm.attention' op has a mask of other rows and columns than the text"},
    {"%r = onnx.RandomNormalLike(%wide) : (tensor<f32>) -> tensor<f32>\n"
     "%four = onnx.Constant() {value = dense<1> : tensor<4xi64>} : () -> tensor<4xi64>\n"
     "%m = onnx.Reshape(%r, %four) : (tensor<f32>, tensor<4xi64>) -> tensor<1x1x1x1xf32>\n"
     ATTENTION("%heads, %heads, %heads bias %m", THREE ", tensor<1x1x1x1xf32>") FLAT("%a"),
     "'llm.attention' op has a mask that cannot be computed for 1 tokens: no evaluator for onnx.RandomNormalLike"},
    {"%cos = onnx.Constant() {value = dense<1.0> : tensor<40x2xf32>} : () -> tensor<40x2xf32>\n"
     "%t = llm.rope(%heads, %cos, %cos at %ids) : (" HEADS ", tensor<40x2xf32>, tensor<40x2xf32>, tensor<?x?xi64>) -> " HEADS "\n" FLAT("%t"),
     "'llm.rope' op takes positions that depend on the tokens"},
    {"%a, %pk, %pv = llm.attention(%heads, %heads, %heads) {causal, llm.sink_tokens = 1 : i64, llm.sink_window = 3 : i64, scale = 1.0 : f32} : (" THREE ") -> (" THREE ")\n" FLAT("%a"),
     "'llm.attention' op has another mask than sinks and a window"},
    {"%three = onnx.Constant() {value = dense<3> : tensor<1xi64>} : () -> tensor<1xi64>\n"
     ATTENTION("%heads, %heads, %heads key_length %three", THREE ", tensor<1xi64>") FLAT("%a"),
     "'llm.attention' op hides columns of the text by their number"},
    {ATTENTION("%heads, %heads, %heads", THREE) "%f = onnx.Squeeze(%a, %one) : (" HEADS ", tensor<1xi64>) -> tensor<?x?x4xf32>\n"
     "%y = onnx.Transpose(%f) {perm = array<i64: 1, 0, 2>} : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>",
     "the logits are not one row for each token"},
};

static const Graph retentions[] = {
    {"%g = onnx.Constant() {value = dense<-1.0> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>\n"
     "%s = onnx.Constant() {value = dense<1.0> : tensor<1x1x4x4xf32>} : () -> tensor<1x1x4x4xf32>\n"
     "%a, %n2 = llm.retention gated(%heads, %heads, %heads state %s decay %g) {scale = 1.0 : f32} : (" THREE ", tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> (" HEADS ", tensor<?x1x4x4xf32>)\n" FLAT("%a"),
     "'llm.retention' op has a state in the graph"},
};

#define SCAN(attributes) "%rows = onnx.Transpose(%x) {perm = array<i64: 1, 0, 2>} : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>\n" \
    "%start = onnx.Constant() {value = dense<0.0> : tensor<1x4xf32>} : () -> tensor<1x4xf32>\n" \
    "%end, %each = onnx.Scan(%start, %rows) {\n^bb0(%s: tensor<1x4xf32>, %r: tensor<?x4xf32>):\n" \
    "  %next = onnx.Add(%s, %r) : (tensor<1x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>\n" \
    "  onnx.yield %next, %next : tensor<?x4xf32>, tensor<?x4xf32>\n" \
    "} {num_scan_inputs = 1 : i64" attributes "} : (tensor<1x4xf32>, tensor<?x?x4xf32>) -> (tensor<?x4xf32>, tensor<?x?x4xf32>)\n" \
    "%y = onnx.Transpose(%each) {perm = array<i64: 1, 0, 2>} : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>"

static const Graph scans[] = {
    {SCAN(", scan_input_directions = array<i64: 1>"), "'onnx.Scan' op reads the text from its end"},
    {SCAN(", scan_output_directions = array<i64: 1>"), "'onnx.Scan' op writes its rows from their end"},
    {LAST "%end, %each = onnx.Scan(%last, %x) {\n^bb0(%s: tensor<?x4xf32>, %r: tensor<?x4xf32>):\n"
     "  %next = onnx.Add(%s, %r) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>\n  onnx.yield %next, %next : tensor<?x4xf32>, tensor<?x4xf32>\n"
     "} {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_output_axes = array<i64: 1>} : (tensor<?x4xf32>, tensor<?x?x4xf32>) -> (tensor<?x4xf32>, tensor<?x?x4xf32>)\n"
     "%y = onnx.Identity(%each) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Scan' op starts from a state that depends on the tokens"},
    {LAST "%start = onnx.Constant() {value = dense<0.0> : tensor<1x4xf32>} : () -> tensor<1x4xf32>\n"
     "%end, %each = onnx.Scan(%start, %x) {\n^bb0(%s: tensor<1x4xf32>, %r: tensor<?x4xf32>):\n"
     "  %next = onnx.Add(%last, %r) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>\n  onnx.yield %next, %next : tensor<?x4xf32>, tensor<?x4xf32>\n"
     "} {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_output_axes = array<i64: 1>} : (tensor<1x4xf32>, tensor<?x?x4xf32>) -> (tensor<?x4xf32>, tensor<?x?x4xf32>)\n"
     "%y = onnx.Identity(%each) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Scan' op takes a value in its body that depends on the tokens"},
    {"%start = onnx.Constant() {value = dense<0.0> : tensor<1x4xf32>} : () -> tensor<1x4xf32>\n"
     "%end, %each = onnx.Scan(%start, %x) {\n^bb0(%s: tensor<1x4xf32>, %r: tensor<?x4xf32>):\n"
     "  %next = onnx.Add(%s, %r) : (tensor<1x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>\n  onnx.yield %s, %next : tensor<1x4xf32>, tensor<?x4xf32>\n"
     "} {num_scan_inputs = 1 : i64} : (tensor<1x4xf32>, tensor<?x?x4xf32>) -> (tensor<1x4xf32>, tensor<?x?x4xf32>)\n"
     "%y = onnx.Identity(%each) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Scan' op scans what are not the rows of the text"},
    {"%start = onnx.Constant() {value = dense<0.0> : tensor<1x4xf32>} : () -> tensor<1x4xf32>\n"
     "%end, %each = onnx.Scan(%start, %x) {\n^bb0(%s: tensor<1x4xf32>, %r: tensor<?x4xf32>):\n"
     "  %next = onnx.Add(%s, %r) : (tensor<1x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>\n  onnx.yield %next, %next : tensor<?x4xf32>, tensor<?x4xf32>\n"
     "} {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_output_axes = array<i64: 1>} : (tensor<1x4xf32>, tensor<?x?x4xf32>) -> (tensor<?x4xf32>, tensor<?x?x4xf32>)\n"
     "%e = onnx.Unsqueeze(%end, %one) : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<?x1x4xf32>\n"
     "%y = onnx.Add(%each, %e) : (tensor<?x?x4xf32>, tensor<?x1x4xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Scan' op hands on a state in the graph"},
    {"%sizes = onnx.Unsqueeze(%length, %zero) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>\n"
     "%start = onnx.ConstantOfShape(%sizes) : (tensor<1xi64>) -> tensor<?xf32>\n"
     "%end, %each = onnx.Scan(%start, %x) {\n^bb0(%s: tensor<?xf32>, %r: tensor<?x4xf32>):\n"
     "  onnx.yield %s, %r : tensor<?xf32>, tensor<?x4xf32>\n"
     "} {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_output_axes = array<i64: 1>} : (tensor<?xf32>, tensor<?x?x4xf32>) -> (tensor<?xf32>, tensor<?x?x4xf32>)\n"
     "%y = onnx.Identity(%each) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>",
     "'onnx.Scan' op takes a value that depends on the length of the text"},
};

#define PAST ", %past: tensor<?x1x?x4xf32> {onnx.name = \"past_key_values.0.key\"}"
#define PASTS ", %past: tensor<?x1x8x4xf32> {onnx.name = \"past_key_values.0.key\"}, %values: tensor<?x1x8x4xf32> {onnx.name = \"past_key_values.0.value\"}"
static const Graph caches[] = {
    {"%r = onnx.RandomNormalLike(%wide) : (tensor<f32>) -> tensor<f32>\n"
     "%i = onnx.Cast(%r) {to = 7 : i64} : (tensor<f32>) -> tensor<i64>\n"
     "%at = onnx.Unsqueeze(%i, %zero) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>\n"
     "%k = onnx.TensorScatter(%past, %heads, %at) {axis = 2 : i64} : (tensor<?x1x8x4xf32>, " HEADS ", tensor<1xi64>) -> tensor<?x1x8x4xf32>\n"
     "%v = onnx.TensorScatter(%values, %heads, %at) {axis = 2 : i64} : (tensor<?x1x8x4xf32>, " HEADS ", tensor<1xi64>) -> tensor<?x1x8x4xf32>\n"
     "%a, %pk, %pv = llm.attention(%heads, %k, %v) {causal, scale = 1.0 : f32} : (" HEADS ", tensor<?x1x8x4xf32>, tensor<?x1x8x4xf32>) -> (" HEADS ", tensor<?x1x8x4xf32>, tensor<?x1x8x4xf32>)\n" FLAT("%a"),
     "where a cache is written cannot be computed: no evaluator for onnx.RandomNormalLike", PASTS,
     "%k:tensor<?x1x8x4xf32> {onnx.name = \"present.0.key\"};%v:tensor<?x1x8x4xf32> {onnx.name = \"present.0.value\"}"},
    {ATTENTION("%heads, %heads, %heads", THREE) "%next = onnx.Relu(%past) : (tensor<?x1x?x4xf32>) -> tensor<?x1x?x4xf32>\n" FLAT("%a"),
     "input 'past_key_values.0.key' is not the keys or values of an attention: its next value is made by 'onnx.Relu'",
     PAST, "%next:tensor<?x1x?x4xf32> {onnx.name = \"present.0.key\"}"},
    {ATTENTION("%heads, %heads, %heads", THREE) "%b, %qk, %qv = llm.attention(%heads, %heads, %heads past %past, %past) {causal, scale = 1.0 : f32} : (" THREE ", " HEADS ", " HEADS ") -> (" THREE ")\n" FLAT("%b"),
     "input 'past_key_values.0.key' is not the keys or values of an attention: what makes its next value reads another past",
     PAST, "%pk:tensor<?x1x?x4xf32> {onnx.name = \"present.0.key\"}"},
    {ATTENTION("%heads, %heads, %heads past %past, %past", THREE ", " HEADS ", " HEADS) FLAT("%a"),
     "input 'past_key_values.0.key' has a default that is not zero",
     ", %past: tensor<?x1x?x4xf32> {onnx.name = \"past_key_values.0.key\", onnx.default = dense<1.0> : tensor<1x1x1x4xf32>}",
     "%pk:tensor<?x1x?x4xf32> {onnx.name = \"present.0.key\"}"},
};
// clang-format on

TEST(DecodeStepOfGraphs, SaysWhatTheyLack) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  auto reason = [&](const std::string &text) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    Refusal refusal;
    EXPECT_TRUE(module &&
                failed(deriveDecodeStep(module->lookupSymbol<func::FuncOp>("main"), 16, refusal)));
    return refusal.reason;
  };
  EXPECT_EQ(reason(R"(func.func @main(%x: tensor<?x?x4xf32> {onnx.name = "inputs_embeds"})
                          -> (tensor<?x?x4xf32> {onnx.name = "logits"}) {
                        %y = onnx.Relu(%x) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
                        return %y : tensor<?x?x4xf32>
                      })"),
            "input 'inputs_embeds' holds embeddings, for which the model has no table of tokens");
  EXPECT_EQ(reason(R"(func.func @main(%x: tensor<?x?xi64> {onnx.name = "input_ids"})
                          -> (tensor<?x?xi64> {onnx.name = "next", retort.role = "hidden_states"}) {
                        %y = onnx.Identity(%x) : (tensor<?x?xi64>) -> tensor<?x?xi64>
                        return %y : tensor<?x?xi64>
                      })"),
            "no result is logits");
  EXPECT_EQ(
      reason(
          R"(func.func @main(%x: tensor<?x?xi64> {onnx.name = "input_ids", retort.role = "tokens"},
                                      %past: tensor<?x1x?x4xf32> {onnx.name = "past", retort.role = "past:0"})
                          -> (tensor<?x?x4xf32> {onnx.name = "logits", retort.role = "logits"}) {
                        %table = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
                        %y = onnx.Gather(%table, %x) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
                        return %y : tensor<?x?x4xf32>
                      })"),
      "input 'past' has no next value");
}

INSTANTIATE_TEST_SUITE_P(Convolutions, DecodeStepRefused, testing::ValuesIn(convolutions));
INSTANTIATE_TEST_SUITE_P(Kernels, DecodeStepRefused, testing::ValuesIn(kernels));
INSTANTIATE_TEST_SUITE_P(Lengths, DecodeStepRefused, testing::ValuesIn(lengths));
INSTANTIATE_TEST_SUITE_P(Rows, DecodeStepRefused, testing::ValuesIn(rows));
INSTANTIATE_TEST_SUITE_P(Attentions, DecodeStepRefused, testing::ValuesIn(attentions));
INSTANTIATE_TEST_SUITE_P(Retentions, DecodeStepRefused, testing::ValuesIn(retentions));
INSTANTIATE_TEST_SUITE_P(Scans, DecodeStepRefused, testing::ValuesIn(scans));
INSTANTIATE_TEST_SUITE_P(Caches, DecodeStepRefused, testing::ValuesIn(caches));
