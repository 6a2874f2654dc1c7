// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens that are trained on.
#include "lib/Trainer/TokenSource.h"

#include "llvm/ADT/StringExtras.h"

using namespace retort;

TokenSource::~TokenSource() = default;

std::vector<float> TokenSource::rowWeights(int64_t, int64_t count) const {
  return text::rowWeightsOf(std::vector<bool>(size_t(count), true));
}

llvm::Expected<std::unique_ptr<FileTokens>> FileTokens::open(const std::string &path,
                                                             uint64_t tokenizer) {
  auto file = text::TokenFile::open(path);
  if (!file)
    return llvm::createStringError(file.error());
  if (auto status = file->expectTokenizer(tokenizer); !status)
    return llvm::createStringError(status.error());
  return std::unique_ptr<FileTokens>(new FileTokens(std::move(*file)));
}

llvm::Error FileTokens::expectLogits(int64_t logits) const {
  auto status = file.expectLogits(logits);
  return status ? llvm::Error::success() : llvm::createStringError(status.error());
}

llvm::Error FileTokens::expectTokenizer(uint64_t hash) const {
  auto status = file.expectTokenizer(hash);
  return status ? llvm::Error::success() : llvm::createStringError(status.error());
}

std::string FileTokens::hash() const {
  return llvm::utohexstr(file.contentHash(), /*LowerCase=*/true, 16);
}
