// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the file of statistics.
#include "lib/Statistics/StatisticsFormat.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace retort;
using llvm::StringRef;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

namespace {
/// The numbers behind the text.
class Numbers {
public:
  explicit Numbers(StringRef bytes) : bytes(bytes) {}

  /// `count` numbers at the offset that the text gives under `key`.
  template <typename T>
  llvm::Error take(const llvm::json::Object &text, StringRef key, uint64_t count,
                   llvm::ArrayRef<T> &result) const {
    auto offset = text.getInteger(key);
    if (!offset || *offset < 0 || *offset % int64_t(alignof(T)) != 0 ||
        uint64_t(*offset) > bytes.size() || count > (bytes.size() - *offset) / sizeof(T))
      return makeError("expects " + llvm::Twine(count) + " numbers at '" + key +
                       "', found a file that ends before");
    result = {reinterpret_cast<const T *>(bytes.data() + *offset), size_t(count)};
    return llvm::Error::success();
  }

private:
  StringRef bytes;
};
} // namespace

static llvm::Error readMoments(const llvm::json::Object *text, int64_t inputs,
                               const Numbers &numbers, Moments &moments) {
  if (!text || !text->getInteger("rows"))
    return makeError("a record has no sums");
  moments.rows = *text->getInteger("rows");
  if (const llvm::json::Array *percentiles = text->getArray("percentiles"))
    for (const llvm::json::Value &value : *percentiles)
      moments.percentiles.push_back(value.getAsNumber().value_or(0));
  for (auto [key, list] :
       {std::pair("sum", &moments.sum), std::pair("sum_of_magnitudes", &moments.sumOfMagnitudes),
        std::pair("sum_of_squares", &moments.sumOfSquares), std::pair("largest", &moments.largest)})
    if (llvm::Error error = numbers.take(*text, key, inputs, *list))
      return error;
  for (auto [key, list] : {std::pair("least", &moments.least), std::pair("most", &moments.most)})
    if (text->get(key))
      if (llvm::Error error = numbers.take(*text, key, inputs, *list))
        return error;
  if (!text->get("gram"))
    return llvm::Error::success();
  return numbers.take(*text, "gram", statistics::sizeOfGram(inputs), moments.gram);
}

/// Lists of points, one for each weight.
static llvm::Error readSensitivities(const llvm::json::Array *list, StatisticsRecord &record) {
  if (!list || (!list->empty() && list->size() != record.weights.size()))
    return makeError("a record has sensitivities of other weights");
  for (const llvm::json::Value &points : *list) {
    std::vector<Sensitivity> &ofWeight = record.sensitivities.emplace_back();
    if (!points.getAsArray())
      return makeError("a record has sensitivities of other weights");
    for (const llvm::json::Value &value : *points.getAsArray()) {
      const llvm::json::Object *point = value.getAsObject();
      auto error = point ? point->getNumber("error") : std::nullopt;
      auto kl = point ? point->getNumber("kl") : std::nullopt;
      double twoSided = point ? point->getNumber("two_sided").value_or(0) : 0;
      if (!error || !kl || !(*error >= 0) || !(*kl >= 0) || !(twoSided >= 0) ||
          !std::isfinite(*error + *kl + twoSided))
        return makeError("a sensitivity is no pair of numbers of 0 or more");
      ofWeight.push_back({point->getInteger("bits").value_or(0), *error, *kl, twoSided});
    }
  }
  return llvm::Error::success();
}

static llvm::Error readOutputMoments(const llvm::json::Object *text, int64_t inputs,
                                     int64_t outputs, const Numbers &numbers,
                                     OutputMoments &moments) {
  auto rows = text ? text->getInteger("rows") : std::nullopt;
  auto squares = text ? text->getNumber("squares") : std::nullopt;
  if (!rows || *rows < 0 || !squares || !(*squares >= 0) || !std::isfinite(*squares))
    return makeError("a weight has no sums of its outputs");
  moments.rows = *rows;
  moments.squares = *squares;
  if (text->get("weighted_inputs"))
    if (llvm::Error error = numbers.take(*text, "weighted_inputs", statistics::sizeOfGram(inputs),
                                         moments.weightedInputs))
      return error;
  return numbers.take(*text, "gram", statistics::sizeOfGram(outputs), moments.gram);
}

/// One for each weight, or none at all: files of before, and those without gradients.
static llvm::Error readOutputs(const llvm::json::Array *list, const Numbers &numbers,
                               StatisticsRecord &record) {
  if (!list)
    return llvm::Error::success();
  if (list->size() != record.weights.size())
    return makeError("a record has outputs of other weights");
  for (const llvm::json::Value &value : *list) {
    OutputStatistics &each = record.outputs.emplace_back();
    const llvm::json::Object *text = value.getAsObject();
    each.outputs = text ? text->getInteger("outputs").value_or(-1) : -1;
    if (each.outputs < 0 || each.outputs > statistics::mostInputs)
      return makeError("a record has weights without outputs");
    if (each.outputs == 0)
      continue;
    for (auto [key, moments] : {std::pair("fitted", &each.fitted), std::pair("held", &each.held)})
      if (llvm::Error error = readOutputMoments(text->getObject(key), record.inputs, each.outputs,
                                                numbers, *moments))
        return error;
  }
  return llvm::Error::success();
}

static llvm::Error readRecord(const llvm::json::Object *text, const Numbers &numbers,
                              StatisticsRecord &record) {
  const llvm::json::Array *weights = text ? text->getArray("weights") : nullptr;
  auto inputs = text ? text->getInteger("inputs") : std::nullopt;
  if (!weights || !inputs || *inputs < 1 || *inputs > statistics::mostInputs)
    return makeError("a record names no weights, or no inputs");
  for (const llvm::json::Value &name : *weights)
    record.weights.push_back(name.getAsString().value_or("").str());
  record.inputs = *inputs;
  if (llvm::Error error =
          readMoments(text->getObject("fitted"), record.inputs, numbers, record.fitted))
    return error;
  if (llvm::Error error = readSensitivities(text->getArray("sensitivities"), record))
    return error;
  if (llvm::Error error = readOutputs(text->getArray("outputs"), numbers, record))
    return error;
  return readMoments(text->getObject("held"), record.inputs, numbers, record.held);
}

/// Files of before that were measured have none.
static llvm::Error readSegments(const llvm::json::Array *list,
                                std::vector<StreamCosine> &segments) {
  if (!list)
    return llvm::Error::success();
  for (const llvm::json::Value &value : *list) {
    const llvm::json::Object *each = value.getAsObject();
    auto cosine = each ? each->getNumber("cosine") : std::nullopt;
    if (!cosine || !(*cosine >= -1.001 && *cosine <= 1.001))
      return makeError("a segment has no cosine from -1 to 1");
    segments.push_back({each->getInteger("first").value_or(-1),
                        each->getInteger("count").value_or(0), each->getInteger("rows").value_or(0),
                        *cosine});
  }
  return llvm::Error::success();
}

/// The text, and the numbers behind it.
static llvm::Expected<std::pair<StringRef, StringRef>> splitFile(StringRef content) {
  if (!content.consume_front(statistics::magic))
    return makeError("is no file of statistics: expects one that `retort calibrate` wrote");
  uint64_t length = 0;
  if (content.size() < sizeof(length))
    return makeError("ends within its header");
  std::memcpy(&length, content.data(), sizeof(length));
  content = content.drop_front(sizeof(length));
  if (length > content.size())
    return makeError("expects " + llvm::Twine(length) + " bytes of text, found " +
                     llvm::Twine(content.size()));
  uint64_t begin = llvm::alignTo(statistics::magic.size() + sizeof(length) + length, 64) -
                   statistics::magic.size() - sizeof(length);
  return std::pair(content.take_front(length), content.substr(begin));
}

llvm::Error Statistics::read(StringRef content) {
  auto parts = splitFile(content);
  if (!parts)
    return parts.takeError();
  auto text = llvm::json::parse(parts->first);
  if (!text)
    return text.takeError();
  const llvm::json::Object *object = text->getAsObject();
  const llvm::json::Array *records = object ? object->getArray("records") : nullptr;
  int64_t version = object ? object->getInteger("version").value_or(0) : 0;
  if (version != statistics::version)
    return makeError("expects version " + llvm::Twine(statistics::version) +
                     " of statistics, found " + llvm::Twine(version) +
                     ": `retort calibrate` measures them anew");
  if (!records)
    return makeError("has no list of records");
  facts.model = object->getString("model").value_or("").str();
  facts.windows = object->getInteger("windows").value_or(0);
  facts.context = object->getInteger("context").value_or(0);
  facts.sensitivityWindows = object->getInteger("sensitivity_windows").value_or(0);
  Numbers numbers(parts->second);
  llvm::ArrayRef<int64_t> tokens;
  if (facts.windows < 0 || facts.context < 0 || facts.context > statistics::mostInputs)
    return makeError("names no windows");
  if (llvm::Error error =
          numbers.take(*object, "tokens", uint64_t(facts.windows) * facts.context, tokens))
    return error;
  facts.tokens = tokens.vec();
  if (llvm::Error error = readSegments(object->getArray("segments"), facts.segments))
    return error;
  for (const llvm::json::Value &value : *records) {
    if (llvm::Error error = readRecord(value.getAsObject(), numbers, all.emplace_back()))
      return error;
    for (const std::string &weight : all.back().weights)
      places[weight] = all.size() - 1;
  }
  return llvm::Error::success();
}

llvm::Expected<std::shared_ptr<const Statistics>> Statistics::open(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return makeError("'" + path + "': cannot be opened: " + file.getError().message());
  auto result = std::make_shared<Statistics>();
  result->file = std::move(*file);
  if (llvm::Error error = result->read(result->file->getBuffer()))
    return makeError("'" + path + "': " + llvm::toString(std::move(error)));
  return result;
}

const StatisticsRecord *Statistics::find(StringRef weight) const {
  auto place = places.find(weight);
  return place == places.end() ? nullptr : &all[place->second];
}

const OutputStatistics *StatisticsRecord::outputsOf(StringRef weight) const {
  size_t place = size_t(llvm::find(weights, weight) - weights.begin());
  return place < outputs.size() && outputs[place].outputs > 0 ? &outputs[place] : nullptr;
}

const StreamCosine *Statistics::findSegments(int64_t first, int64_t count) const {
  auto place = llvm::find_if(facts.segments, [&](const StreamCosine &each) {
    return each.first == first && each.count == count && each.rows > 0;
  });
  return place == facts.segments.end() ? nullptr : &*place;
}

llvm::ArrayRef<Sensitivity> Statistics::sensitivitiesOf(StringRef weight) const {
  const StatisticsRecord *record = find(weight);
  if (!record || record->sensitivities.empty())
    return {};
  auto place = llvm::find(record->weights, weight) - record->weights.begin();
  return record->sensitivities[size_t(place)];
}

std::string Statistics::hash() const {
  StringRef content = file->getBuffer();
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(
      llvm::ArrayRef(reinterpret_cast<const uint8_t *>(content.data()), content.size()));
  return llvm::utohexstr(hash.high64, /*LowerCase=*/true, 16) +
         llvm::utohexstr(hash.low64, /*LowerCase=*/true, 16);
}
