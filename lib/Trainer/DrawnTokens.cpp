// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text that a model draws itself.
#include "lib/Trainer/DrawnTokens.h"
#include "lib/DecodeStep/Passes.h"
#include "lib/Run/FirstError.h"
#include "lib/Run/InProcess.h"
#include "lib/Text/GenerateWindows.h"
#include "lib/Text/Reader.h"

#include "dialects/Retort/Names.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace retort;

namespace {
/// Windows one behind the other.
class DrawnTokens : public TokenSource {
public:
  explicit DrawnTokens(int64_t length) : length(length) {}
  void add(const text::GeneratedWindow &window) {
    drawn.insert(drawn.end(), window.ids.begin(), window.ids.end());
    counts.insert(counts.end(), window.counts.begin(), window.counts.end());
  }

  std::string name() const override { return "generate:" + std::to_string(size() / length); }
  int64_t size() const override { return int64_t(drawn.size()); }
  int64_t windowLength() const override { return length; }
  std::vector<int64_t> ids(int64_t begin, int64_t count) const override {
    return {drawn.begin() + begin, drawn.begin() + begin + count};
  }
  std::vector<float> rowWeights(int64_t begin, int64_t count) const override {
    return text::rowWeightsOf({counts.begin() + begin, counts.begin() + begin + count});
  }
  std::string hash() const override;

private:
  int64_t length;
  std::vector<int32_t> drawn;
  std::vector<bool> counts;
};
} // namespace

/// All follows from the ids: which of them count, too.
std::string DrawnTokens::hash() const {
  std::string_view bytes(reinterpret_cast<const char *>(drawn.data()), drawn.size() * 4);
  return llvm::utohexstr(text::hashOfBytes(bytes, uint64_t(length)), /*LowerCase=*/true, 16);
}

static llvm::Expected<std::unique_ptr<runtime::Model>>
compileToDecode(ModuleOp model, DictionaryAttr language, int64_t length) {
  OwningOpRef<ModuleOp> module = model.clone();
  if (language)
    (*module)->setAttr(names::language, language);
  FirstError error(module->getContext());
  PassManager pm(module->getContext());
  DeriveDecodeStepPassOptions options;
  options.context = length;
  pm.addPass(createDeriveDecodeStepPass(options));
  if (failed(pm.run(*module)))
    return error.take("no decode step can be derived");
  return compileInProcess(std::move(module));
}

llvm::Expected<std::unique_ptr<TokenSource>> retort::drawTokens(ModuleOp model,
                                                                DictionaryAttr language,
                                                                int64_t count, int64_t length,
                                                                uint64_t seed) {
  auto compiled = compileToDecode(model, language, length);
  if (!compiled)
    return compiled.takeError();
  auto decoder = text::openForWindows(**compiled, length);
  if (!decoder)
    return llvm::createStringError(decoder.error());
  auto logits = text::countLogits(**decoder);
  if (!logits)
    return llvm::createStringError(logits.error());
  text::WindowOptions options = text::windowOptionsOf((*compiled)->manifest().language);
  options.count = count;
  options.length = length;
  options.seed = seed;
  options.vocabulary = *logits;
  auto result = std::make_unique<DrawnTokens>(length);
  auto take = [&](const text::GeneratedWindow &window) -> runtime::Status {
    result->add(window);
    return runtime::Done();
  };
  if (auto status = text::generateWindows(**decoder, options, take); !status)
    return llvm::createStringError(status.error());
  return std::unique_ptr<TokenSource>(std::move(result));
}
