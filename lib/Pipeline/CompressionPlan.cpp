// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What becomes of each weight, as a table.
#include "lib/Pipeline/CompressionPlan.h"
#include "lib/Weights/Ledger.h"

#include "dialects/Onnx/ValueNames.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace retort;
using llvm::json::Object;

static std::string textOf(const llvm::json::Value &value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

/// What a record says of the form: `quantize-gptq bits=4 group_size=32`.
static std::string formOf(const Object &record) {
  StringRef method = record.getString("method").value_or("");
  method.consume_front("compress-");
  std::string form = method.str();
  if (auto candidate = record.getString("candidate"))
    return form + " " + candidate->str();
  for (StringRef key : {"bits", "levels", "group_size", "symmetric", "n", "m", "sparsity", "pruned",
                        "rank", "kept"})
    if (const llvm::json::Value *value = record.get(key))
      form += (" " + key + "=" + textOf(*value)).str();
  return form;
}

static llvm::StringMap<std::string> shapesIn(ModuleOp module) {
  llvm::StringMap<std::string> shapes;
  module.walk([&](Operation *op) {
    if (op->getNumResults() != 1)
      return;
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    StringRef name = onnx::valueName(op->getResult(0));
    if (!type || !type.hasStaticShape() || name.empty())
      return;
    std::string text;
    llvm::raw_string_ostream(text) << llvm::interleaved(type.getShape(), "x");
    shapes.try_emplace(name, text);
  });
  return shapes;
}

CompressionPlan CompressionPlan::of(ModuleOp before, const Ledger &ledger) {
  llvm::StringMap<std::string> shapes = shapesIn(before);
  CompressionPlan plan;
  llvm::StringMap<size_t> places;
  ledger.forEach([&](const Object &record) {
    auto name = record.getString("weight"), outcome = record.getString("outcome");
    if (!name || !outcome || (*outcome != "passed" && *outcome != "left"))
      return;
    bool isFirst = places.try_emplace(*name, plan.weights.size()).second;
    if (isFirst)
      plan.weights.emplace_back();
    PlannedWeight &weight = plan.weights[places.lookup(*name)];
    weight.name = name->str();
    weight.shape = shapes.lookup(*name);
    if (*outcome == "left") {
      weight.bytesBefore = weight.bytesAfter = record.getInteger("bytes").value_or(0);
      weight.form = "stays: " + record.getString("reason").value_or("").str();
      weight.stays = true;
      return;
    }
    if (isFirst)
      weight.bytesBefore = record.getInteger("bytes_before").value_or(0);
    weight.bytesAfter = record.getInteger("bytes_after").value_or(0);
    weight.form += (isFirst ? "" : ", ") + formOf(record);
  });
  return plan;
}

void CompressionPlan::print(llvm::raw_ostream &stream) const {
  size_t names = 6, shapes = 5;
  for (const PlannedWeight &weight : weights) {
    names = std::max(names, weight.name.size());
    shapes = std::max(shapes, weight.shape.size());
  }
  auto line = [&](StringRef name, StringRef shape, const std::string &before,
                  const std::string &after, StringRef form) {
    stream << llvm::left_justify(name, names) << "  " << llvm::left_justify(shape, shapes) << "  "
           << llvm::right_justify(before, 13) << "  " << llvm::right_justify(after, 13) << "  "
           << form << "\n";
  };
  line("weight", "shape", "bytes before", "bytes after", "form");
  uint64_t before = 0, after = 0, staying = 0;
  for (const PlannedWeight &weight : weights) {
    line(weight.name, weight.shape, std::to_string(weight.bytesBefore),
         std::to_string(weight.bytesAfter), weight.form);
    before += weight.bytesBefore;
    after += weight.bytesAfter;
    staying += weight.stays;
  }
  line("all", "", std::to_string(before), std::to_string(after),
       llvm::formatv("{0} of {1} stay", staying, weights.size()).str());
}
