// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the options of a training mean for a model.
#include "lib/Trainer/TrainingData.h"
#include "lib/Trainer/DrawnTokens.h"

#include "dialects/Retort/ModelTokenizer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace retort;

/// Of the result that has them; where its last size is not known, no id is too large.
static int64_t logitsOf(ModuleOp model) {
  auto graph = model.lookupSymbol<func::FuncOp>("main");
  for (unsigned i = 0; graph && i < graph.getNumResults(); ++i) {
    auto role = graph.getResultAttrOfType<StringAttr>(i, names::role);
    auto type = dyn_cast<RankedTensorType>(graph.getResultTypes()[i]);
    if (role && role.getValue() == "logits" && type && type.getRank() > 0 &&
        !ShapedType::isDynamic(type.getShape().back()))
      return type.getShape().back();
  }
  return INT64_MAX;
}

static DictionaryAttr languageOf(ModuleOp model) {
  return model->getAttrOfType<DictionaryAttr>(names::language);
}

static int64_t trainedLength(ModuleOp model) {
  DictionaryAttr language = languageOf(model);
  auto length = language ? language.getAs<IntegerAttr>("context") : IntegerAttr();
  return length ? length.getInt() : 0;
}

llvm::Error TrainingData::expectLogits(int64_t logits) const {
  for (const TokenSource *source : {data.get(), heldOut.get()})
    if (source)
      if (llvm::Error error = source->expectLogits(logits))
        return error;
  return llvm::Error::success();
}

static llvm::Error openFile(ModuleOp model, const std::string &path,
                            std::unique_ptr<TokenSource> &source) {
  auto file = FileTokens::open(path, tokenizerOf(model));
  if (!file)
    return file.takeError();
  source = std::move(*file);
  return llvm::Error::success();
}

/// The windows that `generate:N` asks for; 0 where the data is a file.
static int64_t windowsToDraw(StringRef data) {
  int64_t count = 0;
  return data.consume_front("generate:") && !data.getAsInteger(10, count) ? count : 0;
}

llvm::Expected<TrainingData> retort::openData(ModuleOp model, ModuleOp teacher,
                                              TrainingOptions options) {
  TrainingData result;
  int64_t drawn = windowsToDraw(options.data);
  if (llvm::Error error =
          drawn ? llvm::Error::success() : openFile(model, options.data, result.data))
    return std::move(error);
  double share = 0;
  if (StringRef(options.heldOut).getAsDouble(share))
    if (llvm::Error error = openFile(model, options.heldOut, result.heldOut))
      return std::move(error);
  if (result.data && result.heldOut)
    if (llvm::Error error = result.heldOut->expectTokenizer(result.data->tokenizerHash()))
      return std::move(error);
  // Losses of rows are no logits.
  if (llvm::Error error = result.expectLogits(options.loss == "rows" ? INT64_MAX : logitsOf(model)))
    return std::move(error);
  if (options.context == 0 && result.data)
    options.context = result.data->windowLength();
  if (options.context == 0)
    options.context = trainedLength(model);
  if (options.context < 2)
    return llvm::createStringError("expects 'context': the model does not say what length it was "
                                   "trained with");
  if (drawn) {
    // The configuration beside the model holds for its teacher, whose ids are the same.
    auto tokens =
        drawTokens(teacher, languageOf(model), drawn, options.context, uint64_t(options.seed));
    if (!tokens)
      return tokens.takeError();
    result.data = std::move(*tokens);
  }
  result.options = std::move(options);
  return result;
}
