// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the file of statistics: the text first, which says where the numbers will be.
#include "lib/Statistics/StatisticsFormat.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace retort;

namespace {
/// Arrays in the order in which they are written, each at a multiple of 64 bytes.
class Arrays {
public:
  template <typename T> int64_t add(llvm::ArrayRef<T> values) {
    int64_t offset = end;
    list.push_back({reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)});
    end = llvm::alignTo(end + list.back().size(), 64);
    return offset;
  }
  void write(llvm::raw_ostream &stream) const {
    for (llvm::StringRef bytes : list) {
      stream << bytes;
      stream.write_zeros(llvm::alignTo(bytes.size(), 64) - bytes.size());
    }
  }

private:
  std::vector<llvm::StringRef> list;
  int64_t end = 0;
};
} // namespace

static llvm::json::Object describe(const Moments &moments, Arrays &arrays) {
  llvm::json::Object text{{"rows", moments.rows},
                          {"sum", arrays.add(moments.sum)},
                          {"sum_of_magnitudes", arrays.add(moments.sumOfMagnitudes)},
                          {"sum_of_squares", arrays.add(moments.sumOfSquares)},
                          {"largest", arrays.add(moments.largest)}};
  if (!moments.gram.empty())
    text["gram"] = arrays.add(moments.gram);
  if (!moments.percentiles.empty())
    text["percentiles"] = llvm::json::Array(moments.percentiles);
  if (!moments.least.empty()) {
    text["least"] = arrays.add(moments.least);
    text["most"] = arrays.add(moments.most);
  }
  return text;
}

static llvm::json::Object describe(const OutputMoments &moments, Arrays &arrays) {
  llvm::json::Object text{
      {"rows", moments.rows}, {"squares", moments.squares}, {"gram", arrays.add(moments.gram)}};
  if (!moments.weightedInputs.empty())
    text["weighted_inputs"] = arrays.add(moments.weightedInputs);
  return text;
}

static llvm::json::Array describe(const std::vector<OutputStatistics> &outputs, Arrays &arrays) {
  llvm::json::Array list;
  for (const OutputStatistics &each : outputs) {
    llvm::json::Object text{{"outputs", each.outputs}};
    if (each.outputs > 0) {
      text["fitted"] = describe(each.fitted, arrays);
      text["held"] = describe(each.held, arrays);
    }
    list.push_back(std::move(text));
  }
  return list;
}

static llvm::json::Array describe(const std::vector<std::vector<Sensitivity>> &sensitivities) {
  llvm::json::Array result;
  for (const std::vector<Sensitivity> &ofWeight : sensitivities) {
    llvm::json::Array points;
    for (const Sensitivity &point : ofWeight) {
      llvm::json::Object text{{"bits", point.bits}, {"error", point.error}, {"kl", point.kl}};
      if (point.twoSided > 0)
        text["two_sided"] = point.twoSided;
      points.push_back(std::move(text));
    }
    result.push_back(std::move(points));
  }
  return result;
}

static llvm::json::Array describe(const std::vector<StreamCosine> &segments) {
  llvm::json::Array list;
  for (const StreamCosine &each : segments)
    list.push_back(llvm::json::Object{{"first", each.first},
                                      {"count", each.count},
                                      {"rows", each.rows},
                                      {"cosine", each.cosine}});
  return list;
}

llvm::Error retort::writeStatistics(const StatisticsSource &source,
                                    llvm::ArrayRef<StatisticsRecord> records,
                                    llvm::raw_ostream &stream) {
  Arrays arrays;
  llvm::json::Array list;
  for (const StatisticsRecord &record : records) {
    llvm::json::Object text{{"weights", llvm::json::Array(record.weights)},
                            {"inputs", record.inputs},
                            {"fitted", describe(record.fitted, arrays)},
                            {"held", describe(record.held, arrays)},
                            {"sensitivities", describe(record.sensitivities)}};
    if (!record.outputs.empty())
      text["outputs"] = describe(record.outputs, arrays);
    list.push_back(std::move(text));
  }
  llvm::json::Object object{{"version", statistics::version},
                            {"model", source.model},
                            {"windows", source.windows},
                            {"context", source.context},
                            {"sensitivity_windows", source.sensitivityWindows},
                            {"segments", describe(source.segments)},
                            {"tokens", arrays.add(llvm::ArrayRef(source.tokens))},
                            {"records", std::move(list)}};
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(object));
  uint64_t length = text.size(), before = statistics::magic.size() + sizeof(length) + length;
  stream << statistics::magic << llvm::StringRef(reinterpret_cast<char *>(&length), sizeof(length))
         << text;
  stream.write_zeros(llvm::alignTo(before, 64) - before);
  arrays.write(stream);
  return llvm::Error::success();
}
