// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SentencePiece models, through their own library.
#include "lib/Text/TokenizerFormats.h"

#include <algorithm>
#include <sentencepiece_processor.h>

using namespace retort::text;
using retort::runtime::Failure;

static constexpr std::string_view space = "\xe2\x96\x81"; // U+2581

std::optional<char> retort::text::byteOfPiece(std::string_view piece) {
  auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (piece.size() != 6 || piece.substr(0, 3) != "<0x" || piece[5] != '>' || digit(piece[3]) < 0 ||
      digit(piece[4]) < 0)
    return std::nullopt;
  return char(digit(piece[3]) * 16 + digit(piece[4]));
}

static std::string withSpaces(std::string_view piece) {
  std::string text;
  for (size_t i = 0; i < piece.size();)
    if (piece.substr(i, space.size()) == space) {
      text += ' ';
      i += space.size();
    } else {
      text += piece[i++];
    }
  return text;
}

/// The library's own reason without its code and its place: "Internal: src/model.cc(9) [a] b".
static std::string reasonOf(const sentencepiece::util::Status &status) {
  std::string reason = status.error_message();
  size_t place = reason.find(") [");
  if (place != std::string::npos && reason.find(']', place) != std::string::npos)
    reason = reason.substr(reason.find(']', place) + 1);
  reason.erase(0, std::min(reason.find_first_not_of(' '), reason.size()));
  return reason.empty() ? "it holds neither" : reason;
}

namespace {
class SentencePiece : public Tokenizer {
public:
  explicit SentencePiece(const std::string &bytes) {
    if (bytes.empty())
      throw Failure("the file is empty");
    if (auto status = processor.LoadFromSerializedProto(bytes); !status.ok())
      throw Failure("expects a SentencePiece model or a tokenizer.json (" + reasonOf(status) + ")");
    if (processor.bos_id() >= 0)
      bos = {processor.bos_id()};
    if (processor.eos_id() >= 0)
      eos = processor.eos_id();
    findLeadingSpace();
    for (int id = 0; id < processor.GetPieceSize(); ++id)
      if (processor.IsControl(id) && !processor.IdToPiece(id).empty())
        controls.push_back({processor.IdToPiece(id), id});
  }

  int64_t size() const override { return processor.GetPieceSize(); }
  LeadingSpace leadingSpace() const override { return leading; }

  std::string bytesOf(int64_t id) const override {
    if (id < 0 || id >= size() || processor.IsControl(int(id)))
      return "";
    if (processor.IsUnknown(int(id)))
      return " \xe2\x81\x87 "; // as the library writes it
    const std::string &piece = processor.IdToPiece(int(id));
    if (processor.IsByte(int(id)))
      if (auto byte = byteOfPiece(piece))
        return std::string(1, *byte);
    return withSpaces(piece);
  }

protected:
  TokenIds encodeText(std::string_view text) const override {
    std::vector<int> ids;
    if (auto status = processor.Encode(text, &ids); !status.ok())
      throw Failure(reasonOf(status));
    return TokenIds(ids.begin(), ids.end());
  }

private:
  /// What is put before a text, or ignored there, is dropped from the text of tokens.
  void findLeadingSpace() {
    std::vector<std::string> plain, spaced;
    if (!processor.Encode("a", &plain).ok() || !processor.Encode("  a", &spaced).ok() ||
        plain.empty())
      return;
    if (plain == spaced)
      leading = LeadingSpace::DroppedAlways;
    else if (plain[0].compare(0, space.size(), space) == 0)
      leading = LeadingSpace::DroppedOnce;
  }

  sentencepiece::SentencePieceProcessor processor;
  LeadingSpace leading = LeadingSpace::Kept;
};
} // namespace

std::unique_ptr<Tokenizer> retort::text::openSentencePiece(const std::string &bytes) {
  return std::make_unique<SentencePiece>(bytes);
}
