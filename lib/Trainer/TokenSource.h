// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens that are trained on: documents, each with BOS in front of it, joined; or windows of one
// length, each a text of its own.
#ifndef RETORT_LIB_TRAINER_TOKENSOURCE_H
#define RETORT_LIB_TRAINER_TOKENSOURCE_H

#include "lib/Text/TokenFile.h"

#include "llvm/Support/Error.h"

#include <string>

namespace retort {

class TokenSource {
public:
  virtual ~TokenSource();
  /// What errors call it.
  virtual std::string name() const = 0;
  /// The number of tokens.
  virtual int64_t size() const = 0;
  /// Of a window; 0: documents that are joined, which may be cut anywhere.
  virtual int64_t windowLength() const { return 0; }
  virtual std::vector<int64_t> ids(int64_t begin, int64_t count) const = 0;
  /// How much rows of a window of these tokens count; the last one, which predicts none of them, 0.
  virtual std::vector<float> rowWeights(int64_t begin, int64_t count) const;
  /// An error where there are ids that a model of so many logits does not know.
  virtual llvm::Error expectLogits(int64_t logits) const { return llvm::Error::success(); }
  /// Of the tokenizer's vocabulary; 0: not known.
  virtual uint64_t tokenizerHash() const { return 0; }
  /// An error where they are those of another tokenizer, both being known.
  virtual llvm::Error expectTokenizer(uint64_t hash) const { return llvm::Error::success(); }
  /// Tells the tokens from all others.
  virtual std::string hash() const = 0;
};

/// Those of a file that is mapped.
class FileTokens : public TokenSource {
public:
  /// An error where the tokens are those of another tokenizer.
  static llvm::Expected<std::unique_ptr<FileTokens>> open(const std::string &path,
                                                          uint64_t tokenizer = 0);

  std::string name() const override { return file.path(); }
  int64_t size() const override { return file.size(); }
  int64_t windowLength() const override { return file.windowLength(); }
  std::vector<int64_t> ids(int64_t begin, int64_t count) const override {
    return file.ids(begin, count);
  }
  std::vector<float> rowWeights(int64_t begin, int64_t count) const override {
    return file.rowWeights(begin, count);
  }
  llvm::Error expectLogits(int64_t logits) const override;
  uint64_t tokenizerHash() const override { return file.tokenizerHash(); }
  llvm::Error expectTokenizer(uint64_t hash) const override;
  std::string hash() const override;

private:
  explicit FileTokens(text::TokenFile file) : file(std::move(file)) {}

  text::TokenFile file;
};

} // namespace retort

#endif
