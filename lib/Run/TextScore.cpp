// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Run/TextScore.h"

#include "lib/Run/InProcess.h"
#include "lib/Runtime/Decoder.h"
#include "lib/Text/Evaluate.h"
#include "lib/Text/TokenFile.h"

#include "dialects/Retort/ModelTokenizer.h"

#include <numeric>

using namespace mlir;
using namespace retort;

llvm::Expected<std::vector<double>> ScoresText::score(OwningOpRef<ModuleOp> module,
                                                      StringRef tokens, int64_t length,
                                                      int64_t count) const {
  auto file = text::TokenFile::open(tokens.str());
  if (!file)
    return llvm::createStringError(file.error());
  if (auto status = file->expectTokenizer(tokenizerOf(*module)); !status)
    return llvm::createStringError(status.error());
  auto there = file->countWindows(length);
  if (!there)
    return llvm::createStringError(there.error());
  std::vector<std::vector<int64_t>> windows;
  for (int64_t i = 0; i < std::min(*there, count); ++i)
    windows.push_back(file->ids(i * length, length));
  auto model = compileInProcess(std::move(module));
  if (!model)
    return model.takeError();
  auto decoder = runtime::Decoder::ofGraph(**model);
  if (!decoder)
    return llvm::createStringError(decoder.error());
  auto found = text::evaluate(**decoder, nullptr, nullptr, windows);
  if (!found)
    return llvm::createStringError(found.error());
  std::vector<double> means;
  for (size_t i = 0; i < windows.size(); ++i) {
    auto begin = found->nll.begin() + int64_t(i) * (length - 1);
    means.push_back(std::accumulate(begin, begin + (length - 1), 0.0) / double(length - 1));
  }
  return means;
}
