// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ids that are the bytes of the text.
#include "lib/Text/TokenizerFormats.h"

using namespace retort::text;

namespace {
class BytesTokenizer : public Tokenizer {
public:
  int64_t size() const override { return 256; }
  std::string bytesOf(int64_t id) const override {
    return id < 0 || id >= size() ? "" : std::string(1, char(id));
  }
  LeadingSpace leadingSpace() const override { return LeadingSpace::Kept; }

protected:
  TokenIds encodeText(std::string_view text) const override {
    TokenIds ids;
    for (char byte : text)
      ids.push_back(int64_t(static_cast<unsigned char>(byte)));
    return ids;
  }
};
} // namespace

std::unique_ptr<Tokenizer> retort::text::makeBytesTokenizer() {
  return std::make_unique<BytesTokenizer>();
}
