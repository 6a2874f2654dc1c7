// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each form of each matrix came to, and its codes, kept beside the statistics.
#include "lib/Compress/Allocate/OptionsFile.h"

#include "dialects/Onnx/Weights.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace llvm;
using namespace retort;

static constexpr int64_t version = 2;
static constexpr StringLiteral magic = "RETORTO2";
static constexpr uint64_t headerBytes = 16;

/// nullopt where something is missing, or is no number that an option can have.
static std::optional<WeightOption> readOption(const json::Object *text) {
  auto bytes = text ? text->getInteger("bytes") : std::nullopt;
  auto error = text ? text->getNumber("error") : std::nullopt;
  auto norm = text ? text->getNumber("norm") : std::nullopt;
  if (!bytes || !error || !norm || *bytes <= 0 || !(*error >= 0) || !(*norm >= 0) ||
      !std::isfinite(*error + *norm))
    return std::nullopt;
  WeightOption result{*bytes, *error, *norm, text->getNumber("nearest"), 0};
  result.codes = text->getInteger("codes").value_or(0);
  return result;
}

/// Where the text begins; 0 where that is no file of this kind.
static uint64_t textPlaceIn(StringRef content) {
  if (content.size() < headerBytes || !content.starts_with(magic))
    return 0;
  uint64_t place = support::endian::read64le(content.data() + magic.size());
  return place >= headerBytes && place <= content.size() ? place : 0;
}

/// What versions before the second wrote, which had no codes.
static bool isOlder(StringRef content) {
  return content.starts_with("{") && content.contains("\"rounding\"");
}

uint64_t OptionsFile::textPlace() const {
  return file ? textPlaceIn(file->getBuffer()) : headerBytes;
}

OptionsFile OptionsFile::open(StringRef path, StringRef statistics, StringRef rounding) {
  OptionsFile result;
  result.path = path.str();
  result.statistics = statistics.str();
  result.rounding = rounding.str();
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return result;
  StringRef content = (*buffer)->getBuffer();
  uint64_t place = textPlaceIn(content);
  result.foreign = place == 0 && !isOlder(content);
  if (place == 0)
    return result;
  result.file = std::move(*buffer);
  result.readText(content.drop_front(place));
  if (result.weights.empty())
    result.file = nullptr;
  return result;
}

void OptionsFile::readText(StringRef text) {
  auto value = json::parse(text);
  const json::Object *object = value ? value->getAsObject() : nullptr;
  consumeError(value.takeError());
  const json::Object *list = object ? object->getObject("weights") : nullptr;
  if (!list || object->getInteger("version") != version ||
      object->getString("statistics") != StringRef(statistics) ||
      object->getString("rounding") != StringRef(rounding))
    return;
  for (const auto &[weight, known] : *list) {
    const json::Object *entry = known.getAsObject();
    auto content = entry ? entry->getString("content") : std::nullopt;
    const json::Object *options = content ? entry->getObject("options") : nullptr;
    if (!options)
      continue;
    KnownWeight &result = weights[weight.str()];
    result.content = content->str();
    for (const auto &[candidate, option] : *options)
      if (auto read = readOption(option.getAsObject()))
        result.options[candidate.str()] = *read;
  }
}

const WeightOption *OptionsFile::find(StringRef weight, StringRef content,
                                      StringRef candidate) const {
  auto known = weights.find(weight.str());
  if (known == weights.end() || known->second.content != content)
    return nullptr;
  auto option = known->second.options.find(candidate.str());
  return option == known->second.options.end() ? nullptr : &option->second;
}

uint64_t OptionsFile::bytesOfCodes(const GroupedMatrix &matrix) {
  uint64_t numbers = matrix.outputs * matrix.inputs, scales = matrix.outputs * matrix.groups();
  return divideCeil(numbers * matrix.numbers.bits(), 8) + scales * (sizeof(float) + 1) +
         2 * sizeof(int32_t);
}

/// A copy of the codes that the file has, behind which new ones are written.
bool OptionsFile::beginSpool() {
  auto created = TemporaryFile::create(path);
  if (!created) {
    consumeError(created.takeError());
    return false;
  }
  spool = std::make_unique<TemporaryFile>(std::move(*created));
  stream = std::make_unique<raw_fd_ostream>(spool->descriptor(), /*shouldClose=*/false);
  if (file)
    *stream << file->getBuffer().take_front(textPlace());
  else
    *stream << magic << StringRef("\0\0\0\0\0\0\0\0", 8);
  return true;
}

void OptionsFile::dropSpool() {
  if (stream)
    stream->clear_error();
  stream.reset();
  spool.reset();
  keepsCodes = false;
}

bool OptionsFile::makeRoom(uint64_t bytes) {
  if (foreign)
    return false;
  SmallString<256> folder(sys::path::parent_path(path));
  auto disk = sys::fs::disk_space(folder.empty() ? StringRef(".") : StringRef(folder));
  // As much again is left for others.
  keepsCodes = disk && (bytes + textPlace()) * 2 <= disk->available && (spool || beginSpool());
  return keepsCodes;
}

/// Codes side by side, scales, zero points, and what the ladder is.
static void writeCodes(const GroupedMatrix &matrix, raw_ostream &stream) {
  unsigned bits = matrix.numbers.bits();
  std::vector<char> packed(divideCeil(matrix.codes.size() * bits, 8));
  for (auto [i, code] : enumerate(matrix.codes))
    onnx::storeBits(packed.data(), bits, i, unsigned(code));
  stream.write(packed.data(), packed.size());
  for (const UniformScale &scale : matrix.scales)
    stream.write(reinterpret_cast<const char *>(&scale.scale), sizeof(scale.scale));
  for (const UniformScale &scale : matrix.scales)
    stream << char(scale.zero);
  int32_t ladder[] = {matrix.ladder.first, matrix.ladder.step};
  stream.write(reinterpret_cast<const char *>(ladder), sizeof(ladder));
}

void OptionsFile::add(StringRef weight, StringRef content, StringRef candidate, WeightOption option,
                      const GroupedMatrix *codes) {
  KnownWeight &known = weights[weight.str()];
  if (known.content != content)
    known = {content.str(), {}};
  option.codes = 0;
  if (codes && keepsCodes && stream) {
    option.codes = int64_t(stream->tell());
    writeCodes(*codes, *stream);
  }
  known.options[candidate.str()] = option;
  changed = true;
}

bool OptionsFile::read(const WeightOption &option, GroupedMatrix &matrix) const {
  uint64_t bytes = bytesOfCodes(matrix), place = option.codes;
  if (option.codes < int64_t(headerBytes) || !file || place > textPlace() ||
      bytes > textPlace() - place)
    return false;
  const char *data = file->getBufferStart() + place;
  unsigned bits = matrix.numbers.bits();
  int64_t numbers = matrix.outputs * matrix.inputs, scales = matrix.outputs * matrix.groups();
  unsigned sign = 1u << (bits - 1); // a matrix has codes with a sign
  matrix.codes.resize(numbers);
  for (int64_t i = 0; i < numbers; ++i)
    matrix.codes[i] = int8_t(int(onnx::loadBits(data, bits, i) ^ sign) - int(sign));
  data += divideCeil(uint64_t(numbers) * bits, 8);
  matrix.scales.resize(scales);
  for (int64_t i = 0; i < scales; ++i) {
    std::memcpy(&matrix.scales[i].scale, data + i * sizeof(float), sizeof(float));
    matrix.scales[i].zero = uint8_t(data[scales * sizeof(float) + i]);
  }
  data += scales * (sizeof(float) + 1);
  int32_t ladder[2];
  std::memcpy(ladder, data, sizeof(ladder));
  matrix.ladder = {ladder[0], ladder[1]};
  return true;
}

void OptionsFile::writeText(raw_ostream &out) const {
  json::OStream json(out, /*IndentSize=*/1);
  auto writeOption = [&](const WeightOption &option) {
    json.attribute("bytes", option.bytes);
    json.attribute("error", option.error);
    json.attribute("norm", option.norm);
    if (option.nearest)
      json.attribute("nearest", *option.nearest);
    if (option.codes)
      json.attribute("codes", option.codes);
  };
  auto writeWeight = [&](const KnownWeight &known) {
    json.attribute("content", known.content);
    json.attributeObject("options", [&] {
      for (const auto &[candidate, option] : known.options)
        json.attributeObject(candidate, [&, &option = option] { writeOption(option); });
    });
  };
  json.object([&] {
    json.attribute("version", version);
    json.attribute("statistics", statistics);
    json.attribute("rounding", rounding);
    json.attributeObject("weights", [&] {
      for (const auto &[weight, known] : weights)
        json.attributeObject(weight, [&, &known = known] { writeWeight(known); });
    });
  });
  out << "\n";
}

void OptionsFile::keep() {
  if (!changed || foreign || (!spool && !beginSpool()))
    return;
  uint64_t place = stream->tell();
  writeText(*stream);
  char bytes[8];
  support::endian::write64le(bytes, place);
  stream->pwrite(bytes, sizeof(bytes), magic.size());
  stream->flush();
  bool isWritten = !stream->has_error();
  if (isWritten) {
    stream.reset();
    isWritten = !spool->rename(path);
  }
  dropSpool();
  changed = false;
  if (isWritten)
    *this = open(std::string(path), std::string(statistics), std::string(rounding));
}
