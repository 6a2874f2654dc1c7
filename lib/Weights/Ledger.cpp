// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ledger: what each compression method did to each weight, as JSON.
#include "lib/Weights/Ledger.h"
#include "lib/Support/PendingFile.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <mutex>

using namespace mlir;
using namespace retort;

struct Ledger::Records {
  std::mutex mutex;
  llvm::json::Array entries;
  /// What was not recognized, raised, made a decode step of, or multiplied by another step.
  llvm::json::Array declined;
};

static bool isNumber(const llvm::json::Value &value) {
  return value.kind() == llvm::json::Value::Number;
}

/// Remarks carry every value as text. Names stay text; what reads as a number, a truth value or a
/// list of numbers becomes one.
static llvm::json::Value valueOf(StringRef key, const std::string &text) {
  if (key == "weight" || key == "Reason" || key == "Suggestion")
    return text;
  if (double number; !StringRef(text).getAsDouble(number) && !std::isfinite(number))
    return nullptr; // JSON has neither NaN nor infinity
  auto parsed = llvm::json::parse(text);
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return text;
  }
  const llvm::json::Array *list = parsed->getAsArray();
  bool plain = isNumber(*parsed) || parsed->kind() == llvm::json::Value::Boolean ||
               (list && llvm::all_of(*list, isNumber));
  return plain ? std::move(*parsed) : llvm::json::Value(text);
}

static StringRef outcomeOf(const remark::detail::Remark &remark) {
  switch (remark.getRemarkType()) {
  case llvm::remarks::Type::Passed:
    return "passed";
  case llvm::remarks::Type::Missed:
    return "missed";
  case llvm::remarks::Type::Failure:
    return "failed";
  default:
    return "analysis";
  }
}

class Ledger::Streamer : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Streamer(std::shared_ptr<Records> records) : records(std::move(records)) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    // The name of a remark lives as long as its pass; a value of JSON would refer to it.
    llvm::json::Object entry{{"outcome", outcomeOf(remark)},
                             {"method", remark.getRemarkName().str()}};
    for (const auto &argument : remark.getArgs())
      entry[StringRef(argument.key).lower()] = valueOf(argument.key, argument.val);
    std::lock_guard<std::mutex> lock(records->mutex);
    bool isCompression = remark.getCategoryName() == "compress";
    (isCompression ? records->entries : records->declined).push_back(std::move(entry));
  }

private:
  std::shared_ptr<Records> records;
};

Ledger::Ledger(MLIRContext *context) : records(std::make_shared<Records>()) {
  // Each kind is named: `all` alone lets nothing through.
  remark::RemarkCategories compress;
  compress.passed = compress.failed = compress.analysis = "compress";
  compress.missed = "compress|raise|recognize|decode|codegen";
  (void)remark::enableOptimizationRemarks(*context, std::make_unique<Streamer>(records),
                                          std::make_unique<remark::RemarkEmittingPolicyAll>(),
                                          compress);
}

Ledger::~Ledger() = default;

void Ledger::leave(llvm::ArrayRef<LeftWeight> weights) {
  std::lock_guard<std::mutex> lock(records->mutex);
  llvm::StringMap<std::string> reasons;
  for (const llvm::json::Value &entry : records->entries) {
    const llvm::json::Object &record = *entry.getAsObject();
    auto name = record.getString("weight"), reason = record.getString("reason");
    if (name && reason && record.getString("outcome") == "missed")
      reasons[*name] = reason->str();
  }
  for (const LeftWeight &weight : weights) {
    auto given = reasons.find(weight.name);
    records->entries.push_back(
        llvm::json::Object{{"outcome", "left"},
                           {"weight", weight.name},
                           {"bytes", int64_t(weight.bytes)},
                           {"reason", given == reasons.end() ? weight.reason : given->second}});
  }
}

void Ledger::setBytesAfter(function_ref<std::optional<uint64_t>(StringRef)> bytesOf) {
  std::lock_guard<std::mutex> lock(records->mutex);
  llvm::StringSet<> seen;
  for (llvm::json::Value &entry : llvm::reverse(records->entries)) {
    llvm::json::Object &record = *entry.getAsObject();
    auto name = record.getString("weight");
    if (!name || !record.get("bytes_after") || !seen.insert(*name).second)
      continue;
    if (auto bytes = bytesOf(*name))
      record["bytes_after"] = int64_t(*bytes);
  }
}

void Ledger::forEach(function_ref<void(const llvm::json::Object &)> visit) const {
  std::lock_guard<std::mutex> lock(records->mutex);
  for (const llvm::json::Value &entry : records->entries)
    visit(*entry.getAsObject());
}

llvm::Error Ledger::write(StringRef path) const {
  std::lock_guard<std::mutex> lock(records->mutex);
  return writeFile(path, [&](llvm::raw_ostream &stream) {
    llvm::json::OStream json(stream, /*IndentSize=*/1);
    json.object([&] {
      json.attribute("retort", 1);
      json.attributeArray("records", [&] {
        for (const llvm::json::Value &entry : records->entries)
          json.value(entry);
      });
      json.attributeArray("declined", [&] {
        for (const llvm::json::Value &entry : records->declined)
          json.value(entry);
      });
    });
    stream << "\n";
    return llvm::Error::success();
  });
}
